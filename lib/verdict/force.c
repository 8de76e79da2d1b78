/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "lib/verdict/force.h"

#include <stddef.h>

/*
 * A method other than GET must come again as it was: 307 and 308 (RFC 9110, 15.4.8 and 15.4.9) say
 * so, browsers turn a POST into a GET behind 301 and 302.
 */
static const mssl_force_verdict_t stay = { MSSL_FORCE_STAY, 0, 0 };
static const mssl_force_verdict_t always[2] = { { MSSL_FORCE_TO_HTTPS, 308, 0 },
                                                { MSSL_FORCE_TO_HTTPS, 301, 1 } };
static const mssl_force_verdict_t for_now[2] = { { MSSL_FORCE_TO_HTTPS, 307, 0 },
                                                 { MSSL_FORCE_TO_HTTPS, 302, 0 } };
static const mssl_force_verdict_t to_http = { MSSL_FORCE_TO_HTTP, 302, 0 };

const char *mssl_force_get_word(mssl_force_t force)
{
    static const char *const words[] = {
        [MSSL_FORCE_UNSET] = NULL, [MSSL_FORCE_NONE] = "none", [MSSL_FORCE_ON] = "on",
        [MSSL_FORCE_AUTO] = "auto", [MSSL_FORCE_OFF] = "off",
    };

    return words[force];
}

mssl_force_verdict_t mssl_force_get(const mssl_force_facts_t *facts)
{
    if (facts->is_exempt || !facts->has_port) {
        return stay;
    }
    switch (facts->force) {
    case MSSL_FORCE_ON:
        return facts->scheme == MSSL_SCHEME_HTTP ? always[facts->is_get] : stay;
    case MSSL_FORCE_AUTO:
        return facts->scheme == MSSL_SCHEME_HTTP && facts->has_pair ? for_now[facts->is_get] : stay;
    case MSSL_FORCE_OFF:
        return facts->scheme == MSSL_SCHEME_HTTPS && facts->is_covered && facts->is_get
            && !facts->is_looping ? to_http : stay;
    default:
        return stay;
    }
}
