/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "lib/issue/ending.h"

#include <apr_strings.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/rfc3339.h"
#include "lib/issue/accept.h"
#include "lib/issue/issuer.h"
#include "lib/issue/plan.h"
#include "lib/issue/shadow.h"
#include "lib/issue/shelf.h"
#include "lib/issue/shown.h"

#define DAY APR_INT64_C(86400)
/** How long something is pending: a file or a record is put up soon, a person takes longer. */
#define PENDING_DAYS 30
#define PENDING_DAYS_BY_REQUEST 90
/** Children look at files each MSSLCheckInterval. */
#define CONFIRM_SPAN apr_time_from_sec(10)

static void enter(mssl_job_t *job, mssl_job_state_t state, apr_time_t now)
{
    if (job->state != state) {
        job->since = now;
    }
    job->state = state;
}

void mssl_end_failed(mssl_working_t *working, mssl_class_t class, const char *text)
{
    mssl_plan_fail(working->job, class, working->result.retry_at, apr_time_now());
    MSSL_JOB_SET(working->job->text, text);
    MSSL_JOB_SET(working->job->said, working->result.text);
}

const char *mssl_end_explain(mssl_class_t class)
{
    static const char *const texts[MSSL_CLASSES] = {
        [MSSL_CLASS_DNS] = "the CA finds no address for the name in the DNS",
        [MSSL_CLASS_CONNECTION] = "the CA could not connect to the name's address; open port 80 to "
                                  "everybody",
        [MSSL_CLASS_UNAUTHORIZED] = "the CA fetched something else from the name's address than "
                                    "what this server answers; another one may answer there",
        [MSSL_CLASS_CAA] = "a CAA record in the DNS forbids this CA",
        [MSSL_CLASS_POLICY] = "the CA makes no certificate for this name",
        [MSSL_CLASS_LIMIT] = "a limit of the CA is reached",
        [MSSL_CLASS_FUNDS] = "there is no money left for it at the CA or reseller; this issuer orders "
                             "nothing until there is: pay, then run: msslctl retry",
        [MSSL_CLASS_ACCOUNT] = "the issuer's account, settings or program are at fault; mend them, "
                               "then run: msslctl retry --all-failed",
    };

    return texts[class];
}

void mssl_end_refused(mssl_working_t *working)
{
    const char *text = mssl_end_explain(working->result.class);

    if (working->result.class == MSSL_CLASS_ACCOUNT) {
        mssl_issuer_forget(working->conf, working->issuer);
    }
    mssl_end_failed(working, working->result.class, text != NULL ? text : working->why.text);
}

int mssl_end_is_paid(const mssl_working_t *working)
{
    const mssl_request_t *request = working->conf->request;

    return (working->issuer != NULL && working->issuer->by_request)
           || (request != NULL && request->csr_only);
}

/* An owner who is looked at, or an admin who carries it to a CA that has no number for it. */
static int takes_a_person(const mssl_working_t *working)
{
    char path[sizeof(MSSL_REQUESTS_DIR MSSL_OWNER_DIR) + MSSL_NAME_SIZE + 2], file[MSSL_NAME_SIZE];

    apr_snprintf(path, sizeof(path), MSSL_REQUESTS_DIR "/" MSSL_OWNER_DIR "/%s",
                 mssl_job_file(file, working->job->name));
    return mssl_end_is_paid(working)
           && ((working->result.order[0] == '\0' && working->job->order[0] == '\0')
               || faccessat(working->conf->dir, path, F_OK, 0) == 0);
}

void mssl_end_pending(mssl_working_t *working, const char *waits_for)
{
    int days = takes_a_person(working) ? PENDING_DAYS_BY_REQUEST : PENDING_DAYS;
    const mssl_result_t *result = &working->result;
    mssl_job_t *job = working->job;
    apr_time_t now = apr_time_now();

    if (job->state != MSSL_JOB_PENDING) {
        job->until = now + apr_time_from_sec(days * DAY);
    }
    enter(job, MSSL_JOB_PENDING, now);
    job->class = MSSL_CLASS_NONE;
    job->is_doubtful = 0;
    job->paid_until = result->paid_until != 0 ? result->paid_until : job->paid_until;
    MSSL_JOB_SET(job->text, "");
    MSSL_JOB_SET(job->said, result->text);
    MSSL_JOB_SET(job->waits_for, result->waits_for[0] != '\0' ? result->waits_for : waits_for);
    if (result->order[0] != '\0') {
        MSSL_JOB_SET(job->order, result->order);
    }
    job->next = result->poll_after != 0 ? result->poll_after : mssl_plan_poll(job, now);
    job->next = job->next < job->until ? job->next : job->until;
}

