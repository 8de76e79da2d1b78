/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/text.h"

#include <string.h>

static int is_plain(unsigned char c)
{
    return c >= 0x20 && c <= 0x7e;
}

/* @param kept_out bytes that are printable, and escaped all the same */
static const char *escape(apr_pool_t *pool, const char *in, size_t len, size_t max,
                          const char *kept_out)
{
    static const char hex[] = "0123456789abcdef";
    size_t shown = len < max ? len : max;
    size_t i;
    char *out;
    char *to;

    out = to = apr_palloc(pool, 4 * shown + sizeof("..."));
    for (i = 0; i < shown; i++) {
        unsigned char c = (unsigned char)in[i];

        if (is_plain(c) && strchr(kept_out, c) == NULL) {
            *to++ = (char)c;
            continue;
        }
        *to++ = '\\';
        *to++ = 'x';
        *to++ = hex[c >> 4];
        *to++ = hex[c & 15];
    }
    memcpy(to, "...", sizeof("..."));
    if (shown == len) {
        *to = '\0';
    }
    return out;
}

const char *mssl_text_printable(apr_pool_t *pool, const char *in, size_t len, size_t max)
{
    return in != NULL ? escape(pool, in, len, max, "\"'\\") : "";
}

const char *mssl_text_shown(apr_pool_t *pool, const char *in, size_t max)
{
    return in != NULL ? escape(pool, in, strlen(in), max, "") : "";
}

/* What stands for a byte in HTML, or NULL where it stands for itself. */
static const char *html_reference(unsigned char c)
{
    switch (c) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\'':
        return "&#39;";
    default:
        return is_plain(c) ? NULL : "&#xFFFD;";
    }
}

const char *mssl_text_html(apr_pool_t *pool, const char *in)
{
    const char *from;
    size_t len = 0;
    char *out;
    char *to;

    if (in == NULL) {
        return "";
    }
    for (from = in; *from != '\0'; from++) {
        const char *reference = html_reference((unsigned char)*from);

        len += reference != NULL ? strlen(reference) : 1;
    }
    out = to = apr_palloc(pool, len + 1);
    for (from = in; *from != '\0'; from++) {
        const char *reference = html_reference((unsigned char)*from);

        if (reference == NULL) {
            *to++ = *from;
            continue;
        }
        len = strlen(reference);
        memcpy(to, reference, len);
        to += len;
    }
    *to = '\0';
    return out;
}
