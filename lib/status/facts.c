/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "lib/status/facts.h"

#include <apr_lib.h>
#include <apr_strings.h>
#include <string.h>

#define DAY apr_time_from_sec(86400)

long mssl_status_days(apr_time_t now, apr_time_t until)
{
    apr_interval_time_t left = until - now;

    return (long)(left >= 0 ? left / DAY : -((-left + DAY - 1) / DAY));
}

apr_uint32_t mssl_status_count_attention(const mssl_index_summary_t *index)
{
    apr_uint32_t n = 0;
    int state;

    for (state = MSSL_STATE_BAD; state <= MSSL_STATE_SHADOWED; state++) {
        n += index->states[state];
    }
    return n;
}

const char *mssl_status_tag(mssl_name_state_t state)
{
    switch (state) {
    case MSSL_STATE_BAD:
    case MSSL_STATE_AT_RISK:
    case MSSL_STATE_DEGRADED:
        return "MSSL0110";
    case MSSL_STATE_EXPIRED:
    case MSSL_STATE_NOT_YET_VALID:
        return "MSSL0111";
    default:
        return NULL;
    }
}

const char *mssl_status_store(const mssl_status_facts_t *facts, int store, const char *label,
                              apr_pool_t *pool)
{
    return facts->is_summary ? apr_itoa(pool, store + 1) : label;
}

apr_time_t mssl_status_get_retry(const mssl_status_facts_t *facts,
                                 const mssl_standing_command_t *command)
{
    return facts->is_standing_old ? 0 : command->next;
}

const char *mssl_status_encode(const char *value, apr_pool_t *pool)
{
    static const char hex[] = "0123456789ABCDEF";
    char *text = apr_palloc(pool, 3 * strlen(value) + 1), *to = text;

    for (; *value != '\0'; value++) {
        unsigned char c = (unsigned char)*value;

        if (apr_isalnum(c) || strchr("-._~", c) != NULL) {
            *to++ = *value;
            continue;
        }
        *to++ = '%';
        *to++ = hex[c >> 4];
        *to++ = hex[c & 15];
    }
    *to = '\0';
    return text;
}
