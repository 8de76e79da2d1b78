/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/urlparts.h"

#include <apr_strings.h>
#include <string.h>

#include "lib/base/reason.h"

#define PORT_DIGITS 5
#define PORT_MAX 65535

static int hex_value(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    if (c >= 'a' && c <= 'f') {
        return c - 'a' + 10;
    }
    if (c >= 'A' && c <= 'F') {
        return c - 'A' + 10;
    }
    return -1;
}

int mssl_urlparts_get_escaped(const char *at)
{
    int high;
    int low;

    if (at[0] != '%') {
        return -1;
    }
    high = hex_value(at[1]);
    if (high < 0) {
        return -1;
    }
    low = hex_value(at[2]);
    return low < 0 ? -1 : high << 4 | low;
}

/*
 * RFC 3986 keeps "[" and "]" out of path and query, but browsers and PHP's forms send them as they
 * are, and nothing reads them as something else.
 */
int mssl_urlparts_is_byte(char c)
{
    return (unsigned char)c > 0x20 && (unsigned char)c < 0x7f && strchr("\"#<>\\^`{|}", c) == NULL;
}

const char *mssl_urlparts_encode(apr_pool_t *pool, const char *in)
{
    static const char hex[] = "0123456789ABCDEF";
    char *out = apr_palloc(pool, 3 * strlen(in) + 1);
    char *to = out;

    for (; *in != '\0'; in++) {
        unsigned char c = (unsigned char)*in;

        if (mssl_urlparts_is_byte(*in) && (c != '%' || mssl_urlparts_get_escaped(in) >= 0)) {
            *to++ = *in;
            continue;
        }
        *to++ = '%';
        *to++ = hex[c >> 4];
        *to++ = hex[c & 15];
    }
    *to = '\0';
    return out;
}

apr_status_t mssl_urlparts_check_escapes(const char *in, mssl_reason_t *why)
{
    for (; *in != '\0'; in++) {
        if (*in == '%' && mssl_urlparts_get_escaped(in) < 0) {
            return mssl_reason_set(why, APR_EINVAL, "a \"%%\" in the URL is not followed by two "
                                   "hexadecimal digits");
        }
    }
    return APR_SUCCESS;
}

/* Plain digits. No leading zero: some readers take it for octal. */
static int parse_port(apr_port_t *port, const char *in, size_t len)
{
    unsigned int value = 0;
    size_t i;

    if (len == 0 || len > PORT_DIGITS || in[0] == '0') {
        return 0;
    }
    for (i = 0; i < len; i++) {
        if (in[i] < '0' || in[i] > '9') {
            return 0;
        }
        value = value * 10 + (unsigned int)(in[i] - '0');
    }
    if (value > PORT_MAX) {
        return 0;
    }
    *port = (apr_port_t)value;
    return 1;
}

apr_status_t mssl_urlparts_get_authority(char name[MSSL_NAME_SIZE], apr_port_t *port,
                                         const char **rest, const char *in, mssl_reason_t *why)
{
    unsigned char addr[16];
    size_t len = strcspn(in, "/?");
    size_t host_len = len;
    const char *colon;

    name[0] = '\0';
    *rest = NULL;
    if (memchr(in, '@', len) != NULL) {
        return mssl_reason_set(why, APR_EINVAL, "the URL holds a user name (\"@\" before the path)");
    }
    if (memchr(in, '%', len) != NULL) {
        return mssl_reason_set(why, APR_EINVAL, "the host or port is percent-encoded");
    }
    if (len > 0 && in[0] == '[') {
        return mssl_reason_set(why, APR_EINVAL, "the host is an IP address, not a name");
    }
    colon = memchr(in, ':', len);
    if (colon != NULL) {
        host_len = (size_t)(colon - in);
        if (!parse_port(port, colon + 1, len - host_len - 1)) {
            return mssl_reason_set(why, APR_EINVAL, "the port is not a number from 1 to %d",
                                   PORT_MAX);
        }
    }
    if (mssl_name_parse_ip(addr, in, host_len) != 0) {
        return mssl_reason_set(why, APR_EINVAL, "the host is an IP address, not a name");
    }
    if (!mssl_name_canon(name, in, host_len)) {
        return mssl_reason_set(why, APR_EINVAL, "the host is not a proper name");
    }
    *rest = in + len;
    return APR_SUCCESS;
}

const char *mssl_urlparts_join(apr_pool_t *pool, const char *address, int port)
{
    int is_v6 = strchr(address, ':') != NULL;

    return apr_pstrcat(pool, is_v6 ? "[" : "", address, is_v6 ? "]:" : ":",
                       port != 0 ? apr_itoa(pool, port) : "*", NULL);
}
