/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "lib/base/jsonread.h"

#include <apr_strings.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/reason.h"
#include "lib/base/rfc3339.h"
#include "lib/base/utf8.h"

typedef struct reader_t {
    const char *begin, *at, *end;
    apr_pool_t *pool;
    int depth;
    const char *wrong; /* NULL: nothing so far */
} reader_t;

static int fail(reader_t *reader, const char *wrong)
{
    if (reader->wrong == NULL) {
        reader->wrong = wrong;
    }
    return 0;
}

static void skip_blanks(reader_t *reader)
{
    while (reader->at < reader->end && strchr(" \t\r\n", *reader->at) != NULL
           && *reader->at != '\0') {
        reader->at++;
    }
}

/* Whether a byte comes next; it is passed. */
static int take(reader_t *reader, char c)
{
    if (reader->at < reader->end && *reader->at == c) {
        reader->at++;
        return 1;
    }
    return 0;
}

static int take_word(reader_t *reader, const char *word)
{
    size_t len = strlen(word);

    if ((size_t)(reader->end - reader->at) < len || memcmp(reader->at, word, len) != 0) {
        return fail(reader, "not a value");
    }
    reader->at += len;
    return 1;
}

static int take_digits(reader_t *reader)
{
    const char *from = reader->at;

    while (reader->at < reader->end && *reader->at >= '0' && *reader->at <= '9') {
        reader->at++;
    }
    return reader->at > from ? 1 : fail(reader, "not a number");
}

static int read_number(reader_t *reader, mssl_json_value_t *value)
{
    const char *from = reader->at;

    take(reader, '-');
    if (!take(reader, '0') && !take_digits(reader)) {
        return 0;
    }
    if (take(reader, '.') && !take_digits(reader)) {
        return 0;
    }
    if (take(reader, 'e') || take(reader, 'E')) {
        if (!take(reader, '+')) {
            take(reader, '-');
        }
        if (!take_digits(reader)) {
            return 0;
        }
    }
    value->kind = MSSL_JSON_NUMBER;
    value->text = apr_pstrmemdup(reader->pool, from, (apr_size_t)(reader->at - from));
    return 1;
}

static int read_unit(reader_t *reader, unsigned *unit)
{
    int i;

    *unit = 0;
    if (reader->end - reader->at < 4) {
        return fail(reader, "a cut \\u");
    }
    for (i = 0; i < 4; i++) {
        static const char digits[] = "0123456789abcdefABCDEF";
        const char *digit = *reader->at != '\0' ? strchr(digits, *reader->at) : NULL;
        unsigned n;

        if (digit == NULL) {
            return fail(reader, "not a hex digit");
        }
        n = (unsigned)(digit - digits);
        *unit = *unit << 4 | (n > 15 ? n - 6 : n);
        reader->at++;
    }
    return 1;
}

static char *put_utf8(char *to, unsigned code)
{
    if (code < 0x80) {
        *to++ = (char)code;
    }
    else if (code < 0x800) {
        *to++ = (char)(0xc0 | code >> 6);
        *to++ = (char)(0x80 | (code & 0x3f));
    }
    else if (code < 0x10000) {
        *to++ = (char)(0xe0 | code >> 12);
        *to++ = (char)(0x80 | (code >> 6 & 0x3f));
        *to++ = (char)(0x80 | (code & 0x3f));
    }
    else {
        *to++ = (char)(0xf0 | code >> 18);
        *to++ = (char)(0x80 | (code >> 12 & 0x3f));
        *to++ = (char)(0x80 | (code >> 6 & 0x3f));
        *to++ = (char)(0x80 | (code & 0x3f));
    }
    return to;
}

