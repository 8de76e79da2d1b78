/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/url.h"

#include <apr_strings.h>
#include <string.h>
#include <strings.h>

#include "lib/base/reason.h"
#include "lib/base/urlparts.h"

#define HTTPS "https://"
#define HTTPS_LEN (sizeof(HTTPS) - 1)
#define HTTPS_PORT 443
#define HTTP "http://"
#define HTTP_LEN (sizeof(HTTP) - 1)
#define HTTP_PORT 80

static const char *build(apr_pool_t *pool, int is_https, const char *name, apr_port_t port,
                         const char *path)
{
    const char *colon = "";

    /* Without the slash a path of ".evil" or "@evil" would become part of the host. */
    if (path == NULL || path[0] != '/') {
        path = apr_pstrcat(pool, "/", path, NULL);
    }
    if (port != (is_https ? HTTPS_PORT : HTTP_PORT)) {
        colon = apr_psprintf(pool, ":%u", (unsigned int)port);
    }
    return apr_pstrcat(pool, is_https ? HTTPS : HTTP, name, colon,
                       mssl_urlparts_encode(pool, path), NULL);
}

const char *mssl_url_build(apr_pool_t *pool, const char *name, apr_port_t port, const char *path)
{
    return build(pool, 1, name, port, path);
}

static apr_status_t check_bytes(const char *in, mssl_reason_t *why)
{
    for (; *in != '\0'; in++) {
        if (*in == '#') {
            return mssl_reason_set(why, APR_EINVAL, "the URL has a fragment (\"#\"), leave it out");
        }
        if (!mssl_urlparts_is_byte(*in)) {
            return mssl_reason_set(why, APR_EINVAL, "the URL holds the byte 0x%02x, write it as "
                                   "%%%02X", (unsigned char)*in, (unsigned char)*in);
        }
    }
    return APR_SUCCESS;
}

static void set_path(mssl_url_t *url, const char *rest, apr_pool_t *pool)
{
    size_t len = strcspn(rest, "?");
    const char *full;

    url->path = len > 0 ? apr_pstrmemdup(pool, rest, len) : "/";
    if (rest[len] == '?' && rest[len + 1] != '\0') {
        url->query = apr_pstrdup(pool, rest + len + 1);
    }
    full = url->query != NULL ? apr_pstrcat(pool, url->path, "?", url->query, NULL) : url->path;
    url->text = build(pool, url->is_https, url->name, url->port, full);
}

apr_status_t mssl_url_parse(mssl_url_t *url, const char *text, apr_pool_t *pool, mssl_reason_t *why)
{
    const char *rest;
    apr_status_t rv;

    memset(url, 0, sizeof(*url));
    if (text != NULL && strncasecmp(text, HTTPS, HTTPS_LEN) == 0) {
        url->is_https = 1;
        url->port = HTTPS_PORT;
        rest = text + HTTPS_LEN;
    }
    else if (text != NULL && strncasecmp(text, HTTP, HTTP_LEN) == 0) {
        url->port = HTTP_PORT;
        rest = text + HTTP_LEN;
    }
    else {
        return mssl_reason_set(why, APR_EINVAL, "the URL does not begin with https:// or http://");
    }
    rv = check_bytes(rest, why);
    if (rv == APR_SUCCESS) {
        rv = mssl_urlparts_get_authority(url->name, &url->port, &rest, rest, why);
    }
    if (rv == APR_SUCCESS) {
        rv = mssl_urlparts_check_escapes(rest, why);
    }
    if (rv != APR_SUCCESS) {
        memset(url, 0, sizeof(*url));
        return rv;
    }
    set_path(url, rest, pool);
    return APR_SUCCESS;
}
