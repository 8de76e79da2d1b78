/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "lib/base/forwarded.h"

#include <apr_cstr.h>
#include <string.h>

static int is_space(char c)
{
    return c == ' ' || c == '\t';
}

/* Without white space at both ends. */
static const char *trim(const char *text, size_t *len)
{
    while (*len > 0 && is_space(*text)) {
        text++;
        --*len;
    }
    while (*len > 0 && is_space(text[*len - 1])) {
        --*len;
    }
    return text;
}

static mssl_scheme_t parse_scheme(const char *text, size_t len)
{
    text = trim(text, &len);
    if (len == 5 && apr_cstr_casecmpn(text, "https", 5) == 0) {
        return MSSL_SCHEME_HTTPS;
    }
    return len == 4 && apr_cstr_casecmpn(text, "http", 4) == 0 ? MSSL_SCHEME_HTTP
                                                                : MSSL_SCHEME_UNKNOWN;
}

/* One pair of an element, "proto=https" or "Proto = \"https\"". */
static mssl_scheme_t parse_pair(const char *text, size_t len)
{
    const char *value = memchr(text, '=', len);
    size_t name_len, value_len;

    if (value == NULL) {
        return MSSL_SCHEME_UNKNOWN;
    }
    name_len = (size_t)(value - text);
    value_len = len - name_len - 1;
    text = trim(text, &name_len);
    value = trim(value + 1, &value_len);
    if (name_len != 5 || apr_cstr_casecmpn(text, "proto", 5) != 0) {
        return MSSL_SCHEME_UNKNOWN;
    }
    if (value_len >= 2 && value[0] == '"' && value[value_len - 1] == '"') {
        value++;
        value_len -= 2;
    }
    return parse_scheme(value, value_len);
}

/* Where a pair ends: at a ";", a "," or the end of the text, outside of quotes. */
static const char *find_end(const char *at)
{
    int is_quoted = 0;

    for (; *at != '\0' && (is_quoted || (*at != ';' && *at != ',')); at++) {
        if (*at == '"') {
            is_quoted = !is_quoted;
        }
        else if (*at == '\\' && is_quoted && at[1] != '\0') {
            at++;
        }
    }
    return at;
}

mssl_scheme_t mssl_forwarded_get_scheme(const char *proto, const char *forwarded)
{
    mssl_scheme_t scheme = MSSL_SCHEME_UNKNOWN;
    const char *end;

    if (proto != NULL) {
        const char *last = strrchr(proto, ',');

        last = last != NULL ? last + 1 : proto;
        return parse_scheme(last, strlen(last));
    }
    while (forwarded != NULL) {
        mssl_scheme_t said;

        end = find_end(forwarded);
        said = parse_pair(forwarded, (size_t)(end - forwarded));
        scheme = said != MSSL_SCHEME_UNKNOWN ? said : scheme;
        if (*end == ',') {
            scheme = MSSL_SCHEME_UNKNOWN; /* another element follows, and counts alone */
        }
        forwarded = *end != '\0' ? end + 1 : NULL;
    }
    return scheme;
}
