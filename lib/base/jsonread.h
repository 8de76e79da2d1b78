/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_LIB_BASE_JSONREAD_H
#define MSSL_LIB_BASE_JSONREAD_H

/**
 * @file jsonread.h
 * JSON read strictly (RFC 8259), for the files that we write ourselves and answers of our own
 * status: UTF-8 only, one value, nothing behind it, bounded depth. Not a library's, as tools that
 * run as root should have little in them. Any thread; all of it lives in the pool.
 */

#include <apr_errno.h>
#include <apr_pools.h>
#include <stddef.h>

#include "lib/base/json.h"
#include "mod_mssl.h"

typedef enum {
    MSSL_JSON_NULL = 0,
    MSSL_JSON_FALSE,
    MSSL_JSON_TRUE,
    MSSL_JSON_NUMBER,
    MSSL_JSON_TEXT,
    MSSL_JSON_ARRAY,
    MSSL_JSON_OBJECT
} mssl_json_kind_t;

typedef struct mssl_json_value_t mssl_json_value_t;

struct mssl_json_value_t {
    mssl_json_kind_t kind;
    const char *key;                /**< in an object; NUL-terminated */
    const char *text;               /**< TEXT, and a NUMBER as it is written; no NUL within */
    const mssl_json_value_t *first; /**< ARRAY, OBJECT: the first in it, NULL: it is empty */
    const mssl_json_value_t *next;  /**< beside it */
};

/**
 * @param value out
 * @param why out: what is wrong, and at which byte
 * @return APR_SUCCESS; APR_EINVAL
 */
apr_status_t mssl_json_read(const mssl_json_value_t **value, const char *data, size_t len,
                            apr_pool_t *pool, mssl_reason_t *why);

/** A member of an object, the last of that name; NULL: it has none, or is none (or NULL). */
const mssl_json_value_t *mssl_json_get(const mssl_json_value_t *object, const char *key);

/* A member's value; the other one where it is missing, or of another kind. */
const char *mssl_json_get_text(const mssl_json_value_t *object, const char *key, const char *other);
apr_int64_t mssl_json_get_int(const mssl_json_value_t *object, const char *key, apr_int64_t other);
int mssl_json_get_bool(const mssl_json_value_t *object, const char *key, int other);
/** A number of seconds as a span; to the microsecond. */
apr_interval_time_t mssl_json_get_span(const mssl_json_value_t *object, const char *key,
                                       apr_interval_time_t other);
/**
 * A time as mssl_json_time() writes it; 0: null, or missing. @return APR_SUCCESS; APR_EINVAL: it is
 * something else
 */
apr_status_t mssl_json_get_time(apr_time_t *time, const mssl_json_value_t *object, const char *key);
/** The first value in an array that is a member; NULL: there is none. */
const mssl_json_value_t *mssl_json_get_first(const mssl_json_value_t *object, const char *key);

#endif /* MSSL_LIB_BASE_JSONREAD_H */
