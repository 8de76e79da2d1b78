/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "lib/issue/work.h"

#include <apr_strings.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/reason.h"
#include "lib/issue/ending.h"
#include "lib/issue/meanwhile.h"
#include "lib/issue/order.h"
#include "lib/issue/plan.h"
#include "lib/issue/preflight.h"
#include "lib/issue/settle.h"
#include "lib/issue/shadow.h"
#include "lib/issue/shelf.h"
#include "lib/issue/shown.h"

#define SHOWN_PATIENCE apr_time_from_sec(3)
#define PREFLIGHT_PATIENCE apr_time_from_sec(10)
/** What a name shows is asked again right before a first order, if it was asked longer ago. */
#define SHOWN_SPAN apr_time_from_sec(60)
#define DAY apr_time_from_sec(86400)

static apr_status_t save(mssl_working_t *working)
{
    return mssl_job_save(working->job, working->jobs, &working->why);
}

/* Whose certificate the name shows. @param until out: when somebody else's gets old; 0: none is */
static int is_served(mssl_working_t *working, apr_time_t *until)
{
    const char *const *at = working->conf->confirm;
    apr_time_t now = apr_time_now();
    mssl_shown_t shown;

    *until = 0;
    for (; at != NULL && *at != NULL; at++) {
        mssl_shown_get(&shown, *at, working->job->name, SHOWN_PATIENCE);
        if (shown.has_certificate && shown.covers && shown.not_before <= now
            && strcmp(shown.sha256, working->job->sha256) != 0) {
            apr_time_t old = mssl_plan_urgent(&working->conf->issuing->urgent, shown.not_before,
                                              shown.not_after);

            *until = old > now && (*until == 0 || old < *until) ? old : *until;
        }
    }
    return *until != 0;
}

static mssl_job_found_t look(mssl_working_t *working, apr_time_t *until)
{
    const mssl_work_conf_t *conf = working->conf;
    const mssl_preflight_t preflight = { .challenge_dir = conf->issuing->challenge_dir,
                                         .addresses = conf->issuing->addresses,
                                         .port = conf->http_port, .patience = PREFLIGHT_PATIENCE };

    if (is_served(working, until)) {
        return MSSL_FOUND_SERVED;
    }
    return conf->skips_preflight || !conf->issuing->preflight
               ? MSSL_FOUND_OURS
               : mssl_preflight(&preflight, working->job->name, working->pool, &working->why);
}

/* Somebody else's certificate serves it: it is looked at again when that gets old, or tomorrow. */
static void leave_to_other(mssl_job_t *job, apr_time_t until, apr_time_t now)
{
    job->since = job->state == MSSL_JOB_WANTED ? job->since : now;
    job->state = MSSL_JOB_WANTED;
    job->next = until < now + DAY ? until : now + DAY;
    job->found = MSSL_FOUND_SERVED;
    job->checked = now;
    MSSL_JOB_SET(job->text, "another certificate serves it, which is good for longer");
}

/* Where the name leads: what is found there says whether it may be ordered. */
static apr_status_t preflight(mssl_working_t *working)
{
    mssl_job_t *job = working->job, before = *job;
    mssl_job_found_t found;
    apr_time_t until, now;
    int is_early;

    if (job->serial[0] == '\0' && mssl_end_adopted(working)) {
        return APR_SUCCESS;
    }
    found = look(working, &until);
    now = apr_time_now();
    is_early = before.state == MSSL_JOB_FAILED && mssl_plan_get_next(&before, now) > now;
    if (found == MSSL_FOUND_SERVED) {
        leave_to_other(job, until, now);
        return APR_SUCCESS;
    }
    if (found == MSSL_FOUND_ELSEWHERE || found == MSSL_FOUND_NO_ADDRESS) {
        mssl_end_failed(working, found == MSSL_FOUND_ELSEWHERE ? MSSL_CLASS_ELSEWHERE
                                                               : MSSL_CLASS_DNS,
                        working->why.text);
        if (is_early) {
            job->next = before.next;
            job->failures = before.failures;
            job->refusals = before.refusals;
        }
    }
    else if (found != MSSL_FOUND_UNKNOWN || !is_early) { /* an order that fails counts at the CA */
        job->since = job->state == MSSL_JOB_WANTED ? job->since : now;
        job->state = MSSL_JOB_WANTED;
        job->next = now;
        MSSL_JOB_SET(job->text, working->why.text);
    }
    /* Who learned nothing goes on looking: an unknown would be ordered at the next look. */
    job->found = found != MSSL_FOUND_UNKNOWN || !is_early ? found : before.found;
    job->checked = now;
    return APR_SUCCESS;
}

