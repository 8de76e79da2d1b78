/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
/* lib/base/name.c: what comes out is canonical, whatever goes in. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/name.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int fact)
{
    if (!fact) {
        abort();
    }
}

static void check_name(const char *name)
{
    char again[MSSL_NAME_SIZE];
    char pattern[MSSL_NAME_SIZE];
    unsigned char addr[16];
    size_t len = strlen(name);

    require(len > 0 && len <= MSSL_NAME_MAX);
    require(strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-_.") == len);
    require(name[0] != '.' && name[len - 1] != '.' && strstr(name, "..") == NULL);
    require(mssl_name_canon(again, name, len) && strcmp(again, name) == 0);
    require(mssl_name_parse_ip(addr, name, len) == 0);
    if (mssl_name_pattern(pattern, name)) {
        require(mssl_name_canon_pattern(again, pattern, strlen(pattern)) == 2);
        require(strcmp(again, pattern) == 0
                && strcmp(strchr(pattern, '.'), strchr(name, '.')) == 0);
    }
    else {
        require(strchr(name, '.') == NULL);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *in = (const char *)data;
    char out[MSSL_NAME_SIZE];
    char pattern[MSSL_NAME_SIZE];
    unsigned char addr[16];
    int kind = mssl_name_canon_pattern(pattern, in, size);

    require(kind >= 0 && kind <= 2);
    if (mssl_name_canon(out, in, size)) {
        require(kind == 1 && strcmp(pattern, out) == 0);
        check_name(out);
    }
    else {
        require(out[0] == '\0' && kind != 1);
    }
    require((kind == 0) == (pattern[0] == '\0'));
    if (kind == 2) {
        require(strlen(pattern) <= MSSL_NAME_MAX && strncmp(pattern, "*.", 2) == 0);
        check_name(pattern + 2);
    }
    kind = mssl_name_parse_ip(addr, in, size);
    require(kind == 0 || kind == 4 || kind == 16);
    return 0;
}
