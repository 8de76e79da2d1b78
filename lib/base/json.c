/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "lib/base/json.h"

#include <apr_strings.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/rfc3339.h"
#include "lib/base/utf8.h"

void mssl_json_init(mssl_json_t *json, mssl_json_sink_fn sink, void *baton, int lines)
{
    memset(json, 0, offsetof(mssl_json_t, buffer));
    json->sink = sink;
    json->baton = baton;
    json->lines = lines;
}

static void flush(mssl_json_t *json)
{
    if (json->rv == APR_SUCCESS && json->used > 0) {
        json->rv = json->sink(json->baton, json->buffer, json->used);
    }
    json->used = 0;
}

static void put(mssl_json_t *json, const char *data, size_t len)
{
    while (len > 0) {
        size_t room = sizeof(json->buffer) - json->used, n = len < room ? len : room;

        memcpy(json->buffer + json->used, data, n);
        json->used += n;
        data += n;
        len -= n;
        if (json->used == sizeof(json->buffer)) {
            flush(json);
        }
    }
}

static void put_text(mssl_json_t *json, const char *text)
{
    put(json, text, strlen(text));
}

static void put_unit(mssl_json_t *json, unsigned unit)
{
    char text[8];

    put(json, text, (size_t)apr_snprintf(text, sizeof(text), "\\u%04x", unit));
}

/* What a person reads in a terminal and a browser in HTML is neither moved nor ended by it. */
static int is_plain(unsigned code)
{
    return code >= 0x20 && code < 0x7f && code != '"' && code != '\\' && code != '<' && code != '>'
           && code != '&';
}

static void put_code(mssl_json_t *json, unsigned code)
{
    char c = (char)code;

    if (is_plain(code)) {
        put(json, &c, 1);
    }
    else if (code == '"' || code == '\\') {
        put(json, "\\", 1);
        put(json, &c, 1);
    }
    else if (code == '\n') {
        put(json, "\\n", 2);
    }
    else if (code > 0xffff) {
        put_unit(json, 0xd800 + ((code - 0x10000) >> 10));
        put_unit(json, 0xdc00 + ((code - 0x10000) & 0x3ff));
    }
    else {
        put_unit(json, code);
    }
}

static void put_string(mssl_json_t *json, const char *text, size_t len)
{
    const char *end = text + len;

    put(json, "\"", 1);
    while (text < end) {
        put_code(json, mssl_utf8_next(&text, end));
    }
    put(json, "\"", 1);
}

static void begin_line(mssl_json_t *json)
{
    static const char blanks[2 * MSSL_JSON_DEPTH_MAX + 1] = "                                ";

    put(json, "\n", 1);
    put(json, blanks, 2 * (size_t)json->depth);
}

/* What stands before each value. */
static void begin_value(mssl_json_t *json, const char *key)
{
    if (json->depth > 0) {
        if (json->level[json->depth].is_begun) {
            put(json, ",", 1);
        }
        json->level[json->depth].is_begun = 1;
        if (json->depth <= json->lines) {
            begin_line(json);
        }
    }
    if (key != NULL) {
        put_string(json, key, strlen(key));
        put(json, ":", 1);
    }
}

void mssl_json_open(mssl_json_t *json, const char *key, char bracket)
{
    begin_value(json, key);
    put(json, &bracket, 1);
    if (++json->depth > MSSL_JSON_DEPTH_MAX) {
        abort();
    }
    json->level[json->depth].closes = bracket == '{' ? '}' : ']';
    json->level[json->depth].is_begun = 0;
}

void mssl_json_close(mssl_json_t *json)
{
    char closes = json->level[json->depth].closes;
    int is_begun = json->level[json->depth].is_begun;

    if (json->depth-- == 0) {
        abort();
    }
    if (is_begun && json->depth < json->lines) {
        begin_line(json);
    }
    put(json, &closes, 1);
}

void mssl_json_text(mssl_json_t *json, const char *key, const char *text)
{
    mssl_json_text_n(json, key, text, text != NULL ? strlen(text) : 0);
}

void mssl_json_text_n(mssl_json_t *json, const char *key, const char *text, size_t len)
{
    begin_value(json, key);
    if (text == NULL) {
        put_text(json, "null");
    }
    else {
        put_string(json, text, len);
    }
}

void mssl_json_int(mssl_json_t *json, const char *key, apr_int64_t value)
{
    char text[32];

    apr_snprintf(text, sizeof(text), "%" APR_INT64_T_FMT, value);
    begin_value(json, key);
    put_text(json, text);
}

void mssl_json_bool(mssl_json_t *json, const char *key, int value)
{
    begin_value(json, key);
    put_text(json, value ? "true" : "false");
}

void mssl_json_null(mssl_json_t *json, const char *key)
{
    begin_value(json, key);
    put_text(json, "null");
}

void mssl_json_int_or_null(mssl_json_t *json, const char *key, int is_known, apr_int64_t value)
{
    if (is_known) {
        mssl_json_int(json, key, value);
    }
    else {
        mssl_json_null(json, key);
    }
}

void mssl_json_bool_or_null(mssl_json_t *json, const char *key, int is_known, int value)
{
    if (is_known) {
        mssl_json_bool(json, key, value);
    }
    else {
        mssl_json_null(json, key);
    }
}

void mssl_json_time(mssl_json_t *json, const char *key, apr_time_t time)
{
    char text[MSSL_RFC3339_SIZE];

    if (time == 0 || mssl_rfc3339_print(text, time) != APR_SUCCESS) {
        mssl_json_null(json, key);
        return;
    }
    mssl_json_text(json, key, text);
}

void mssl_json_seconds(mssl_json_t *json, const char *key, apr_interval_time_t span)
{
    char text[40];
    size_t len;

    apr_snprintf(text, sizeof(text), "%" APR_INT64_T_FMT ".%06d",
                 (apr_int64_t)(span / APR_USEC_PER_SEC), (int)(span % APR_USEC_PER_SEC));
    for (len = strlen(text); text[len - 1] == '0'; len--) {
        text[len - 1] = '\0';
    }
    if (text[len - 1] == '.') {
        text[len - 1] = '\0';
    }
    begin_value(json, key);
    put_text(json, text);
}

apr_status_t mssl_json_end(mssl_json_t *json)
{
    if (json->depth != 0) {
        abort();
    }
    put(json, "\n", 1);
    flush(json);
    return json->rv;
}
