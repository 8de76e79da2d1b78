/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "lib/steward/others.h"

#include <apr_strings.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#define DIR_STORE "dir:"
/** A pair whose files are bad serves for somebody else only as long as it lives for so long. */
#define AT_RISK_MIN apr_time_from_sec(7 * 86400)

/** What mssl_schedule_survey() asks. */
typedef struct survey_t {
    const mssl_index_t *index;
    struct stat own;    /* the folder of what we issued; zeroed: there is none */
    char label[1024];   /* of the store that was asked about last, */
    int is_own;         /* and whether it is that folder */
    apr_time_t now;
    apr_pool_t *pool;
} survey_t;

/* Stores are few, and names of one follow each other. */
static int is_own(survey_t *survey, const char *label)
{
    struct stat st;

    if (strcmp(survey->label, label) != 0) {
        apr_cpystrn(survey->label, label, sizeof(survey->label));
        survey->is_own = survey->own.st_ino != 0
                         && strncmp(label, DIR_STORE, strlen(DIR_STORE)) == 0
                         && stat(label + strlen(DIR_STORE), &st) == 0
                         && st.st_dev == survey->own.st_dev && st.st_ino == survey->own.st_ino;
    }
    return survey->is_own;
}

/* Whether a row is of somebody else's pair, which will do for a while. */
static int is_others(survey_t *survey, const mssl_index_row_t *row)
{
    if (row->state == MSSL_STATE_EXCLUDED) {
        return 1;
    }
    if (row->types == 0 || row->store_label == NULL || is_own(survey, row->store_label)) {
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

void mssl_others_survey(mssl_schedule_t *schedule, const mssl_index_t *index, int dir,
                        apr_time_t now, apr_pool_t *pool)
{
    survey_t survey = { .index = index, .now = now };

    if (fstatat(dir, MSSL_ISSUED_DIR, &survey.own, AT_SYMLINK_NOFOLLOW) != 0) {
        memset(&survey.own, 0, sizeof(survey.own));
    }
    apr_pool_create(&survey.pool, pool);
    mssl_schedule_survey(schedule, is_served, &survey, now);
    apr_pool_destroy(survey.pool);
}
