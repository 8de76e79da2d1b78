/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "lib/steward/tidings.h"

#include <apr_strings.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/rfc3339.h"

/** Failures in a row, before time alone is not waited for any more. */
#define FAILURES 3
/** What was found so, and not heard of when it happened, is news for so long. */
#define NEWS_SPAN apr_time_from_sec(3600)
/** What is tried again by itself is so sooner, the first times. */
#define RETRY_SPAN apr_time_from_sec(2 * 86400)
/** A name that there is nothing more to say of is known so long, not to be told twice. */
#define KNOWN_SPAN (2 * NEWS_SPAN)

const mssl_event_t mssl_tidings_events[MSSL_TIDINGS_EVENTS] = {
    MSSL_EVENT_FAILED, MSSL_EVENT_DECLINED, MSSL_EVENT_PENDING, MSSL_EVENT_ISSUED
};

/* It was told that it fails, and nothing else since. */
static int is_failing(const mssl_tidingentry_t *entry)
{
    return entry != NULL && entry->run != 0 && entry->event != MSSL_EVENT_FAILED;
}

static void drop_reason(mssl_tidingentry_t *entry)
{
    free((char *)entry->said.reason);
    entry->said.reason = NULL;
}

/* All that it has. */
static void drop(mssl_tidingentry_t *entry)
{
    drop_reason(entry);
    free((char *)entry->said.reader);
    entry->said.reader = NULL;
}

void mssl_tidings_clear(mssl_tidings_t *tidings)
{
    int i;

    for (i = 0; i < tidings->n; i++) {
        drop(&tidings->entry[i]);
    }
    free(tidings->entry);
    memset(tidings, 0, sizeof(*tidings));
}

static apr_status_t free_all(void *data)
{
    mssl_tidings_clear(data);
    return APR_SUCCESS;
}

mssl_tidings_t *mssl_tidings_make(apr_pool_t *pool)
{
    mssl_tidings_t *tidings = apr_pcalloc(pool, sizeof(*tidings));

    apr_pool_cleanup_register(pool, tidings, free_all, apr_pool_cleanup_null);
    return tidings;
}