/* Behind "\u". Six bytes there become at most three here, twelve four. */
static char *read_unicode(reader_t *reader, char *to)
{
    unsigned code, low;

    if (!read_unit(reader, &code)) {
        return NULL;
    }
    if (code >= 0xd800 && code <= 0xdbff) {
        if (!take(reader, '\\') || !take(reader, 'u') || !read_unit(reader, &low) || low < 0xdc00
            || low > 0xdfff) {
            fail(reader, "half a character");
            return NULL;
        }
        code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
    }
    else if (code == 0 || (code >= 0xdc00 && code <= 0xdfff)) {
        fail(reader, "not a character");
        return NULL;
    }
    return put_utf8(to, code);
}

static char *read_escape(reader_t *reader, char *to)
{
    static const char from[] = "\"\\/bfnrt", means[] = "\"\\/\b\f\n\r\t";
    const char *at = reader->at < reader->end && *reader->at != '\0' ? strchr(from, *reader->at)
                                                                     : NULL;

    if (take(reader, 'u')) {
        return read_unicode(reader, to);
    }
    if (at == NULL) {
        fail(reader, "not an escape");
        return NULL;
    }
    reader->at++;
    *to = means[at - from];
    return to + 1;
}

/* Behind the quote. */
static const char *read_string(reader_t *reader)
{
    const char *from = reader->at;
    char *text, *to;

    for (; reader->at < reader->end && *reader->at != '"'; reader->at++) {
        if (*reader->at == '\\' && reader->at + 1 < reader->end) {
            reader->at++;
        }
    }
    text = to = apr_palloc(reader->pool, (apr_size_t)(reader->at - from) + 1);
    for (reader->at = from; to != NULL && !take(reader, '"');) {
        if (reader->at >= reader->end || (unsigned char)*reader->at < 0x20) {
            fail(reader, reader->at >= reader->end ? "a cut text" : "a control character");
            return NULL;
        }
        if (take(reader, '\\')) {
            to = read_escape(reader, to);
        }
        else {
            const char *before = reader->at;
            unsigned code = mssl_utf8_next(&reader->at, reader->end);

            if (code == MSSL_UTF8_BAD && reader->at - before == 1) {
                fail(reader, "not UTF-8");
                return NULL;
            }
            to = put_utf8(to, code);
        }
    }
    if (to != NULL) {
        *to = '\0';
    }
    return to != NULL ? text : NULL;
}

static int read_value(reader_t *reader, mssl_json_value_t *value);

/* Behind the bracket. */
static int read_members(reader_t *reader, mssl_json_value_t *value)
{
    int is_object = value->kind == MSSL_JSON_OBJECT;
    char closes = is_object ? '}' : ']';
    const mssl_json_value_t **place = &value->first;

    skip_blanks(reader);
    if (take(reader, closes)) {
        return 1;
    }
    do {
        mssl_json_value_t *member = apr_pcalloc(reader->pool, sizeof(*member));

        skip_blanks(reader);
        if (is_object) {
            member->key = take(reader, '"') ? read_string(reader) : NULL;
            skip_blanks(reader);
            if (member->key == NULL || !take(reader, ':')) {
                return fail(reader, "not a member of an object");
            }
        }
        if (!read_value(reader, member)) {
            return 0;
        }
        *place = member;
        place = &member->next;
        skip_blanks(reader);
    } while (take(reader, ','));
    return take(reader, closes) ? 1 : fail(reader, "neither a comma nor an end");
}

static int read_value(reader_t *reader, mssl_json_value_t *value)
{
    int ok;

    skip_blanks(reader);
    if (reader->at >= reader->end) {
        return fail(reader, "it is cut");
    }
    switch (*reader->at) {
    case '{':
    case '[':
        value->kind = *reader->at++ == '{' ? MSSL_JSON_OBJECT : MSSL_JSON_ARRAY;
        if (++reader->depth > MSSL_JSON_DEPTH_MAX) {
            return fail(reader, "too deep");
        }
        ok = read_members(reader, value);
        reader->depth--;
        return ok;
    case '"':
        reader->at++;
        value->kind = MSSL_JSON_TEXT;
        value->text = read_string(reader);
        return value->text != NULL;
    case 't':
        value->kind = MSSL_JSON_TRUE;
        return take_word(reader, "true");
    case 'f':
        value->kind = MSSL_JSON_FALSE;
        return take_word(reader, "false");
    case 'n':
        return take_word(reader, "null");
    default:
        return read_number(reader, value);
    }
}

