/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "lib/steward/notice.h"

#include <apr_hash.h>
#include <apr_lib.h>
#include <apr_strings.h>
#include <apr_tables.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/reason.h"
#include "lib/base/text.h"

#define HOUR apr_time_from_sec(3600)
/** Who asks once an hour may come a little early. */
#define EARLY (HOUR / 2)
#define DAY (24 * HOUR - EARLY)
#define WEEK (7 * 24 * HOUR - EARLY)
#define HEAD "mssl-notified 1"

/** What was told of something. */
typedef struct record_t {
    const char *key;
    mssl_name_state_t state;
    apr_time_t first; /**< when it was first told of this state */
    apr_time_t last;  /**< when it was told last */
} record_t;

struct mssl_notices_t {
    apr_pool_t *pool;   /* of the hash; made anew when records went */
    apr_pool_t *parent;
    apr_hash_t *records;
    apr_time_t digest;  /* when anything was told last; 0: never */
    apr_time_t daily;   /* when what has time was told last; 0: never */
};

mssl_notices_t *mssl_notices_make(apr_pool_t *pool)
{
    mssl_notices_t *notices = apr_pcalloc(pool, sizeof(*notices));

    notices->parent = pool;
    apr_pool_create(&notices->pool, pool);
    notices->records = apr_hash_make(notices->pool);
    return notices;
}

static record_t *find(const mssl_notices_t *notices, const char *key)
{
    return apr_hash_get(notices->records, key, APR_HASH_KEY_STRING);
}

/** Whether it can wait for the day's telling. */
static int has_time(mssl_name_state_t state)
{
    return state >= MSSL_STATE_DEGRADED;
}

/**
 * The clock was set back by more than a step: what was told by the one before is no reason to be
 * silent until that time has come again.
 */
static int is_from_future(apr_time_t told, apr_time_t now)
{
    return told - now > DAY;
}

/** Whether a state that was told is to be told again. */
static int is_reminder_due(const record_t *record, apr_time_t now)
{
    apr_interval_time_t since = now - record->last;

    if (has_time(record->state)) {
        return 0;
    }
    return is_from_future(record->last, now)
           || since >= (record->state == MSSL_STATE_EXPIRED && now - record->first >= WEEK
                            ? WEEK : DAY);
}

static int compare(const void *a, const void *b)
{
    const mssl_notice_t *one = a, *other = b;

    return one->state != other->state ? (int)one->state - (int)other->state
                                      : strcmp(one->key, other->key);
}

/** Of what is worse than valid. */
static int is_due(const mssl_notices_t *notices, const mssl_condition_t *condition, apr_time_t now,
                  mssl_notice_t *notice)
{
    const record_t *record = find(notices, condition->key);

    notice->key = condition->key;
    notice->state = condition->state;
    notice->is_reminder = record != NULL && record->state == condition->state;
    return !notice->is_reminder || is_reminder_due(record, now);
}

static apr_hash_t *hash_conditions(const mssl_condition_t *condition, int n, apr_pool_t *pool)
{
    apr_hash_t *hash = apr_hash_make(pool);
    int i;

    for (i = 0; i < n; i++) {
        apr_hash_set(hash, condition[i].key, APR_HASH_KEY_STRING, &condition[i]);
    }
    return hash;
}

/** Of what was told, and is no more worse than valid. */
static int add_recovered(const mssl_notices_t *notices, apr_hash_t *conditions,
                         int (*is_there)(void *baton, const char *key), void *baton,
                         mssl_notice_t *due, apr_pool_t *pool)
{
    apr_hash_index_t *hi;
    int n = 0;

    for (hi = apr_hash_first(pool, notices->records); hi != NULL; hi = apr_hash_next(hi)) {
        const record_t *record = apr_hash_this_val(hi);

        if (apr_hash_get(conditions, record->key, APR_HASH_KEY_STRING) == NULL
            && is_there(baton, record->key)) {
            due[n].key = apr_pstrdup(pool, record->key);
            due[n].state = MSSL_STATE_VALID;
            due[n].is_reminder = 0;
            due[n++].condition = -1;
        }
    }
    return n;
}

