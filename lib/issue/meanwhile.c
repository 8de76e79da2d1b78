/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "lib/issue/meanwhile.h"

#include <fcntl.h>
#include <openssl/evp.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/reason.h"
#include "lib/base/text.h"
#include "lib/issue/issuer.h"
#include "lib/issue/plan.h"
#include "lib/issue/shadow.h"
#include "lib/issue/shelf.h"
#include "lib/issue/shown.h"
#include "lib/issue/workfiles.h"

/** Children look at files each MSSLCheckInterval. */
#define CONFIRM_SPAN apr_time_from_sec(10)
/** Bytes of MSSL_REQUEST. */
#define NUMBER 16

apr_time_t mssl_meanwhile_get_time(const mssl_working_t *working)
{
    const mssl_job_t *job = working->job;

    if (job->serial[0] == '\0') {
        return 0;
    }
    return !job->is_bought && job->renew != 0 ? job->renew
           : working->conf->is_vouched        ? mssl_plan_last(job->not_after) : 0;
}

void mssl_meanwhile_plan(mssl_working_t *working)
{
    mssl_end_meanwhile(working);
    if (mssl_end_is_paid(working)) {
        working->job->meanwhile = mssl_meanwhile_get_time(working);
    }
}

/** The order beside the job's. */
typedef struct beside_t {
    mssl_working_t working;
    mssl_work_conf_t conf;
    mssl_job_t job;             /* of no file */
    char file[MSSL_NAME_SIZE];  /* what its files are called after */
    mssl_buffer_t key;
} beside_t;

/* The same names again, by the issuer of the task: without anything of the order that waits. */
static void set_up(beside_t *beside, const mssl_working_t *working)
{
    memset(beside, 0, sizeof(*beside));
    beside->conf = *working->conf;
    beside->conf.request = NULL;
    beside->conf.is_meanwhile = 1;
    beside->job = *working->job;
    MSSL_JOB_SET(beside->job.names, working->job->filed);
    MSSL_JOB_SET(beside->job.issuer, working->conf->issuer->name);
    beside->job.why = MSSL_WHY_RENEWAL;
    beside->job.order[0] = '\0';
    beside->job.paid_until = 0;
    beside->working = (mssl_working_t){ .conf = &beside->conf, .job = &beside->job,
                                        .issuer = working->conf->issuer, .pool = working->pool,
                                        .jobs = working->jobs, .folder = -1 };
    mssl_shelf_meanwhile(beside->file, working->job->name);
}

static apr_status_t fail(beside_t *beside, mssl_job_t *job, mssl_class_t class, const char *text)
{
    mssl_plan_fail_meanwhile(job, class, beside->working.result.retry_at, apr_time_now());
    MSSL_JOB_SET(job->meanwhile_text, text);
    unlinkat(beside->working.folder, MSSL_WORK_CSR, 0); /* the issuer is not at it any more */
    return APR_SUCCESS;
}

/* What is in service, in the job that has the order. */
static void hand_over(mssl_job_t *job, const mssl_job_t *from)
{
    MSSL_JOB_SET(job->filed, from->filed);
    MSSL_JOB_SET(job->serial, from->serial);
    MSSL_JOB_SET(job->sha256, from->sha256);
    MSSL_JOB_SET(job->directory, from->directory);
    MSSL_JOB_SET(job->confirmed, from->confirmed);
    job->not_before = from->not_before;
    job->not_after = from->not_after;
    job->installed = from->installed;
    job->renew = from->renew;
    job->advised = from->advised;
    job->is_bought = from->is_bought;
    job->meanwhile = from->renew;
    job->meanwhile_failures = job->meanwhile_refusals = 0;
    job->meanwhile_failing = 0;
    job->meanwhile_class = MSSL_CLASS_NONE;
    job->meanwhile_text[0] = '\0';
}

