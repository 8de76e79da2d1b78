/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "lib/steward/tidings.h"

#include <apr_strings.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/buffer.h"
#include "lib/base/reason.h"
#include "lib/base/rfc3339.h"
#include "lib/files/write.h"
#include "lib/steward/memory.h"

#define HEAD "mssl-tidings 1\n"
#define SUFFIX ".jobs"
/** All names that there may be, with the longest reasons, take less. */
#define SIZE_MAX_BYTES ((apr_size_t)16 * 1024 * 1024)
/** The last second of the year 9999. */
#define TIME_MAX 253402300799
/** Failures in a row, before time alone is not waited for any more. */
#define FAILURES 3
/** What was found so, and not heard of when it happened, is news for so long. */
#define NEWS_SPAN apr_time_from_sec(3600)
/** A name that there is nothing more to say of is known so long, not to be told twice. */
#define KNOWN_SPAN (2 * NEWS_SPAN)

typedef struct entry_t {
    mssl_tiding_t said;   /* its reason: by malloc(), or NULL */
    mssl_event_t event;   /* to be told; MSSL_EVENTS: nothing is */
    apr_time_t run;       /* when the failures began that are to be told, or else were; 0: none */
    apr_uint64_t place;   /* of its coming */
} entry_t;

struct mssl_tidings_t {
    entry_t *entry;
    int n, size;
    apr_uint64_t place;               /* of the last that came */
    int unnamed[MSSL_EVENTS];         /* to be told, and there was no room */
    apr_time_t told[MSSL_EVENTS];
};

/* The worst first. */
static const mssl_event_t events[] = { MSSL_EVENT_FAILED, MSSL_EVENT_DECLINED, MSSL_EVENT_PENDING,
                                       MSSL_EVENT_ISSUED };
#define NEVENTS ((int)(sizeof(events) / sizeof(events[0])))

/* It was told that it fails, and nothing else since. */
static int is_failing(const entry_t *entry)
{
    return entry != NULL && entry->run != 0 && entry->event != MSSL_EVENT_FAILED;
}

static void drop_reason(entry_t *entry)
{
    free((char *)entry->said.reason);
    entry->said.reason = NULL;
}

static apr_status_t free_all(void *data)
{
    mssl_tidings_t *tidings = data;
    int i;

    for (i = 0; i < tidings->n; i++) {
        drop_reason(&tidings->entry[i]);
    }
    free(tidings->entry);
    memset(tidings, 0, sizeof(*tidings));
    return APR_SUCCESS;
}

mssl_tidings_t *mssl_tidings_make(apr_pool_t *pool)
{
    mssl_tidings_t *tidings = apr_pcalloc(pool, sizeof(*tidings));

    apr_pool_cleanup_register(pool, tidings, free_all, apr_pool_cleanup_null);
    return tidings;
}

static entry_t *find(const mssl_tidings_t *tidings, const char *name)
{
    int i;

    for (i = 0; i < tidings->n; i++) {
        if (strcmp(tidings->entry[i].said.name, name) == 0) {
            return &tidings->entry[i];
        }
    }
    return NULL;
}

/* Those that there is nothing to say of. */
static void sweep(mssl_tidings_t *tidings, apr_time_t now)
{
    int i, n = 0;

    for (i = 0; i < tidings->n; i++) {
        entry_t *entry = &tidings->entry[i];
        apr_interval_time_t age = now - entry->said.since;

        if (entry->event == MSSL_EVENTS && entry->run == 0 && (age > KNOWN_SPAN || age < 0)) {
            drop_reason(entry);
        }
        else {
            tidings->entry[n++] = *entry;
        }
    }
    tidings->n = n;
}

/* @return NULL: there is no room */
static entry_t *add(mssl_tidings_t *tidings, const char *name)
{
    entry_t *entry;

    if (tidings->n == MSSL_TIDINGS_MAX) {
        sweep(tidings, APR_INT64_MAX);
    }
    if (tidings->n == tidings->size) {
        int size = tidings->size == 0 ? 16 : 2 * tidings->size;

        size = size < MSSL_TIDINGS_MAX ? size : MSSL_TIDINGS_MAX;
        entry = size > tidings->n ? realloc(tidings->entry, (size_t)size * sizeof(*entry)) : NULL;
        if (entry == NULL) {
            return NULL;
        }
        tidings->entry = entry;
        tidings->size = size;
    }
    entry = &tidings->entry[tidings->n++];
    memset(entry, 0, sizeof(*entry));
    apr_cpystrn(entry->said.name, name, sizeof(entry->said.name));
    entry->event = MSSL_EVENTS;
    return entry;
}

/* Nothing is to be told of it. @return whether something was */
static int withdraw(entry_t *entry)
{
    int was = entry != NULL && entry->event != MSSL_EVENTS;

    if (was) {
        entry->run = entry->event != MSSL_EVENT_FAILED ? entry->run : 0;
        entry->event = MSSL_EVENTS;
        drop_reason(entry);
    }
    return was;
}

