/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "lib/steward/others.h"

#include <string.h>

/** A pair whose files are bad serves for somebody else only as long as it lives for so long. */
#define AT_RISK_MIN apr_time_from_sec(7 * 86400)

/** What mssl_schedule_survey() asks. */
typedef struct survey_t {
    const mssl_index_t *index;
    const char *own; /* label of the store of what we issued */
    apr_time_t now;
    apr_pool_t *pool;
} survey_t;

/* Whether a row is of somebody else's pair, which will do for a while. */
static int is_others(const survey_t *survey, const mssl_index_row_t *row)
{
    if (row->state == MSSL_STATE_EXCLUDED) {
        return 1;
    }
    if (row->types == 0 || row->store_label == NULL || strcmp(row->store_label, survey->own) == 0) {
        return 0;
    }
    return row->state == MSSL_STATE_DEGRADED || row->state == MSSL_STATE_EXPIRING
           || row->state == MSSL_STATE_SHADOWED || row->state == MSSL_STATE_VALID
           || (row->state == MSSL_STATE_AT_RISK && row->until - survey->now > AT_RISK_MIN);
}

static int is_served(void *baton, const char *name)
{
    survey_t *survey = baton;
    char pattern[MSSL_NAME_SIZE];
    mssl_index_row_t *row;
    int served = 0;

    if (mssl_index_lookup(survey->index, name, &row, survey->pool) == APR_SUCCESS) {
        served = is_others(survey, row);
    }
    else if (name[0] != '*' && mssl_name_pattern(pattern, name)
             && mssl_index_lookup(survey->index, pattern, &row, survey->pool)
                    == APR_SUCCESS) {
        served = row->state != MSSL_STATE_EXCLUDED && is_others(survey, row);
    }
    apr_pool_clear(survey->pool);
    return served;
}

void mssl_others_survey(mssl_schedule_t *schedule, const mssl_index_t *index, const char *own,
                           apr_time_t now, apr_pool_t *pool)
{
    survey_t survey = { .index = index, .own = own, .now = now };

    apr_pool_create(&survey.pool, pool);
    mssl_schedule_survey(schedule, is_served, &survey, now);
    apr_pool_destroy(survey.pool);
}