/* @param accepted of the chain. With the locks of all its names */
static apr_status_t file(beside_t *beside, mssl_job_t *job, const mssl_buffer_t *chain,
                         const mssl_accepted_t *accepted)
{
    mssl_working_t *working = &beside->working;
    mssl_reason_t *why = &working->why;
    apr_status_t rv = mssl_shelf_install(beside->conf.dir, mssl_job_get_names(&beside->job), chain,
                                         &beside->key, why);

    if (rv != APR_SUCCESS) {
        return rv;
    }
    mssl_end_note_pair(working, accepted);
    hand_over(job, &beside->job);
    rv = mssl_job_save(job, working->jobs, why);
    if (rv == APR_SUCCESS) {
        mssl_shelf_remove(beside->conf.dir, beside->file);
    }
    return rv;
}

/*
 * Judge what the issuer left, and put it into service.
 * @param class out: whose fault it is; NONE: it is in service
 */
static apr_status_t install(beside_t *beside, mssl_job_t *job, mssl_class_t *class)
{
    mssl_working_t *working = &beside->working;
    const mssl_work_conf_t *conf = &beside->conf;
    mssl_buffer_t chain = { .max = 0 };
    mssl_shadow_locks_t locks;
    mssl_accepted_t accepted;
    apr_status_t rv = mssl_workfiles_read_chain(working, &chain);

    *class = MSSL_CLASS_CHAIN;
    if (rv == APR_SUCCESS) {
        rv = mssl_accept(&accepted, mssl_job_get_names(&beside->job), &beside->key, &chain,
                         mssl_workfiles_get_replaced(working), working->issuer->ca_file,
                         apr_time_now(), working->pool, &working->why);
    }
    if (rv == APR_SUCCESS) {
        *class = MSSL_CLASS_HERE;
        rv = mssl_shadow_lock(&locks, &beside->job, conf->dir, &working->why);
        rv = rv == APR_SUCCESS ? file(beside, job, &chain, &accepted) : rv;
        mssl_shadow_unlock(&locks);
    }
    if (rv == APR_SUCCESS) {
        *class = MSSL_CLASS_NONE;
    }
    if (rv == APR_SUCCESS && conf->confirm != NULL && conf->confirm[0] != NULL) {
        MSSL_JOB_SET(job->confirmed, mssl_shown_confirm(conf->confirm, job->name, job->sha256,
                                                        CONFIRM_SPAN, working->pool));
    }
    mssl_buffer_free(&chain);
    return rv;
}

/* A number of ours for the order, which lies on the disk with the request: the same after a crash. */
static void set_number(beside_t *beside, const mssl_buffer_t *csr)
{
    unsigned char digest[EVP_MAX_MD_SIZE] = { 0 };

    EVP_Digest(csr->data, csr->len, digest, NULL, EVP_sha256(), NULL);
    mssl_text_hex(beside->job.request, digest, NUMBER);
}

static mssl_outcome_t run(beside_t *beside, const char *verb)
{
    mssl_working_t *working = &beside->working;

    return mssl_issuer_run(&working->result, &beside->conf, working->issuer, verb, &beside->job,
                           working->folder, working->pool, &working->why);
}