static mssl_tidingentry_t *find(const mssl_tidings_t *tidings, const char *name, int is_beside)
{
    int i;

    for (i = 0; i < tidings->n; i++) {
        if (tidings->entry[i].is_beside == is_beside
            && strcmp(tidings->entry[i].said.name, name) == 0) {
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
        mssl_tidingentry_t *entry = &tidings->entry[i];
        apr_interval_time_t age = now - entry->said.since;

        if (entry->event == MSSL_EVENTS && entry->run == 0 && (age > KNOWN_SPAN || age < 0)) {
            drop(entry);
        }
        else {
            tidings->entry[n++] = *entry;
        }
    }
    tidings->n = n;
}

mssl_tidingentry_t *mssl_tidings_add(mssl_tidings_t *tidings, const char *name, int is_beside)
{
    mssl_tidingentry_t *entry;

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
    entry->is_beside = is_beside;
    return entry;
}

/* Nothing is to be told of it. @return whether something was */
static int withdraw(mssl_tidingentry_t *entry)
{
    int was = entry != NULL && entry->event != MSSL_EVENTS;

    if (was) {
        entry->run = entry->event != MSSL_EVENT_FAILED ? entry->run : 0;
        entry->event = MSSL_EVENTS;
        drop_reason(entry);
    }
    return was;
}

/* @param entry may be NULL @return whether there was one */
static int take_out(mssl_tidings_t *tidings, mssl_tidingentry_t *entry)
{
    if (entry == NULL) {
        return 0;
    }
    drop(entry);
    tidings->n--;
    memmove(entry, entry + 1, (size_t)(tidings->entry + tidings->n - entry) * sizeof(*entry));
    return 1;
}

int mssl_tidings_forget(mssl_tidings_t *tidings, const char *name)
{
    int had = take_out(tidings, find(tidings, name, 1));

    return take_out(tidings, find(tidings, name, 0)) || had;
}

static void set_reader(mssl_tidingentry_t *entry, const char *reader)
{
    char *copy = reader != NULL ? strdup(reader) : NULL;

    free((char *)entry->said.reader);
    entry->said.reader = copy;
}

void mssl_tidings_set_reader(mssl_tidings_t *tidings, const char *name, const char *reader)
{
    int i;

    for (i = 0; i < 2; i++) {
        mssl_tidingentry_t *entry = find(tidings, name, i);

        if (entry != NULL) {
            set_reader(entry, reader);
        }
    }
}

void mssl_tidings_find_readers(mssl_tidings_t *tidings, mssl_tidings_reader_fn find_reader,
                               void *baton)
{
    int i;

    for (i = 0; i < tidings->n; i++) {
        mssl_tidingentry_t *entry = &tidings->entry[i];

        if (entry->event != MSSL_EVENTS) {
            set_reader(entry, find_reader(baton, entry->said.name));
        }
    }
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

/*
 * To be told.
 * @param entry NULL: nothing is known of it
 * @param is_beside of an entry that is made
 * @return 0: it is known
 */
static int queue_as(mssl_tidings_t *tidings, mssl_tidingentry_t *entry, const mssl_job_t *job,
                    mssl_event_t event, int is_beside)
{
    int was_failing = is_failing(entry);

    if (entry != NULL && event != MSSL_EVENT_FAILED && entry->said.state == job->state
        && entry->said.since == get_since(job)) {
        return 0;
    }
    if (entry == NULL) {
        entry = mssl_tidings_add(tidings, job->name, is_beside);
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

static int queue(mssl_tidings_t *tidings, mssl_tidingentry_t *entry, const mssl_job_t *job,
                 mssl_event_t event)
{
    return queue_as(tidings, entry, job, event, 0);
}

/* Time mends nothing: somebody must. */
static int is_for_somebody(mssl_class_t class)
{
    return class == MSSL_CLASS_ACCOUNT || class == MSSL_CLASS_CAA || class == MSSL_CLASS_POLICY
           || class == MSSL_CLASS_CHAIN || class == MSSL_CLASS_HERE || class == MSSL_CLASS_FUNDS;
}

/* It is not tried again by itself, or not for long. */
static int is_left(const mssl_job_t *job)
{
    return job->next == 0 || job->next - job->failing > RETRY_SPAN;
}

static int note_failure(mssl_tidings_t *tidings, mssl_tidingentry_t *entry,
                        const mssl_job_t *job, int is_beside)
{
    int is_same = entry != NULL && entry->run != 0 && entry->run == job->failing;

    if (is_same && is_failing(entry)) {
        return withdraw(entry);
    }
    if (is_same || job->failures >= FAILURES || is_for_somebody(job->class) || is_left(job)) {
        return queue_as(tidings, entry, job, MSSL_EVENT_FAILED, is_beside);
    }
    /* An issued one is so still. */
    return entry != NULL && entry->event != MSSL_EVENT_ISSUED && withdraw(entry);
}

static int note_installed(mssl_tidings_t *tidings, mssl_tidingentry_t *entry,
                          const mssl_job_t *job)
{
    if (job->waits_for[0] != '\0') { /* it ends, and is not ordered by itself */
        return queue(tidings, entry, job, MSSL_EVENT_PENDING);
    }
    if (job->why != MSSL_WHY_RENEWAL || is_failing(entry)) {
        return queue(tidings, entry, job, MSSL_EVENT_ISSUED);
    }
    return entry != NULL && entry->event != MSSL_EVENT_ISSUED && withdraw(entry);
}

/*
 * What serves, and is renewed beside an order (lib/issue/meanwhile.h), as if it had a job of its own. When
 * the order is done with, what comes of that is told.
 */
static int note_beside(mssl_tidings_t *tidings, const mssl_job_t *job)
{
    mssl_tidingentry_t *entry = find(tidings, job->name, 1);
    mssl_job_t beside;

    if (job->meanwhile_failures == 0 && entry == NULL) {
        return 0;
    }
    beside = *job;
    MSSL_JOB_SET(beside.issuer, job->meanwhile_issuer);
    beside.said[0] = beside.waits_for[0] = '\0';
    if (job->meanwhile_failures > 0) {
        beside.state = MSSL_JOB_FAILED;
        beside.since = beside.failing = job->meanwhile_failing;
        beside.failures = job->meanwhile_failures;
        beside.class = job->meanwhile_class;
        beside.next = job->meanwhile;
        apr_snprintf(beside.text, sizeof(beside.text), "what serves it was not renewed by '%s', while "
                     "its order is under way: %s", job->meanwhile_issuer, job->meanwhile_text);
        return note_failure(tidings, entry, &beside, 1);
    }
    if (is_failing(entry) && job->meanwhile != 0 && job->meanwhile == job->renew) {
        beside.state = MSSL_JOB_INSTALLED;
        return queue_as(tidings, entry, &beside, MSSL_EVENT_ISSUED, 1);
    }
    if (entry->event == MSSL_EVENT_ISSUED && job->meanwhile != 0) {
        return 0;
    }
    return take_out(tidings, entry);
}

static int note_order(mssl_tidings_t *tidings, const mssl_job_t *job, mssl_task_t task,
                      apr_time_t now)
{
    int is_order = task == MSSL_TASK_ORDER || task == MSSL_TASK_POLL || task == MSSL_TASKS;
    mssl_tidingentry_t *entry;

    if (task == MSSL_TASKS && job->state != MSSL_JOB_FAILED && now - get_since(job) > NEWS_SPAN) {
        return 0;
    }
    entry = find(tidings, job->name, 0);
    switch (job->state) {
    case MSSL_JOB_INSTALLED:
        return (is_order || task == MSSL_TASK_APPROVE) && note_installed(tidings, entry, job);
    case MSSL_JOB_FAILED:
        return (is_order || task == MSSL_TASK_PREFLIGHT) && note_failure(tidings, entry, job, 0);
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

int mssl_tidings_note(mssl_tidings_t *tidings, const mssl_job_t *job, mssl_task_t task,
                      apr_time_t now)
{
    int is_new = job->state != MSSL_JOB_GONE && note_beside(tidings, job);

    return note_order(tidings, job, task, now) || is_new;
}

/* A clock that was set back: it is told once too often and not too late. */
static int is_time(apr_time_t told, apr_time_t now, apr_interval_time_t every)
{
    return told == 0 || now < told || now - told >= every;
}

static int is_of(const mssl_tidingentry_t *entry, const char *reader)
{
    return reader == NULL
           || (entry->said.reader != NULL && strcmp(entry->said.reader, reader) == 0);
}

/* @param reader NULL: of all */
static void gather(const mssl_tidings_t *tidings, mssl_event_t event, const char *reader, int max,
                   mssl_tidings_batch_t *batch, apr_pool_t *pool)
{
    mssl_tiding_t *item = apr_palloc(pool, ((size_t)max + 1) * sizeof(*item));
    int i;

    memset(batch, 0, sizeof(*batch));
    batch->event = event;
    batch->item = item;
    batch->place = tidings->place;
    batch->reader = apr_pstrdup(pool, reader);
    batch->n = batch->unnamed = reader == NULL ? tidings->unnamed[event] : 0;
    for (i = 0; i < tidings->n; i++) {
        const mssl_tidingentry_t *entry = &tidings->entry[i];

        if (entry->event != event || !is_of(entry, reader)) {
            continue;
        }
        batch->n++;
        if (batch->nitems < max) {
            item[batch->nitems] = entry->said;
            item[batch->nitems].reader = apr_pstrdup(pool, entry->said.reader);
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
    for (i = 0; i < MSSL_TIDINGS_EVENTS; i++) {
        mssl_event_t event = mssl_tidings_events[i];

        if ((is_waiting[event] || tidings->unnamed[event] > 0)
            && is_time(tidings->told[event], now, every)) {
            gather(tidings, event, NULL, max, batch, pool);
            return 1;
        }
    }
    return 0;
}

int mssl_tidings_due_to(const mssl_tidings_t *tidings, mssl_tidings_may_fn may, void *baton, int max,
                        mssl_tidings_batch_t *batch, apr_pool_t *pool)
{
    int i, k;

    for (i = 0; i < MSSL_TIDINGS_EVENTS; i++) {
        for (k = 0; k < tidings->n; k++) {
            const mssl_tidingentry_t *entry = &tidings->entry[k];

            if (entry->event == mssl_tidings_events[i] && entry->said.reader != NULL
                && may(baton, entry->said.reader, entry->event)) {
                gather(tidings, entry->event, entry->said.reader, max, batch, pool);
                return 1;
            }
        }
    }
    return 0;
}

void mssl_tidings_told(mssl_tidings_t *tidings, const mssl_tidings_batch_t *batch, apr_time_t now)
{
    mssl_event_t event = batch->event;
    int i;

    for (i = 0; i < tidings->n; i++) {
        mssl_tidingentry_t *entry = &tidings->entry[i];

        if (entry->event == event && entry->place <= batch->place && is_of(entry, batch->reader)) {
            entry->event = MSSL_EVENTS;
            drop_reason(entry);
        }
    }
    sweep(tidings, now);
    if (batch->reader == NULL) {
        tidings->unnamed[event] -= batch->unnamed;
        tidings->told[event] = now;
    }
}