int mssl_tidings_forget(mssl_tidings_t *tidings, const char *name)
{
    entry_t *entry = find(tidings, name);

    if (entry == NULL) {
        return 0;
    }
    drop_reason(entry);
    tidings->n--;
    memmove(entry, entry + 1, (size_t)(tidings->entry + tidings->n - entry) * sizeof(*entry));
    return 1;
}

/* Since when it is so. One that nobody vouched for in between was made when it was. */
static apr_time_t get_since(const mssl_job_t *job)
{
    return job->state == MSSL_JOB_INSTALLED && job->waits_for[0] == '\0' ? job->installed : job->since;
}

static char *say(const mssl_job_t *job, mssl_event_t event, int was_failing)
{
    int has_said = job->said[0] != '\0';
    char text[MSSL_TIDING_REASON], until[MSSL_RFC3339_SIZE];

    if (event == MSSL_EVENT_ISSUED) {
        apr_snprintf(text, sizeof(text), "a certificate of '%s' is in service%s", job->issuer,
                     was_failing ? ", which had failed before" : "");
    }
    else if (event == MSSL_EVENT_PENDING) {
        mssl_rfc3339_print(until, job->until);
        /* The time first: who shows less of it shows that. */
        apr_snprintf(text, sizeof(text), "waits%s%s for %s%s%s%s", job->until != 0 ? " until " : "",
                     job->until != 0 ? until : "", job->waits_for, has_said ? " (" : "", job->said,
                     has_said ? ")" : "");
    }
    else {
        apr_snprintf(text, sizeof(text), "%s%s%s%s", job->text, has_said ? " (" : "", job->said,
                     has_said ? ")" : "");
    }
    return strdup(text);
}

/* To be told. @param entry NULL: nothing is known of it. @return 0: it is known */
static int queue(mssl_tidings_t *tidings, entry_t *entry, const mssl_job_t *job, mssl_event_t event)
{
    int was_failing = is_failing(entry);

    if (entry != NULL && event != MSSL_EVENT_FAILED && entry->said.state == job->state
        && entry->said.since == get_since(job)) {
        return 0;
    }
    if (entry == NULL) {
        entry = add(tidings, job->name);
    }
    if (entry == NULL) {
        tidings->unnamed[event] += tidings->unnamed[event] < INT_MAX / 2;
        return 1;
    }
    if (entry->event != event) {
        entry->place = ++tidings->place;
    }
    drop_reason(entry);
    entry->event = event;
    entry->run = event == MSSL_EVENT_FAILED                  ? job->failing
                 : was_failing && event == MSSL_EVENT_PENDING ? entry->run : 0;
    entry->said.state = job->state;
    entry->said.since = get_since(job);
    entry->said.not_after = job->not_after;
    entry->said.reason = say(job, event, was_failing);
    return 1;
}

/* Time mends nothing: somebody must. */
static int is_for_somebody(mssl_class_t class)
{
    return class == MSSL_CLASS_ACCOUNT || class == MSSL_CLASS_CAA || class == MSSL_CLASS_POLICY
           || class == MSSL_CLASS_CHAIN || class == MSSL_CLASS_HERE || class == MSSL_CLASS_FUNDS;
}

static int note_failure(mssl_tidings_t *tidings, entry_t *entry, const mssl_job_t *job)
{
    int is_same = entry != NULL && entry->run != 0 && entry->run == job->failing;

    if (is_same && is_failing(entry)) {
        return withdraw(entry);
    }
    if (is_same || job->failures >= FAILURES || job->next == 0 || is_for_somebody(job->class)) {
        return queue(tidings, entry, job, MSSL_EVENT_FAILED);
    }
    /* An issued one is so still. */
    return entry != NULL && entry->event != MSSL_EVENT_ISSUED && withdraw(entry);
}

static int note_installed(mssl_tidings_t *tidings, entry_t *entry, const mssl_job_t *job)
{
    if (job->waits_for[0] != '\0') { /* it ends, and is not ordered by itself */
        return queue(tidings, entry, job, MSSL_EVENT_PENDING);
    }
    if (job->why != MSSL_WHY_RENEWAL || is_failing(entry)) {
        return queue(tidings, entry, job, MSSL_EVENT_ISSUED);
    }
    return entry != NULL && entry->event != MSSL_EVENT_ISSUED && withdraw(entry);
}