/* After a crash, or where it took its time, the issuer may know of it. */
static mssl_outcome_t ask(beside_t *beside, const mssl_buffer_t *csr)
{
    mssl_working_t *working = &beside->working;
    int is_begun = faccessat(working->folder, MSSL_WORK_CSR, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
    mssl_outcome_t outcome;

    mssl_workfiles_write_replaced(working);
    outcome = mssl_issuer_register(&working->result, &beside->conf, working->issuer, &beside->job,
                                   working->folder, working->pool, &working->why);
    if (outcome == MSSL_OUTCOME_DONE && is_begun) {
        outcome = run(beside, "poll");
        is_begun = outcome != MSSL_OUTCOME_NO_ORDER && outcome != MSSL_OUTCOME_NO_VERB;
        outcome = is_begun ? outcome : MSSL_OUTCOME_DONE;
    }
    if (outcome != MSSL_OUTCOME_DONE || is_begun) {
        return outcome;
    }
    unlinkat(working->folder, MSSL_WORK_CHAIN, 0);
    if (mssl_workfiles_write(working, MSSL_WORK_CSR, csr) != APR_SUCCESS) {
        working->result.class = MSSL_CLASS_HERE;
        return MSSL_OUTCOME_FAILED;
    }
    return run(beside, "issue");
}

static apr_status_t order(beside_t *beside, mssl_job_t *job, const mssl_buffer_t *csr)
{
    mssl_working_t *working = &beside->working;
    mssl_class_t class;
    const char *text;
    apr_status_t rv;

    switch (ask(beside, csr)) {
    case MSSL_OUTCOME_DONE:
        rv = install(beside, job, &class);
        if (rv != APR_SUCCESS && class == MSSL_CLASS_CHAIN) {
            mssl_workfiles_refuse_chain(working);
        }
        return rv == APR_SUCCESS ? rv : fail(beside, job, class, working->why.text);
    case MSSL_OUTCOME_PENDING:
        job->meanwhile = working->result.poll_after != 0 ? working->result.poll_after
                                                         : mssl_plan_poll(job, apr_time_now());
        return APR_SUCCESS;
    case MSSL_OUTCOME_FAILED:
        class = working->result.class;
        text = mssl_end_explain(class);
        if (class == MSSL_CLASS_ACCOUNT) {
            mssl_issuer_forget(&beside->conf, working->issuer);
        }
        return fail(beside, job, class, text != NULL ? text : working->why.text);
    default:
        return fail(beside, job, MSSL_CLASS_POLICY, "the issuer makes none for it");
    }
}

/*
 * What was issued before something ended us is not ordered twice; where it is no good, or in service
 * already, all of that order is over.
 * @return whether it is in service now
 */
static int salvage(beside_t *beside, mssl_job_t *job)
{
    mssl_class_t class;

    if (faccessat(beside->working.folder, MSSL_WORK_CHAIN, F_OK, AT_SYMLINK_NOFOLLOW) != 0
        || mssl_shelf_read_key(&beside->key, beside->conf.dir, beside->file, NULL) != APR_SUCCESS) {
        return 0;
    }
    if (install(beside, job, &class) == APR_SUCCESS) {
        return 1;
    }
    if (class == MSSL_CLASS_CHAIN) {
        mssl_shelf_clear(beside->conf.dir, beside->file);
    }
    return 0;
}

/* With its folder. */
static apr_status_t renew(beside_t *beside, mssl_job_t *job)
{
    mssl_working_t *working = &beside->working;
    mssl_buffer_t csr = { .max = 0 };
    apr_status_t rv;

    if (salvage(beside, job)) {
        return APR_SUCCESS;
    }
    mssl_buffer_free(&beside->key);
    working->why.text[0] = '\0';
    if (mssl_shelf_get_request(&beside->key, &csr, beside->conf.dir, beside->file,
                               mssl_job_get_names(&beside->job), mssl_task_get_key(&beside->conf),
                               &working->why) != APR_SUCCESS) {
        rv = fail(beside, job, MSSL_CLASS_HERE, working->why.text);
    }
    else {
        set_number(beside, &csr);
        rv = order(beside, job, &csr);
    }
    mssl_buffer_free(&csr);
    return rv;
}

/* As it stands under the lock: what the schedule knows may be old. */
static int is_due(const mssl_working_t *working)
{
    const mssl_job_t *job = working->job;

    return (job->state == MSSL_JOB_PENDING || job->state == MSSL_JOB_FAILED) && job->meanwhile != 0
           && job->meanwhile <= apr_time_now() && job->serial[0] != '\0'
           && working->conf->issuer != NULL && !working->conf->issuer->by_request;
}

apr_status_t mssl_meanwhile(mssl_working_t *working)
{
    beside_t beside;
    apr_status_t rv;

    if (!is_due(working)) {
        return APR_SUCCESS;
    }
    set_up(&beside, working);
    MSSL_JOB_SET(working->job->meanwhile_issuer, working->conf->issuer->name);
    beside.working.folder = mssl_shelf_open_work(working->conf->dir, beside.file,
                                                 &beside.working.why);
    rv = beside.working.folder < 0
             ? fail(&beside, working->job, MSSL_CLASS_HERE, beside.working.why.text)
             : renew(&beside, working->job);
    if (beside.working.folder >= 0) {
        close(beside.working.folder);
    }
    mssl_buffer_free(&beside.key);
    return rv;
}
