/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "lib/issue/suffix.h"

#include <libpsl.h>
#include <string.h>

int mssl_suffix_is_plain(const char *name)
{
    const char *at = strncmp(name, "*.", 2) == 0 ? name + 2 : name;
    char before = '.';

    for (; *at != '\0'; before = *at++) {
        if (*at == '_' || (*at == '-' && (before == '.' || at[1] == '.' || at[1] == '\0'))) {
            return 0;
        }
    }
    return 1;
}

int mssl_suffix_is_public(const char *name)
{
    const psl_ctx_t *list = psl_builtin();
    const char *parent = strchr(name, '.');

    if (list == NULL
        || psl_is_public_suffix2(list, name, PSL_TYPE_ICANN | PSL_TYPE_NO_STAR_RULE) != 0) {
        return 0;
    }
    for (; parent != NULL; parent = strchr(parent + 1, '.')) {
        if (psl_is_public_suffix2(list, parent + 1, PSL_TYPE_ICANN | PSL_TYPE_NO_STAR_RULE) != 0) {
            return 1;
        }
    }
    return 0;
}

const char *mssl_suffix_get_domain(const char *name)
{
    const psl_ctx_t *list = psl_builtin();
    const char *from = strncmp(name, "*.", 2) == 0 ? name + 2 : name;
    const char *domain = list != NULL ? psl_registrable_domain(list, from) : NULL;

    return domain != NULL ? domain : from;
}