int mssl_tidings_note(mssl_tidings_t *tidings, const mssl_job_t *job, mssl_task_t task,
                      apr_time_t now)
{
    int is_order = task == MSSL_TASK_ORDER || task == MSSL_TASK_POLL || task == MSSL_TASKS;
    entry_t *entry;

    if (task == MSSL_TASKS && job->state != MSSL_JOB_FAILED && now - get_since(job) > NEWS_SPAN) {
        return 0;
    }
    entry = find(tidings, job->name);
    switch (job->state) {
    case MSSL_JOB_INSTALLED:
        return (is_order || task == MSSL_TASK_APPROVE) && note_installed(tidings, entry, job);
    case MSSL_JOB_FAILED:
        return (is_order || task == MSSL_TASK_PREFLIGHT) && note_failure(tidings, entry, job);
    case MSSL_JOB_PENDING:
        return (task == MSSL_TASK_ORDER || task == MSSL_TASKS)
               && queue(tidings, entry, job, MSSL_EVENT_PENDING);
    case MSSL_JOB_DECLINED:
        return (is_order || task == MSSL_TASK_DECLINE)
               && queue(tidings, entry, job, MSSL_EVENT_DECLINED);
    case MSSL_JOB_GONE:
        return mssl_tidings_forget(tidings, job->name);
    default:
        return 0;
    }
}

/* A clock that was set back: it is told once too often and not too late. */
static int is_time(apr_time_t told, apr_time_t now, apr_interval_time_t every)
{
    return told == 0 || now < told || now - told >= every;
}

static void gather(const mssl_tidings_t *tidings, mssl_event_t event, int max,
                   mssl_tidings_batch_t *batch, apr_pool_t *pool)
{
    mssl_tiding_t *item = apr_palloc(pool, ((size_t)max + 1) * sizeof(*item));
    int i;

    memset(batch, 0, sizeof(*batch));
    batch->event = event;
    batch->item = item;
    batch->place = tidings->place;
    batch->n = batch->unnamed = tidings->unnamed[event];
    for (i = 0; i < tidings->n; i++) {
        const entry_t *entry = &tidings->entry[i];

        if (entry->event != event) {
            continue;
        }
        batch->n++;
        if (batch->nitems < max) {
            item[batch->nitems] = entry->said;
            item[batch->nitems++].reason = apr_pstrdup(pool, entry->said.reason);
        }
    }
}

int mssl_tidings_due(const mssl_tidings_t *tidings, apr_time_t now, apr_interval_time_t every,
                     int max, mssl_tidings_batch_t *batch, apr_pool_t *pool)
{
    int is_waiting[MSSL_EVENTS + 1] = { 0 }, i;

    for (i = 0; i < tidings->n; i++) {
        is_waiting[tidings->entry[i].event] = 1;
    }
    for (i = 0; i < NEVENTS; i++) {
        mssl_event_t event = events[i];

        if ((is_waiting[event] || tidings->unnamed[event] > 0)
            && is_time(tidings->told[event], now, every)) {
            gather(tidings, event, max, batch, pool);
            return 1;
        }
    }
    return 0;
}

void mssl_tidings_told(mssl_tidings_t *tidings, const mssl_tidings_batch_t *batch, apr_time_t now)
{
    mssl_event_t event = batch->event;
    int i;

    for (i = 0; i < tidings->n; i++) {
        entry_t *entry = &tidings->entry[i];

        if (entry->event == event && entry->place <= batch->place) {
            entry->event = MSSL_EVENTS;
            drop_reason(entry);
        }
    }
    sweep(tidings, now);
    tidings->unnamed[event] -= batch->unnamed;
    tidings->told[event] = now;
}

/* @return MSSL_EVENTS: none; -1: no such word */
static int parse_event(const char *word)
{
    int i;

    for (i = 0; i < NEVENTS; i++) {
        if (strcmp(word, mssl_event_get_word(events[i])) == 0) {
            return (int)events[i];
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
    char name[MSSL_NAME_SIZE], canon[MSSL_NAME_SIZE], event[17], state[17];
    long long run, since, not_after;
    int end = 0, number;
    entry_t *entry;

    if (sscanf(line, "job %253s %lld %16s %16s %lld %lld%n", name, &run, event, state, &since,
               &not_after, &end) != 6
        || line[end] != ' ' || strlen(line + end + 1) >= MSSL_TIDING_REASON
        || !is_printable(line + end + 1) || !is_time_text(run) || !is_time_text(since)
        || !is_time_text(not_after)
        || mssl_name_canon_pattern(canon, name, strlen(name)) == 0 || strcmp(name, canon) != 0
        || mssl_job_state_parse(state) == MSSL_JOB_STATES || (number = parse_event(event)) < 0
        || (entry = add(tidings, name)) == NULL) {
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
        free_all(baton);
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

    for (i = 0; i < NEVENTS; i++) {
        mssl_buffer_print(&text, "told %s %" APR_TIME_T_FMT " %d\n", mssl_event_get_word(events[i]),
                          apr_time_sec(tidings->told[events[i]]), tidings->unnamed[events[i]]);
    }
    for (i = 0; i < tidings->n; i++) {
        const entry_t *entry = &tidings->entry[i];
        const mssl_tiding_t *said = &entry->said;

        mssl_buffer_print(&text, "job %s %" APR_TIME_T_FMT " %s %s %" APR_TIME_T_FMT " %"
                          APR_TIME_T_FMT " %s\n", said->name, apr_time_sec(entry->run),
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
