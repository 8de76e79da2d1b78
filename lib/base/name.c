/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/name.h"

#include <arpa/inet.h>
#include <string.h>

#define LABEL_MAX 63

static int is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static int is_hex(char c)
{
    return is_digit(c) || (c >= 'a' && c <= 'f');
}

/* A canonical byte, or 0 for one that no label may hold. ctype.h follows the locale: not used. */
static char label_byte(char c)
{
    if (c >= 'A' && c <= 'Z') {
        return (char)(c - 'A' + 'a');
    }
    if ((c >= 'a' && c <= 'z') || is_digit(c) || c == '-' || c == '_') {
        return c;
    }
    return 0;
}

/* URL parsers (WHATWG URL, "ends in a number") read such a host as an IPv4 address. */
static int is_number(const char *label)
{
    int (*is_part)(char) = is_digit;

    if (label[0] == '0' && label[1] == 'x') {
        label += 2;
        is_part = is_hex;
    }
    while (is_part(*label)) {
        label++;
    }
    return *label == '\0';
}

static int copy_labels(char *out, const char *in, size_t len)
{
    size_t i;
    size_t label_len = 0;
    const char *last = out;

    for (i = 0; i < len; i++) {
        if (in[i] == '.') {
            if (label_len == 0) {
                return 0;
            }
            out[i] = '.';
            last = out + i + 1;
            label_len = 0;
            continue;
        }
        out[i] = label_byte(in[i]);
        if (out[i] == 0 || ++label_len > LABEL_MAX) {
            return 0;
        }
    }
    out[len] = '\0';
    return label_len > 0 && !is_number(last);
}

int mssl_name_canon(char out[MSSL_NAME_SIZE], const char *in, size_t len)
{
    out[0] = '\0';
    if (in == NULL) {
        return 0;
    }
    if (len > 0 && in[len - 1] == '.') {
        len--;
    }
    if (len == 0 || len > MSSL_NAME_MAX || !copy_labels(out, in, len)) {
        out[0] = '\0';
        return 0;
    }
    return 1;
}

int mssl_name_canon_pattern(char out[MSSL_NAME_SIZE], const char *in, size_t len)
{
    char parent[MSSL_NAME_SIZE];
    size_t parent_len;

    out[0] = '\0';
    if (in == NULL || len < 2 || in[0] != '*' || in[1] != '.') {
        return mssl_name_canon(out, in, len);
    }
    if (!mssl_name_canon(parent, in + 2, len - 2)) {
        return 0;
    }
    parent_len = strlen(parent);
    if (parent_len + 2 > MSSL_NAME_MAX) {
        return 0;
    }
    out[0] = '*';
    out[1] = '.';
    memcpy(out + 2, parent, parent_len + 1);
    return 2;
}

int mssl_name_pattern(char out[MSSL_NAME_SIZE], const char *name)
{
    const char *parent = strchr(name, '.');
    size_t len;

    out[0] = '\0';
    if (parent == NULL || parent == name) {
        return 0;
    }
    len = strlen(parent);
    if (len + 1 > MSSL_NAME_MAX) {
        return 0;
    }
    out[0] = '*';
    memcpy(out + 1, parent, len + 1);
    return 1;
}

int mssl_name_parse_ip(unsigned char addr[16], const char *in, size_t len)
{
    char text[INET6_ADDRSTRLEN];

    memset(addr, 0, 16);
    if (in == NULL || len == 0) {
        return 0;
    }
    if (in[0] == '[') {
        if (len < 2 || in[len - 1] != ']') {
            return 0;
        }
        in++;
        len -= 2;
        if (memchr(in, ':', len) == NULL) {
            return 0;
        }
    }
    if (len >= sizeof(text) || memchr(in, '\0', len) != NULL) {
        return 0;
    }
    memcpy(text, in, len);
    text[len] = '\0';
    if (inet_pton(AF_INET, text, addr) == 1) {
        return 4;
    }
    if (inet_pton(AF_INET6, text, addr) == 1) {
        return 16;
    }
    memset(addr, 0, 16);
    return 0;
}