int mssl_notices_due(const mssl_notices_t *notices, const mssl_condition_t *condition, int n,
                     int (*is_there)(void *baton, const char *key), void *baton, apr_time_t now,
                     apr_interval_time_t every, mssl_notice_t **due, apr_pool_t *pool)
{
    int is_day = now - notices->daily >= DAY || is_from_future(notices->daily, now), ndue = 0, i;
    apr_hash_t *conditions = hash_conditions(condition, n, pool);
    size_t max = (size_t)n + apr_hash_count(notices->records) + 1;
    mssl_notice_t *notice = apr_palloc(pool, max * sizeof(*notice));

    *due = notice;
    if (notices->digest != 0 && now - notices->digest < every && now >= notices->digest) {
        return 0;
    }
    for (i = 0; i < n; i++) {
        notice[ndue].condition = i;
        ndue += (is_day || !has_time(condition[i].state))
            && is_due(notices, &condition[i], now, &notice[ndue]);
    }
    if (is_day) {
        ndue += add_recovered(notices, conditions, is_there, baton, &notice[ndue], pool);
    }
    qsort(notice, (size_t)ndue, sizeof(*notice), compare);
    return ndue;
}

static void put(mssl_notices_t *notices, const char *key, mssl_name_state_t state,
                apr_time_t first, apr_time_t last)
{
    record_t *record = apr_palloc(notices->pool, sizeof(*record));

    record->key = apr_pstrdup(notices->pool, key);
    record->state = state;
    record->first = first;
    record->last = last;
    apr_hash_set(notices->records, record->key, APR_HASH_KEY_STRING, record);
}

/** Have no memory of what went. */
static void tidy(mssl_notices_t *notices)
{
    apr_hash_t *before = notices->records;
    apr_pool_t *pool = notices->pool;
    apr_hash_index_t *hi;

    apr_pool_create(&notices->pool, notices->parent);
    notices->records = apr_hash_make(notices->pool);
    for (hi = apr_hash_first(pool, before); hi != NULL; hi = apr_hash_next(hi)) {
        const record_t *record = apr_hash_this_val(hi);

        put(notices, record->key, record->state, record->first, record->last);
    }
    apr_pool_destroy(pool);
}

void mssl_notices_told(mssl_notices_t *notices, const mssl_notice_t *due, int n, apr_time_t now)
{
    int i, had_time = 0;

    for (i = 0; i < n; i++) {
        record_t *record = find(notices, due[i].key);

        had_time |= has_time(due[i].state);
        if (due[i].state == MSSL_STATE_VALID) {
            apr_hash_set(notices->records, due[i].key, APR_HASH_KEY_STRING, NULL);
        }
        else if (record != NULL && record->state == due[i].state) {
            record->last = now;
        }
        else {
            put(notices, due[i].key, due[i].state, now, now);
        }
    }
    if (n > 0) {
        notices->digest = now;
        notices->daily = had_time ? now : notices->daily;
        tidy(notices);
    }
}

void mssl_notices_forget(mssl_notices_t *notices, const mssl_condition_t *condition, int n,
                         int (*is_there)(void *baton, const char *key), void *baton)
{
    apr_hash_t *conditions;
    apr_hash_index_t *hi;
    apr_pool_t *pool;
    int gone = 0;

    apr_pool_create(&pool, notices->parent);
    conditions = hash_conditions(condition, n, pool);
    for (hi = apr_hash_first(pool, notices->records); hi != NULL; hi = apr_hash_next(hi)) {
        const record_t *record = apr_hash_this_val(hi);

        if (apr_hash_get(conditions, record->key, APR_HASH_KEY_STRING) == NULL
            && !is_there(baton, record->key)) {
            apr_hash_set(notices->records, record->key, APR_HASH_KEY_STRING, NULL);
            gone++;
        }
    }
    apr_pool_destroy(pool);
    if (gone > 0) {
        tidy(notices);
    }
}

