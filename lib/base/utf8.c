/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "lib/base/utf8.h"

#include <stddef.h>

/* Bytes that follow the first one; -1: it begins nothing. */
static int count_more(unsigned char first)
{
    return first < 0x80 ? 0 : first < 0xc2 ? -1 : first < 0xe0 ? 1 : first < 0xf0 ? 2
           : first < 0xf5 ? 3 : -1;
}

unsigned mssl_utf8_next(const char **at, const char *end)
{
    static const unsigned least[] = { 0, 0x80, 0x800, 0x10000 };
    const unsigned char *byte = (const unsigned char *)*at;
    int more = count_more(byte[0]), i;
    unsigned code = more <= 0 ? byte[0] : byte[0] & (0x3fu >> more);

    *at += 1;
    if (more < 0 || end - *at < more) {
        return MSSL_UTF8_BAD;
    }
    for (i = 1; i <= more; i++) {
        if ((byte[i] & 0xc0) != 0x80) {
            return MSSL_UTF8_BAD;
        }
        code = code << 6 | (byte[i] & 0x3fu);
    }
    if (code < least[more] || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) {
        return MSSL_UTF8_BAD;
    }
    *at += more;
    return code;
}

int mssl_utf8_is_control(unsigned code)
{
    static const struct {
        unsigned from, to;
    } ranges[] = {
        { 0, 0x1f }, { 0x7f, 0x9f }, { 0xad, 0xad }, { 0x61c, 0x61c }, { 0x180e, 0x180e },
        { 0x200b, 0x200f }, { 0x2028, 0x202e }, { 0x2060, 0x206f }, { 0xfeff, 0xfeff },
        { 0xfff9, 0xfffb }, { 0xe0000, 0xe0fff },
    };
    size_t i;

    for (i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++) {
        if (code >= ranges[i].from && code <= ranges[i].to) {
            return 1;
        }
    }
    return 0;
}
