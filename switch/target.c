/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#include "switch/target.h"

#include <apr_strings.h>
#include <string.h>
#include <strings.h>

#include "lib/base/reason.h"
#include "lib/base/url.h"
#include "lib/base/urlparts.h"

#define LITERAL "https://"
#define LITERAL_LEN (sizeof(LITERAL) - 1)
#define ENCODED "https%3A%2F%2F"
#define ENCODED_LEN (sizeof(ENCODED) - 1)
#define DEFAULT_PORT 443

static int is_control(char c)
{
    return (unsigned char)c < 0x20 || c == 0x7f;
}

/* Decode exactly once. */
static apr_status_t decode(const char **out, const char *in, apr_pool_t *pool, mssl_reason_t *why)
{
    char *text = apr_palloc(pool, strlen(in) + 1);
    char *to = text;

    *out = NULL;
    for (; *in != '\0'; in++) {
        int byte = (unsigned char)*in;

        if (*in == '%') {
            byte = mssl_urlparts_get_escaped(in);
            if (byte < 0) {
                return mssl_urlparts_check_escapes(in, why);
            }
            if (byte == 0) {
                return mssl_reason_set(why, APR_EINVAL, "the target holds a control character");
            }
            in += 2;
        }
        *to++ = (char)byte;
    }
    *to = '\0';
    *out = text;
    return APR_SUCCESS;
}

/*
 * Bytes that browsers drop (tab, CR, LF), take for "/" (backslash), or end the URL with ("#"):
 * wherever they stand, two readers of the URL may see two hosts (CVE-2019-13038 and its kin).
 */
static apr_status_t check_bytes(const char *in, int ascii_only, mssl_reason_t *why)
{
    for (; *in != '\0'; in++) {
        if (is_control(*in)) {
            return mssl_reason_set(why, APR_EINVAL, "the target holds a control character");
        }
        if (*in == '\\') {
            return mssl_reason_set(why, APR_EINVAL, "the target holds a backslash");
        }
        if (*in == '#') {
            return mssl_reason_set(why, APR_EINVAL, "the target holds a fragment (\"#\")");
        }
        if (ascii_only && (unsigned char)*in > 0x7f) {
            return mssl_reason_set(why, APR_EINVAL, "the target holds a byte outside of ASCII");
        }
    }
    return APR_SUCCESS;
}

/*
 * Once decoded as a whole, an escape that is left was encoded twice: a control character has no
 * business there.
 */
static apr_status_t check_left_escapes(const char *in, mssl_reason_t *why)
{
    for (; *in != '\0'; in++) {
        int byte = *in == '%' ? mssl_urlparts_get_escaped(in) : -1;

        if (byte >= 0 && is_control((char)byte)) {
            return mssl_reason_set(why, APR_EINVAL, "the target holds a control character");
        }
    }
    return APR_SUCCESS;
}

static apr_status_t refuse_scheme(const char *query, mssl_reason_t *why)
{
    if (strncasecmp(query, "http:", 5) == 0 || strncasecmp(query, "http%3A", 7) == 0) {
        return mssl_reason_set(why, APR_EINVAL, "the target is a http URL, use https://");
    }
    return mssl_reason_set(why, APR_EINVAL, "the target does not begin with https://");
}

/* Both forms of a target as one plain text that begins with "https://". */
static apr_status_t get_plain(const char **plain, const char *query, apr_pool_t *pool,
                              mssl_reason_t *why)
{
    apr_status_t rv = check_bytes(query, 1, why);

    *plain = query;
    if (rv != APR_SUCCESS || strncmp(query, LITERAL, LITERAL_LEN) == 0) {
        return rv;
    }
    if (strncasecmp(query, ENCODED, ENCODED_LEN) != 0) {
        return refuse_scheme(query, why);
    }
    rv = decode(plain, query, pool, why);
    /* Raw UTF-8 in the path is what encodeURIComponent() made of it: encoded again later. */
    if (rv == APR_SUCCESS) {
        rv = check_bytes(*plain, 0, why);
    }
    return rv == APR_SUCCESS ? check_left_escapes(*plain, why) : rv;
}

static apr_status_t get_parts(mssl_target_t *target, const char *in, apr_pool_t *pool,
                              mssl_reason_t *why)
{
    const char *rest;
    apr_status_t rv;

    target->port = DEFAULT_PORT;
    rv = mssl_urlparts_get_authority(target->name, &target->port, &rest, in, why);
    if (rv == APR_SUCCESS) {
        rv = mssl_urlparts_check_escapes(rest, why);
    }
    if (rv != APR_SUCCESS) {
        return rv;
    }
    if (rest[0] != '/') {
        rest = apr_pstrcat(pool, "/", rest, NULL);
    }
    target->path = mssl_urlparts_encode(pool, rest);
    return APR_SUCCESS;
}

apr_status_t mssl_target_parse(mssl_target_t *target, const char *query, apr_pool_t *pool,
                               mssl_reason_t *why)
{
    const char *plain = NULL;
    const char *location;
    apr_status_t rv;

    memset(target, 0, sizeof(*target));
    if (query == NULL || query[0] == '\0') {
        return mssl_reason_set(why, APR_NOTFOUND, "there is no target");
    }
    if (strlen(query) > MSSL_TARGET_MAX) {
        return mssl_reason_set(why, APR_EINVAL, "the target is longer than %d bytes",
                               MSSL_TARGET_MAX);
    }
    rv = get_plain(&plain, query, pool, why);
    if (rv == APR_SUCCESS) {
        rv = get_parts(target, plain + LITERAL_LEN, pool, why);
    }
    if (rv == APR_SUCCESS) {
        /* Encoding may lengthen it: what we send has to pass here again. */
        location = mssl_url_build(pool, target->name, target->port, target->path);
        if (strlen(location) > MSSL_TARGET_MAX) {
            rv = mssl_reason_set(why, APR_EINVAL, "the target is longer than %d bytes",
                                 MSSL_TARGET_MAX);
        }
    }
    if (rv != APR_SUCCESS) {
        memset(target, 0, sizeof(*target));
    }
    return rv;
}