const char *mssl_notices_save(const mssl_notices_t *notices, apr_pool_t *pool)
{
    apr_array_header_t *lines = apr_array_make(pool, 16, sizeof(const char *));
    apr_hash_index_t *hi;

    APR_ARRAY_PUSH(lines, const char *) =
        apr_psprintf(pool, HEAD "\ntold %" APR_TIME_T_FMT " %" APR_TIME_T_FMT,
                     apr_time_sec(notices->digest), apr_time_sec(notices->daily));
    for (hi = apr_hash_first(pool, notices->records); hi != NULL; hi = apr_hash_next(hi)) {
        const record_t *record = apr_hash_this_val(hi);

        APR_ARRAY_PUSH(lines, const char *) =
            apr_psprintf(pool, "%s %" APR_TIME_T_FMT " %" APR_TIME_T_FMT " %s",
                         mssl_states_get_word(record->state), apr_time_sec(record->first),
                         apr_time_sec(record->last), record->key);
    }
    APR_ARRAY_PUSH(lines, const char *) = apr_psprintf(pool, "end %d\n", lines->nelts - 1);
    return apr_array_pstrcat(pool, lines, '\n');
}

/** A number of seconds and the blank behind it. @return NULL: there is none */
static char *take_time(char *at, apr_time_t *time)
{
    char *end;
    apr_int64_t seconds = apr_isdigit(*at) ? apr_strtoi64(at, &end, 10) : -1;

    if (seconds < 0 || seconds > APR_INT64_C(253402300800) || (*end != ' ' && *end != '\0')) {
        return NULL;
    }
    *time = apr_time_from_sec(seconds);
    return *end == ' ' ? end + 1 : end;
}

static int take_record(mssl_notices_t *notices, char *line)
{
    char *at = strchr(line, ' ');
    mssl_name_state_t state;
    apr_time_t first, last;

    if (at == NULL) {
        return 0;
    }
    *at++ = '\0';
    at = mssl_states_parse_word(&state, line) ? take_time(at, &first) : NULL;
    at = at != NULL ? take_time(at, &last) : NULL;
    if (at == NULL || *at == '\0' || strlen(at) > 4200) {
        return 0;
    }
    put(notices, at, state, first, last);
    return 1;
}

static int parse(mssl_notices_t *notices, char *text)
{
    char *state = NULL, *line = apr_strtok(text, "\n", &state), *at;
    int n = 0;

    if (line == NULL || strcmp(line, HEAD) != 0) {
        return 0;
    }
    line = apr_strtok(NULL, "\n", &state);
    at = line != NULL && strncmp(line, "told ", 5) == 0 ? take_time(line + 5, &notices->digest)
                                                        : NULL;
    if (at == NULL || take_time(at, &notices->daily) == NULL) {
        return 0;
    }
    for (line = apr_strtok(NULL, "\n", &state); line != NULL && strncmp(line, "end ", 4) != 0;
         line = apr_strtok(NULL, "\n", &state), n++) {
        if (!take_record(notices, line)) {
            return 0;
        }
    }
    return line != NULL && atoi(line + 4) == n && apr_strtok(NULL, "\n", &state) == NULL;
}

apr_status_t mssl_notices_load(mssl_notices_t *notices, const char *text, mssl_reason_t *why)
{
    mssl_notices_t *read = mssl_notices_make(notices->parent);

    if (!parse(read, apr_pstrdup(read->pool, text))) {
        apr_pool_destroy(read->pool);
        return mssl_reason_set(why, APR_EINVAL, "it is cut off, or was written by something else");
    }
    apr_pool_destroy(notices->pool);
    *notices = *read;
    return APR_SUCCESS;
}
