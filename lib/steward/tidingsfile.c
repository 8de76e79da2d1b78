/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include <apr_strings.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/buffer.h"
#include "lib/base/reason.h"
#include "lib/files/write.h"
#include "lib/steward/memory.h"
#include "lib/steward/tidings.h"

#define HEAD "mssl-tidings 1\n"
#define SUFFIX ".jobs"
/** How a line begins: of a job, or of what serves beside its order. */
#define JOB "job"
#define BESIDE "beside"
/** All names that there may be, with the longest reasons, take less. */
#define SIZE_MAX_BYTES ((apr_size_t)16 * 1024 * 1024)
/** The last second of the year 9999. */
#define TIME_MAX 253402300799

/* @return MSSL_EVENTS: none; -1: no such word */
static int parse_event(const char *word)
{
    int i;

    for (i = 0; i < MSSL_TIDINGS_EVENTS; i++) {
        if (strcmp(word, mssl_event_get_word(mssl_tidings_events[i])) == 0) {
            return (int)mssl_tidings_events[i];
        }
    }
    return strcmp(word, "-") == 0 ? (int)MSSL_EVENTS : -1;
}

static int is_time_text(long long seconds)
{
    return seconds >= 0 && seconds <= TIME_MAX;
}

static int is_printable(const char *text)
{
    while (*text >= ' ' && *text <= '~') {
        text++;
    }
    return *text == '\0';
}

static int parse_job(mssl_tidings_t *tidings, const char *line)
{
    char what[8], name[MSSL_NAME_SIZE], canon[MSSL_NAME_SIZE], event[17], state[17];
    long long run, since, not_after;
    int end = 0, number;
    mssl_tidingentry_t *entry;

    if (sscanf(line, "%7s %253s %lld %16s %16s %lld %lld%n", what, name, &run, event, state, &since,
               &not_after, &end) != 7
        || (strcmp(what, JOB) != 0 && strcmp(what, BESIDE) != 0)
        || line[end] != ' ' || strlen(line + end + 1) >= MSSL_TIDING_REASON
        || !is_printable(line + end + 1) || !is_time_text(run) || !is_time_text(since)
        || !is_time_text(not_after)
        || mssl_name_canon_pattern(canon, name, strlen(name)) == 0 || strcmp(name, canon) != 0
        || mssl_job_state_parse(state) == MSSL_JOB_STATES || (number = parse_event(event)) < 0
        || (entry = mssl_tidings_add(tidings, name, strcmp(what, BESIDE) == 0)) == NULL) {
        return 0;
    }
    entry->event = (mssl_event_t)number;
    entry->run = apr_time_from_sec(run);
    entry->said.state = mssl_job_state_parse(state);
    entry->said.since = apr_time_from_sec(since);
    entry->said.not_after = apr_time_from_sec(not_after);
    entry->said.reason = number != MSSL_EVENTS ? strdup(line + end + 1) : NULL;
    entry->place = ++tidings->place;
    return 1;
}

static int parse_told(mssl_tidings_t *tidings, const char *line)
{
    char event[17], end;
    long long told, unnamed;
    int number;

    if (sscanf(line, "told %16s %lld %lld%c", event, &told, &unnamed, &end) != 3
        || (number = parse_event(event)) < 0 || number == MSSL_EVENTS || !is_time_text(told)
        || unnamed < 0 || unnamed > INT_MAX / 2) {
        return 0;
    }
    tidings->told[number] = apr_time_from_sec(told);
    tidings->unnamed[number] = (int)unnamed;
    return 1;
}

static int parse(mssl_tidings_t *tidings, char *text)
{
    char *line, *end;

    if (strncmp(text, HEAD, strlen(HEAD)) != 0) {
        return 0;
    }
    for (line = text + strlen(HEAD); (end = strchr(line, '\n')) != NULL; line = end + 1) {
        *end = '\0';
        if (strcmp(line, "end") == 0) {
            return end[1] == '\0';
        }
        if (!parse_told(tidings, line) && !parse_job(tidings, line)) {
            return 0;
        }
    }
    return 0;
}

static apr_status_t take(void *baton, const char *text, mssl_reason_t *fault)
{
    char *copy = strdup(text);
    apr_status_t rv = copy != NULL ? APR_SUCCESS : mssl_reason_set(fault, APR_ENOMEM, "no memory");

    if (copy != NULL && !parse(baton, copy)) {
        mssl_tidings_clear(baton);
        rv = mssl_reason_set(fault, APR_EINVAL, MSSL_MEMORY_FAULT);
    }
    free(copy);
    return rv;
}

apr_status_t mssl_tidings_load(mssl_tidings_t *tidings, int dir, const char *name, apr_pool_t *pool,
                               mssl_reason_t *why)
{
    return mssl_memory_read(dir, apr_pstrcat(pool, name, SUFFIX, NULL), SIZE_MAX_BYTES, take, tidings,
                            pool, why);
}

apr_status_t mssl_tidings_save(const mssl_tidings_t *tidings, int dir, const char *name,
                               apr_pool_t *pool, mssl_reason_t *why)
{
    const mssl_owner_t owner = { (uid_t)-1, (gid_t)-1, 0600 };
    mssl_buffer_t text = { .max = SIZE_MAX_BYTES };
    apr_status_t rv = mssl_buffer_print(&text, HEAD);
    int i;

    for (i = 0; i < MSSL_TIDINGS_EVENTS; i++) {
        mssl_event_t event = mssl_tidings_events[i];

        mssl_buffer_print(&text, "told %s %" APR_TIME_T_FMT " %d\n", mssl_event_get_word(event),
                          apr_time_sec(tidings->told[event]), tidings->unnamed[event]);
    }
    for (i = 0; i < tidings->n; i++) {
        const mssl_tidingentry_t *entry = &tidings->entry[i];
        const mssl_tiding_t *said = &entry->said;

        mssl_buffer_print(&text, "%s %s %" APR_TIME_T_FMT " %s %s %" APR_TIME_T_FMT " %"
                          APR_TIME_T_FMT " %s\n", entry->is_beside ? BESIDE : JOB, said->name, apr_time_sec(entry->run),
                          entry->event != MSSL_EVENTS ? mssl_event_get_word(entry->event) : "-",
                          mssl_job_state_text(said->state), apr_time_sec(said->since),
                          apr_time_sec(said->not_after), said->reason != NULL ? said->reason : "");
    }
    rv = rv == APR_SUCCESS ? mssl_buffer_print(&text, "end\n") : rv;
    rv = rv == APR_SUCCESS
             ? mssl_file_write(dir, apr_pstrcat(pool, name, SUFFIX, NULL), text.data, text.len,
                               &owner, why)
             : mssl_reason_set(why, rv, "%s" SUFFIX ": no memory for it", name);
    mssl_buffer_free(&text);
    return rv;
}