/* It waited for its turn, nobody has asked a CA yet, and no admin wants it whoever serves it. */
static int may_be_served(const mssl_working_t *working, apr_time_t now)
{
    const mssl_job_t *job = working->job;

    return working->conf->why == MSSL_WHY_FIRST && !working->conf->is_asked
           && job->state != MSSL_JOB_ORDERED && job->state != MSSL_JOB_PENDING
           && (job->checked > now || now - job->checked > SHOWN_SPAN);
}

static apr_status_t order(mssl_working_t *working)
{
    apr_time_t now = apr_time_now(), until;

    if (may_be_served(working, now) && is_served(working, &until)) {
        leave_to_other(working->job, until, now);
        return APR_SUCCESS;
    }
    return mssl_order(working);
}

/* A first one is there: another generation's worker was done meanwhile, before we had the lock. */
static int is_done(const mssl_working_t *working, mssl_task_t task)
{
    return working->job->state == MSSL_JOB_INSTALLED
           && (task == MSSL_TASK_PREFLIGHT
               || (task == MSSL_TASK_ORDER && working->conf->why == MSSL_WHY_FIRST));
}

static apr_status_t dispatch(mssl_working_t *working, mssl_task_t task)
{
    if (is_done(working, task)) {
        return APR_SUCCESS;
    }
    switch (task) {
    case MSSL_TASK_PREFLIGHT:
        return preflight(working);
    case MSSL_TASK_ORDER:
        return order(working);
    case MSSL_TASK_POLL:
        return mssl_order_poll(working);
    case MSSL_TASK_MEANWHILE:
        return mssl_meanwhile(working);
    default:
        return mssl_settle(working, task);
    }
}

apr_status_t mssl_work(const mssl_work_conf_t *conf, mssl_task_t task, mssl_job_t *job,
                       apr_pool_t *pool, mssl_reason_t *why)
{
    mssl_working_t working = { .conf = conf, .job = job, .pool = pool, .folder = -1 };
    const mssl_job_t *before = apr_pmemdup(pool, job, sizeof(*job));
    apr_status_t rv;

    signal(SIGPIPE, SIG_IGN);
    working.issuer = mssl_issuing_find(conf->issuing, job->issuer);
    working.jobs = openat(conf->dir, MSSL_JOBS_DIR, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (working.jobs < 0) {
        return mssl_reason_set(why, errno, MSSL_JOBS_DIR ": %s", strerror(errno));
    }
    working.folder = mssl_shelf_open_work(conf->dir, job->name, &working.why);
    if (working.folder < 0) {
        mssl_end_failed(&working, MSSL_CLASS_HERE, working.why.text);
        rv = APR_SUCCESS;
    }
    else {
        rv = dispatch(&working, task);
        close(working.folder);
    }
    if (task == MSSL_TASK_FORGET && rv == APR_SUCCESS) {
        mssl_shadow_remove(before, working.jobs);
        rv = mssl_settle_forget(&working);
    }
    else if (rv == APR_SUCCESS && task != MSSL_TASK_ADVISE) { /* that one writes what changed */
        rv = save(&working);
        if (rv == APR_SUCCESS) {
            rv = mssl_shadow_write(job, before, working.jobs, &working.why);
        }
    }
    close(working.jobs);
    return rv == APR_SUCCESS ? rv : mssl_reason_set(why, rv, "%s", working.why.text);
}
