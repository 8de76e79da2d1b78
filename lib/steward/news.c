/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "lib/steward/news.h"

#include "lib/base/reason.h"
#include "lib/base/rfc3339.h"

static mssl_news_t tell_failure(mssl_reason_t *text, const mssl_job_t *job, mssl_task_t task)
{
    int has_said = job->said[0] != '\0';
    char next[MSSL_RFC3339_SIZE] = "";

    /* What a look finds again and again is told once. */
    if (task == MSSL_TASK_PREFLIGHT && (job->failures > 1 || job->checked != job->since)) {
        return MSSL_NEWS_NOTHING;
    }
    if (job->next != 0) {
        mssl_rfc3339_print(next, job->next);
    }
    mssl_reason_set(text, APR_SUCCESS, "%s: %s%s%s%s; tried again %s%s%sby 'msslctl retry %s'",
                    job->name, job->text, has_said ? " (" : "", job->said, has_said ? ")" : "",
                    job->next != 0 ? "at " : "", next, job->next != 0 ? ", or " : "only ", job->name);
    return task == MSSL_TASK_PREFLIGHT ? MSSL_NEWS_LOOKED : MSSL_NEWS_FAILED;
}

static mssl_news_t tell_installed(mssl_reason_t *text, const mssl_job_t *job, mssl_task_t task)
{
    char until[MSSL_RFC3339_SIZE];

    if (task != MSSL_TASK_ORDER && task != MSSL_TASK_POLL && task != MSSL_TASK_APPROVE) {
        return MSSL_NEWS_NOTHING;
    }
    mssl_rfc3339_print(until, job->not_after);
    if (job->waits_for[0] != '\0') {
        mssl_reason_set(text, APR_SUCCESS, "%s: its certificate ends at %s, and waits for %s", job->name,
                        until, job->waits_for);
        return MSSL_NEWS_PENDING;
    }
    mssl_reason_set(text, APR_SUCCESS, "%s: a certificate of '%s' is in service, until %s%s%s",
                    job->name, job->issuer, until, job->confirmed[0] != '\0' ? "; seen at " : "",
                    job->confirmed);
    return MSSL_NEWS_ISSUED;
}

static mssl_news_t tell_gone(mssl_reason_t *text, const mssl_job_t *job, mssl_task_t task)
{
    if (task == MSSL_TASK_PREFLIGHT) {
        return MSSL_NEWS_NOTHING;
    }
    mssl_reason_set(text, APR_SUCCESS, "%s: %s", job->name, job->serial[0] != '\0'
                    ? "nobody vouches for it any more, its certificate serves on for 7 days"
                    : "its certificate is out of service");
    return MSSL_NEWS_GONE;
}

/* Nothing is news while the issuer is at it. */
static mssl_news_t tell_meanwhile(mssl_reason_t *text, const mssl_job_t *job)
{
    char at[MSSL_RFC3339_SIZE] = "";

    if (job->meanwhile_failures > 0) {
        mssl_rfc3339_print(at, job->meanwhile);
        mssl_reason_set(text, APR_SUCCESS, "%s: what serves it was not renewed by '%s', while its order "
                        "is under way: %s; tried again at %s", job->name, job->meanwhile_issuer,
                        job->meanwhile_text, at);
        return MSSL_NEWS_FAILED;
    }
    if (job->meanwhile == 0 || job->meanwhile != job->renew) {
        return MSSL_NEWS_NOTHING;
    }
    mssl_rfc3339_print(at, job->not_after);
    mssl_reason_set(text, APR_SUCCESS, "%s: what serves it was renewed by '%s', until %s, while its "
                    "order is under way", job->name, job->meanwhile_issuer, at);
    return MSSL_NEWS_ISSUED;
}

const char *mssl_news_get_issuer(const mssl_job_t *job, mssl_task_t task)
{
    return task == MSSL_TASK_MEANWHILE ? job->meanwhile_issuer : job->issuer;
}

mssl_news_t mssl_news_get(mssl_reason_t *text, const mssl_job_t *job, mssl_task_t task)
{
    if (task == MSSL_TASK_MEANWHILE) {
        return tell_meanwhile(text, job);
    }
    switch (job->state) {
    case MSSL_JOB_INSTALLED:
        return tell_installed(text, job, task);
    case MSSL_JOB_FAILED:
        return tell_failure(text, job, task);
    case MSSL_JOB_PENDING:
        if (task == MSSL_TASK_POLL) {
            return MSSL_NEWS_NOTHING;
        }
        mssl_reason_set(text, APR_SUCCESS, "%s: pending, waits for %s", job->name, job->waits_for);
        return MSSL_NEWS_PENDING;
    case MSSL_JOB_DECLINED:
        mssl_reason_set(text, APR_SUCCESS, "%s: declined: %s", job->name, job->text);
        return MSSL_NEWS_DECLINED;
    case MSSL_JOB_GONE:
        return tell_gone(text, job, task);
    default:
        return MSSL_NEWS_NOTHING;
    }
}