void mssl_end_doubtful(mssl_working_t *working)
{
    mssl_job_t *job = working->job;
    const char *name = job->name;

    working->result.waits_for[0] = '\0';
    mssl_end_pending(working, apr_psprintf(working->pool, "an admin: whether it was ordered is not "
                                           "known. Look at the CA for our number %s: where it has no "
                                           "such order, 'msslctl retry %s' orders it; where it has, "
                                           "'msslctl approve %s CERT' takes what comes of it",
                                           job->request, name, name));
    job->is_doubtful = 1;
}

void mssl_end_meanwhile(mssl_working_t *working)
{
    char name[MSSL_NAME_SIZE];
    mssl_job_t *job = working->job;

    mssl_shelf_remove(working->conf->dir, mssl_shelf_meanwhile(name, job->name));
    job->meanwhile = job->meanwhile_failing = 0;
    job->meanwhile_failures = job->meanwhile_refusals = 0;
    job->meanwhile_class = MSSL_CLASS_NONE;
    job->meanwhile_text[0] = job->meanwhile_issuer[0] = '\0';
}

void mssl_end_let_go(mssl_working_t *working)
{
    static const char *const folders[] = { MSSL_WANTED_DIR, MSSL_OWNER_DIR };
    char path[sizeof(MSSL_REQUESTS_DIR) + MSSL_NAME_SIZE + 16], file[MSSL_NAME_SIZE];
    size_t i;

    for (i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
        apr_snprintf(path, sizeof(path), MSSL_REQUESTS_DIR "/%s/%s", folders[i],
                     mssl_job_file(file, working->job->name));
        unlinkat(working->conf->dir, path, 0);
    }
    mssl_end_meanwhile(working);
}

void mssl_end_declined(mssl_working_t *working, const char *text)
{
    mssl_job_t *job = working->job;

    enter(job, MSSL_JOB_DECLINED, apr_time_now());
    job->next = 0;
    job->until = job->paid_until = 0;
    mssl_end_meanwhile(working);
    job->is_doubtful = 0;
    if (job->serial[0] != '\0' && working->conf->is_vouched) {
        job->next = job->renew != 0 ? job->renew : mssl_plan_last(job->not_after);
    }
    MSSL_JOB_SET(job->waits_for, "");
    MSSL_JOB_SET(job->text, text);
    MSSL_JOB_SET(job->said, working->result.text);
}

void mssl_end_service(mssl_job_t *job)
{
    job->serial[0] = job->sha256[0] = job->directory[0] = job->confirmed[0] = '\0';
    job->filed[0] = '\0';
    job->is_bought = 0;
    job->meanwhile = 0;
    job->not_before = job->not_after = job->installed = job->renew = job->advised = 0;
}

apr_time_t mssl_end_get_word(const mssl_working_t *working, apr_time_t now)
{
    apr_time_t end = working->job->not_after, next = mssl_plan_reminder(end, now);

    return next == 0 && working->conf->is_vouched ? mssl_plan_last(end) : next;
}

void mssl_end_reminded(mssl_working_t *working)
{
    mssl_job_t *job = working->job;
    apr_time_t now = apr_time_now();
    char end[MSSL_RFC3339_SIZE] = "";

    job->state = MSSL_JOB_INSTALLED;
    job->since = now; /* it is told anew each time */
    mssl_end_meanwhile(working);
    mssl_rfc3339_print(end, job->not_after);
    job->class = MSSL_CLASS_NONE;
    job->renew = 0;
    job->next = mssl_end_get_word(working, now);
    MSSL_JOB_SET(job->text, apr_psprintf(working->pool, "it ends at %s, and its term is paid for no "
                                         "more", end));
    MSSL_JOB_SET(job->waits_for, apr_psprintf(working->pool, "an admin: 'msslctl request %s --renew' "
                                              "orders the next one", job->name));
}

void mssl_end_note_pair(mssl_working_t *working, const mssl_accepted_t *accepted)
{
    const mssl_issuer_t *issuer = working->issuer;
    mssl_job_t *job = working->job;

    MSSL_JOB_SET(job->filed, job->names);
    job->confirmed[0] = '\0';
    MSSL_JOB_SET(job->serial, accepted->serial);
    MSSL_JOB_SET(job->sha256, accepted->sha256);
    MSSL_JOB_SET(job->directory, issuer != NULL && issuer->directory != NULL ? issuer->directory
                                                                             : "");
    job->not_before = accepted->not_before;
    job->not_after = accepted->not_after;
    job->installed = apr_time_now();
    job->is_bought = mssl_end_is_paid(working);
    mssl_end_advised(working, job->installed);
}

