/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "lib/issue/names.h"

#include <string.h>

int mssl_names_next(char name[MSSL_NAME_SIZE], const char **at)
{
    const char *from = *at + strspn(*at, " ");
    size_t len = strcspn(from, " ");

    if (len == 0 || len >= MSSL_NAME_SIZE) {
        return 0;
    }
    memcpy(name, from, len);
    name[len] = '\0';
    *at = from + len;
    return 1;
}

int mssl_names_has(const char *names, const char *name)
{
    char each[MSSL_NAME_SIZE];

    while (mssl_names_next(each, &names)) {
        if (strcmp(each, name) == 0) {
            return 1;
        }
    }
    return 0;
}

static int has_all(const char *names, const char *of)
{
    char each[MSSL_NAME_SIZE];

    while (mssl_names_next(each, &of)) {
        if (!mssl_names_has(names, each)) {
            return 0;
        }
    }
    return 1;
}

int mssl_names_are_same(const char *a, const char *b)
{
    return has_all(a, b) && has_all(b, a);
}

int mssl_names_are_several(const char *names)
{
    return strchr(names, ' ') != NULL;
}

const char *mssl_names_parse(char names[MSSL_NAMES_SIZE], const char *text, const char *separators,
                             size_t *len)
{
    char name[MSSL_NAME_SIZE];
    size_t used = 0, size;
    int n = 0;

    names[0] = '\0';
    for (text += strspn(text, separators); *text != '\0'; text += strspn(text, separators)) {
        *len = strcspn(text, separators);
        if (*len >= sizeof(name) || mssl_name_canon_pattern(name, text, *len) == 0) {
            return text;
        }
        text += *len;
        if (mssl_names_has(names, name)) {
            continue;
        }
        size = strlen(name);
        if (n == MSSL_NAMES_MAX || used + size + 2 > MSSL_NAMES_SIZE) {
            *len = 0;
            return text;
        }
        if (n++ > 0) {
            names[used++] = ' ';
        }
        memcpy(names + used, name, size + 1);
        used += size;
    }
    return NULL;
}
