/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "lib/issue/plan.h"

#include <limits.h>

#define MINUTE apr_time_from_sec(60)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)
/** What lives shorter is renewed at half of its life, not at two thirds (as CAs advise). */
#define SHORT_LIFE (10 * DAY)
/** A CA, or an issuer, may say so long (result.c). */
#define SAID_MAX (90 * DAY)

unsigned int mssl_plan_spread(const char *name, unsigned int n)
{
    unsigned int hash = 2166136261u; /* FNV-1a */

    for (; *name != '\0'; name++) {
        hash = (hash ^ (unsigned char)*name) * 16777619u;
    }
    return (hash ^ hash >> 16) % n;
}

apr_time_t mssl_plan_retry(const mssl_job_t *job, apr_time_t retry_at, apr_time_t now)
{
    apr_interval_time_t wait = DAY, left;

    if (job->class == MSSL_CLASS_LIMIT && retry_at > now) {
        return retry_at;
    }
    if (job->failures <= 3) {
        return now + (job->failures <= 1 ? MINUTE : job->failures == 2 ? 10 * MINUTE : 100 * MINUTE);
    }
    if (job->failing != 0 && now - job->failing > 30 * DAY) {
        wait = 7 * DAY;
    }
    /* 80 % to 120 % of it; but what serves does not end before somebody who is back was asked again. */
    wait = wait / 1000 * (800 + mssl_plan_spread(job->name, 401));
    left = job->class != MSSL_CLASS_LIMIT ? (job->not_after - now) / 2 : 0;
    if (left > 0 && left < wait) {
        wait = left > HOUR ? left : HOUR;
    }
    return now + wait;
}

void mssl_plan_fail(mssl_job_t *job, mssl_class_t class, apr_time_t retry_at, apr_time_t now)
{
    if (job->state != MSSL_JOB_FAILED) {
        job->since = now;
    }
    job->state = MSSL_JOB_FAILED;
    job->class = class;
    job->found = MSSL_FOUND_NOTHING;
    job->failures += job->failures < INT_MAX;
    job->refusals = class != MSSL_CLASS_CA && class != MSSL_CLASS_LIMIT ? 0
                    : job->refusals + (job->refusals < INT_MAX);
    job->failing = job->failures == 1 || job->failing == 0 ? now : job->failing;
    job->next = mssl_plan_retry(job, retry_at, now);
}

void mssl_plan_fail_meanwhile(mssl_job_t *job, mssl_class_t class, apr_time_t retry_at, apr_time_t now)
{
    mssl_job_t other;

    mssl_job_init(&other, job->name, now);
    other.failures = job->meanwhile_failures;
    other.refusals = job->meanwhile_refusals;
    other.failing = job->meanwhile_failing;
    other.not_after = job->not_after;
    mssl_plan_fail(&other, class, retry_at, now);
    job->meanwhile = other.next;
    job->meanwhile_class = class;
    job->meanwhile_failures = other.failures;
    job->meanwhile_refusals = other.refusals;
    job->meanwhile_failing = other.failing;
}

apr_time_t mssl_plan_preflight(const mssl_job_t *job, apr_time_t now)
{
    apr_interval_time_t age = now - job->failing;

    if (job->state != MSSL_JOB_FAILED
        || (job->class != MSSL_CLASS_DNS && job->class != MSSL_CLASS_ELSEWHERE
            && job->class != MSSL_CLASS_CONNECTION)) {
        return 0;
    }
    return age < 3 * DAY ? now + 10 * MINUTE : age < 33 * DAY ? now + HOUR : 0;
}

apr_time_t mssl_plan_poll(const mssl_job_t *job, apr_time_t now)
{
    return now + (now - job->since < 2 * HOUR ? 5 * MINUTE : HOUR);
}

apr_time_t mssl_plan_renewal(const char *name, apr_time_t not_before, apr_time_t not_after,
                             int percent)
{
    apr_interval_time_t life = not_after - not_before, left;

    if (percent == 0) {
        percent = life < SHORT_LIFE ? 50 : 33;
    }
    left = life / 100 * percent;
    return not_after - left + left / 10000 * mssl_plan_spread(name, 1001);
}

apr_time_t mssl_plan_reminder(apr_time_t not_after, apr_time_t now)
{
    static const int days[] = { 30, 14, 7 };
    size_t i;

    for (i = 0; i < sizeof(days) / sizeof(days[0]); i++) {
        if (not_after - days[i] * DAY > now) {
            return not_after - days[i] * DAY;
        }
    }
    return 0;
}

apr_time_t mssl_plan_urgent(const mssl_warn_t *urgent, apr_time_t not_before, apr_time_t not_after)
{
    const mssl_warns_t warns = { .urgent = *urgent };

    return not_after - mssl_warns_get_urgent(&warns, not_after - not_before);
}

apr_time_t mssl_plan_last(apr_time_t not_after)
{
    return not_after - 3 * DAY;
}

apr_time_t mssl_plan_advised(apr_time_t planned, apr_time_t advised, apr_time_t not_after)
{
    apr_time_t latest = planned + (not_after - planned) / 2;

    return advised == 0 ? planned : advised < latest ? advised : latest;
}

/* Twice as long as it would wait by now, and two days: a small step is not worth an attempt. */
static apr_time_t get_latest(const mssl_job_t *job, apr_time_t now)
{
    apr_interval_time_t wait = job->class == MSSL_CLASS_LIMIT ? SAID_MAX
                                                              : 2 * (mssl_plan_retry(job, 0, now) - now);

    return now + (wait > 2 * DAY ? wait : 2 * DAY);
}

static apr_time_t not_behind(apr_time_t at, apr_time_t latest, apr_time_t now)
{
    return at > latest ? now : at;
}

apr_time_t mssl_plan_get_next(const mssl_job_t *job, apr_time_t now)
{
    apr_time_t latest;

    switch (job->state) {
    case MSSL_JOB_WANTED: /* a day behind one that is served by another */
        return not_behind(job->next, now + DAY, now);
    case MSSL_JOB_PENDING: /* else it is an admin's turn */
        return job->next < job->until ? not_behind(job->next, now + SAID_MAX, now) : job->next;
    case MSSL_JOB_FAILED: /* before the end of what serves somebody may be reminded */
        latest = get_latest(job, now);
        return not_behind(job->next, latest > job->not_after ? latest : job->not_after, now);
    default:
        return job->next;
    }
}

apr_time_t mssl_plan_get_meanwhile(const mssl_job_t *job, apr_time_t now)
{
    apr_time_t latest = now + SAID_MAX;

    return not_behind(job->meanwhile, latest > job->not_after ? latest : job->not_after, now);
}