/* Nothing of the order is left in it, but where it is to be renewed within it. */
static void note(mssl_working_t *working, const mssl_accepted_t *accepted)
{
    mssl_job_t *job = working->job;

    job->state = MSSL_JOB_INSTALLED;
    job->class = MSSL_CLASS_NONE;
    job->failures = job->refusals = 0;
    job->failing = job->until = job->gone = 0;
    job->found = MSSL_FOUND_NOTHING;
    job->is_doubtful = 0;
    job->paid_until = working->result.paid_until != 0 ? working->result.paid_until : job->paid_until;
    if (working->result.order[0] != '\0') {
        MSSL_JOB_SET(job->order, working->result.order);
    }
    if (job->paid_until == 0) {
        job->order[0] = '\0';
    }
    job->text[0] = job->said[0] = job->request[0] = job->waits_for[0] = '\0';
    mssl_end_meanwhile(working);
    mssl_end_note_pair(working, accepted);
    job->since = job->installed;
}

void mssl_end_advised(mssl_working_t *working, apr_time_t now)
{
    mssl_job_t *job = working->job;
    apr_time_t planned = mssl_plan_renewal(job->name, job->not_before, job->not_after,
                                           working->conf->issuing->renew_percent);

    job->advised = working->result.renew_at;
    job->renew = mssl_plan_advised(planned, job->advised, job->not_after);
    /* What a CA wants renewed at once stands in line behind what is due already. */
    if (job->renew < now) {
        job->renew = planned < now ? planned : now;
    }
    job->next = job->renew;
    if (mssl_end_is_paid(working)
        && (job->order[0] == '\0' || job->renew >= job->paid_until
            || job->not_after >= job->paid_until)) {
        job->renew = 0;
        job->next = mssl_end_get_word(working, now);
    }
}

/*
 * Names that it had before, and the new one has not, as an admin wants it. By itself they go on until
 * they have their own.
 */
static void retire_dropped(const mssl_working_t *working, const char *before)
{
    char name[MSSL_NAME_SIZE];

    if (!working->conf->is_asked) {
        return;
    }
    while (mssl_names_next(name, &before)) {
        if (!mssl_names_has(mssl_job_get_names(working->job), name)) {
            (void)mssl_shelf_retire(working->conf->dir, name, NULL);
        }
    }
}

/* Under all its names; the job is on disk then. With the locks of all of them. */
static apr_status_t file(mssl_working_t *working, const mssl_buffer_t *chain,
                         const mssl_buffer_t *key, const mssl_accepted_t *accepted)
{
    int dir = working->conf->dir;
    mssl_job_t *job = working->job;
    const char *before = apr_pstrdup(working->pool, job->filed);
    apr_status_t rv = mssl_shelf_install(dir, mssl_job_get_names(job), chain, key, &working->why);

    if (rv == APR_SUCCESS) {
        mssl_shadow_take_over(job, dir, working->jobs);
        retire_dropped(working, before);
        note(working, accepted);
        rv = mssl_job_save(job, working->jobs, &working->why);
    }
    return rv;
}

apr_status_t mssl_end_installed(mssl_working_t *working, const mssl_buffer_t *chain,
                                const mssl_buffer_t *key, apr_time_t replaces, mssl_class_t *class)
{
    const mssl_work_conf_t *conf = working->conf;
    const char *ca_file = working->issuer != NULL ? working->issuer->ca_file : NULL;
    mssl_job_t *job = working->job;
    mssl_shadow_locks_t locks;
    mssl_accepted_t accepted;
    apr_status_t rv = mssl_accept(&accepted, mssl_job_get_names(job), key, chain, replaces, ca_file,
                                  apr_time_now(), working->pool, &working->why);

    *class = rv == APR_SUCCESS ? MSSL_CLASS_HERE : MSSL_CLASS_CHAIN;
    if (rv != APR_SUCCESS) {
        return rv;
    }
    rv = mssl_shadow_lock(&locks, job, conf->dir, &working->why);
    if (rv == APR_SUCCESS) {
        rv = file(working, chain, key, &accepted);
    }
    mssl_shadow_unlock(&locks);
    if (job->state == MSSL_JOB_INSTALLED && job->request[0] == '\0') {
        *class = MSSL_CLASS_NONE;
    }
    if (rv == APR_SUCCESS) {
        mssl_shelf_clear(conf->dir, job->name);
    }
    if (rv == APR_SUCCESS && conf->confirm != NULL && conf->confirm[0] != NULL) {
        MSSL_JOB_SET(job->confirmed, mssl_shown_confirm(conf->confirm, job->name, job->sha256,
                                                        CONFIRM_SPAN, working->pool));
    }
    return rv;
}

int mssl_end_adopted(mssl_working_t *working)
{
    mssl_buffer_t chain = { .max = 0 };
    mssl_accepted_t accepted;
    int is = mssl_shelf_read_chain(&chain, working->conf->dir, working->job->name, NULL)
                 == APR_SUCCESS
             && mssl_accept_read(&accepted, &chain) == APR_SUCCESS;

    if (is) {
        MSSL_JOB_SET(working->job->names, working->conf->names != NULL ? working->conf->names : "");
        note(working, &accepted);
    }
    mssl_buffer_free(&chain);
    return is;
}
