/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/text.h"

#include <string.h>

#include "lib/base/utf8.h"

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

/* How many bytes from here stay as they are. */
static size_t count_kept(const char *at, int is_utf8)
{
    const char *next = at;
    unsigned code;

    if ((unsigned char)*at < 0x80) {
        return html_reference((unsigned char)*at) == NULL;
    }
    code = mssl_utf8_next(&next, at + strnlen(at, 4));
    return is_utf8 && code != MSSL_UTF8_BAD && !mssl_utf8_is_control(code) ? (size_t)(next - at) : 0;
}

/* Escape; with to NULL only count. @return bytes of the result */
static size_t write_html(char *to, const char *in, int is_utf8)
{
    size_t all = 0;

    while (*in != '\0') {
        size_t kept = count_kept(in, is_utf8);
        const char *from = kept > 0 ? in : html_reference((unsigned char)*in);
        size_t len = kept > 0 ? kept : strlen(from);

        if (to != NULL) {
            memcpy(to + all, from, len);
        }
        all += len;
        in += kept > 0 ? kept : 1;
    }
    return all;
}

static const char *make_html(apr_pool_t *pool, const char *in, int is_utf8)
{
    char *out;
    size_t len;

    if (in == NULL) {
        return "";
    }
    len = write_html(NULL, in, is_utf8);
    out = apr_palloc(pool, len + 1);
    write_html(out, in, is_utf8);
    out[len] = '\0';
    return out;
}

const char *mssl_text_html(apr_pool_t *pool, const char *in)
{
    return make_html(pool, in, 0);
}

const char *mssl_text_html_utf8(apr_pool_t *pool, const char *in)
{
    return make_html(pool, in, 1);
}

void mssl_text_hex(char *out, const unsigned char *bytes, size_t len)
{
    static const char digits[] = "0123456789abcdef";
    size_t i;

    for (i = 0; i < len; i++) {
        out[2 * i] = digits[bytes[i] >> 4];
        out[2 * i + 1] = digits[bytes[i] & 15];
    }
    out[2 * len] = '\0';
}
