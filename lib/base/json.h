/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_LIB_BASE_JSON_H
#define MSSL_LIB_BASE_JSON_H

/**
 * @file json.h
 * JSON (RFC 8259) written to wherever the caller wants it, piece by piece, so that an answer about
 * 100,000 names takes no memory. What is written is ASCII: bytes that were foreign end as \uXXXX,
 * and do no harm in a terminal, in HTML or in a log. What is no UTF-8 becomes U+FFFD. One thread
 * per writer.
 *
 *     mssl_json_init(&json, write_to_file, file, 2);
 *     mssl_json_open(&json, NULL, '{');
 *     mssl_json_text(&json, "name", name);
 *     mssl_json_close(&json);
 *     rv = mssl_json_end(&json);
 *
 * A key is a member's name inside of an object, and NULL inside of an array. To open too deep, or to
 * close what is not open, is a fault of the caller: abort().
 */

#include <apr_errno.h>
#include <apr_time.h>
#include <stddef.h>

/** Takes the next bytes. @return other than APR_SUCCESS: nothing more is written */
typedef apr_status_t (*mssl_json_sink_fn)(void *baton, const char *data, size_t len);

/** Objects and arrays within each other. */
#define MSSL_JSON_DEPTH_MAX 16

/** Made on the stack; no field is anybody else's. */
typedef struct mssl_json_t {
    mssl_json_sink_fn sink;
    void *baton;
    apr_status_t rv; /**< of the first failure */
    int lines;       /**< down to this depth each value has a line of its own */
    int depth;
    struct {
        char closes;
        int is_begun;
    } level[MSSL_JSON_DEPTH_MAX + 1];
    size_t used;
    char buffer[2048];
} mssl_json_t;

/** @param lines depth down to which each value begins a line, for people; 0: none does */
void mssl_json_init(mssl_json_t *json, mssl_json_sink_fn sink, void *baton, int lines);

/** @param bracket '{' or '[' */
void mssl_json_open(mssl_json_t *json, const char *key, char bracket);
void mssl_json_close(mssl_json_t *json);

/** @param text UTF-8 or not; NULL: null */
void mssl_json_text(mssl_json_t *json, const char *key, const char *text);
void mssl_json_text_n(mssl_json_t *json, const char *key, const char *text, size_t len);
void mssl_json_int(mssl_json_t *json, const char *key, apr_int64_t value);
void mssl_json_bool(mssl_json_t *json, const char *key, int value);
void mssl_json_null(mssl_json_t *json, const char *key);
/** @param is_known 0: null, whatever value is */
void mssl_json_int_or_null(mssl_json_t *json, const char *key, int is_known, apr_int64_t value);
void mssl_json_bool_or_null(mssl_json_t *json, const char *key, int is_known, int value);
/** RFC 3339 in UTC, to the second; 0: null */
void mssl_json_time(mssl_json_t *json, const char *key, apr_time_t time);
/** A span as a number of seconds, with as many decimals as it takes. */
void mssl_json_seconds(mssl_json_t *json, const char *key, apr_interval_time_t span);

/**
 * Hand on what is left, with an end of line behind it.
 * @return APR_SUCCESS: all was taken; the sink's first error
 */
apr_status_t mssl_json_end(mssl_json_t *json);

#endif /* MSSL_LIB_BASE_JSON_H */