apr_status_t mssl_json_read(const mssl_json_value_t **out, const char *data, size_t len,
                            apr_pool_t *pool, mssl_reason_t *why)
{
    reader_t reader = { data, data, data + len, pool, 0, NULL };
    mssl_json_value_t *value = apr_pcalloc(pool, sizeof(*value));

    *out = NULL;
    if (read_value(&reader, value)) {
        skip_blanks(&reader);
        if (reader.at < reader.end) {
            fail(&reader, "something is behind it");
        }
    }
    if (reader.wrong != NULL) {
        return mssl_reason_set(why, APR_EINVAL, "not JSON: %s (byte %" APR_SIZE_T_FMT ")",
                               reader.wrong, (apr_size_t)(reader.at - reader.begin));
    }
    *out = value;
    return APR_SUCCESS;
}

const mssl_json_value_t *mssl_json_get(const mssl_json_value_t *object, const char *key)
{
    const mssl_json_value_t *member, *found = NULL;

    if (object == NULL || object->kind != MSSL_JSON_OBJECT) {
        return NULL;
    }
    for (member = object->first; member != NULL; member = member->next) {
        if (strcmp(member->key, key) == 0) {
            found = member;
        }
    }
    return found;
}

const char *mssl_json_get_text(const mssl_json_value_t *object, const char *key, const char *other)
{
    const mssl_json_value_t *value = mssl_json_get(object, key);

    return value != NULL && value->kind == MSSL_JSON_TEXT ? value->text : other;
}

static const char *get_number(const mssl_json_value_t *object, const char *key)
{
    const mssl_json_value_t *value = mssl_json_get(object, key);

    return value != NULL && value->kind == MSSL_JSON_NUMBER ? value->text : NULL;
}

apr_int64_t mssl_json_get_int(const mssl_json_value_t *object, const char *key, apr_int64_t other)
{
    const char *text = get_number(object, key);
    char *end;
    apr_int64_t n;

    if (text == NULL) {
        return other;
    }
    n = apr_strtoi64(text, &end, 10);
    return *end == '\0' ? n : other;
}

int mssl_json_get_bool(const mssl_json_value_t *object, const char *key, int other)
{
    const mssl_json_value_t *value = mssl_json_get(object, key);

    return value != NULL && value->kind == MSSL_JSON_TRUE ? 1
           : value != NULL && value->kind == MSSL_JSON_FALSE ? 0 : other;
}

apr_interval_time_t mssl_json_get_span(const mssl_json_value_t *object, const char *key,
                                       apr_interval_time_t other)
{
    const char *text = get_number(object, key);
    apr_interval_time_t unit = APR_USEC_PER_SEC, span;
    char *end;

    if (text == NULL) {
        return other;
    }
    span = apr_time_from_sec(apr_strtoi64(text, &end, 10));
    for (end += *end == '.'; *end >= '0' && *end <= '9' && unit > 1; end++) {
        unit /= 10;
        span += (*end - '0') * unit;
    }
    return span;
}

apr_status_t mssl_json_get_time(apr_time_t *time, const mssl_json_value_t *object, const char *key)
{
    const mssl_json_value_t *value = mssl_json_get(object, key);

    *time = 0;
    if (value == NULL || value->kind == MSSL_JSON_NULL) {
        return APR_SUCCESS;
    }
    return value->kind == MSSL_JSON_TEXT ? mssl_rfc3339_parse(time, value->text) : APR_EINVAL;
}

const mssl_json_value_t *mssl_json_get_first(const mssl_json_value_t *object, const char *key)
{
    const mssl_json_value_t *array = mssl_json_get(object, key);

    return array != NULL && array->kind == MSSL_JSON_ARRAY ? array->first : NULL;
}
