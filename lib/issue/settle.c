/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "lib/issue/settle.h"

#include <apr_strings.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/reason.h"
#include "lib/files/slurp.h"
#include "lib/files/write.h"
#include "lib/issue/issuer.h"
#include "lib/issue/request.h"
#include "lib/issue/shelf.h"
#include "lib/pair/revoked.h"

/** "requests/given/NAME" */
#define PATH_SIZE (MSSL_NAME_SIZE + 32)

static mssl_outcome_t run(mssl_working_t *working, const char *verb)
{
    return mssl_issuer_run(&working->result, working->conf, working->issuer, verb, working->job,
                           working->folder, working->pool, &working->why);
}

static const char *given_of(char out[PATH_SIZE], const char *name)
{
    char file[MSSL_NAME_SIZE];

    apr_snprintf(out, PATH_SIZE, MSSL_REQUESTS_DIR "/" MSSL_GIVEN_DIR "/%s",
                 mssl_job_file(file, name));
    return out;
}

static const char *owner_of(char out[PATH_SIZE], const char *name)
{
    char file[MSSL_NAME_SIZE];

    apr_snprintf(out, PATH_SIZE, MSSL_REQUESTS_DIR "/" MSSL_OWNER_DIR "/%s",
                 mssl_job_file(file, name));
    return out;
}

/* What an admin was sent by a CA, for the key that is kept. */
static apr_status_t approve(mssl_working_t *working)
{
    const mssl_work_conf_t *conf = working->conf;
    mssl_buffer_t chain = { .max = MSSL_GIVEN_MAX }, key = { .max = 0 };
    mssl_class_t class = MSSL_CLASS_HERE;
    mssl_job_t *job = working->job;
    char path[PATH_SIZE];
    const char *text;
    apr_size_t len;
    apr_status_t rv = mssl_file_slurp(&text, &len, conf->dir, given_of(path, job->name),
                                      MSSL_GIVEN_MAX, working->pool, &working->why);

    if (rv == APR_SUCCESS) {
        rv = mssl_buffer_add(&chain, text, len);
    }
    if (rv == APR_SUCCESS
        && mssl_shelf_read_key(&key, conf->dir, job->name, &working->why) != APR_SUCCESS) {
        rv = mssl_reason_set(&working->why, APR_ENOENT, "there is no order of it, and so no key");
    }
    if (rv == APR_SUCCESS) {
        rv = mssl_end_installed(working, &chain, &key, 0, &class);
    }
    if (rv != APR_SUCCESS && class != MSSL_CLASS_NONE) {
        MSSL_JOB_SET(job->text, apr_pstrcat(working->pool, "the certificate of approve was not "
                                            "taken: ", working->why.text, NULL));
        rv = APR_SUCCESS; /* the job is as it was: whose fault that is is nothing of the order's */
    }
    unlinkat(conf->dir, path, 0);
    mssl_buffer_free(&chain);
    mssl_buffer_free(&key);
    return rv;
}

static apr_status_t decline(mssl_working_t *working)
{
    const char *text = working->conf->is_asked ? "an admin declined it"
                                               : "its time is over: nobody did what was waited for";
    mssl_outcome_t outcome = MSSL_OUTCOME_DONE;

    if (working->job->state != MSSL_JOB_PENDING && working->job->state != MSSL_JOB_ORDERED) {
        return APR_SUCCESS; /* nothing is waited for any more */
    }
    if (working->issuer != NULL) {
        outcome = run(working, "cancel");
    }
    if (outcome == MSSL_OUTCOME_FAILED && mssl_end_is_paid(working)) {
        text = apr_psprintf(working->pool, "%s; its issuer could not cancel the order, which may cost "
                            "money: do that at the CA", text);
    }
    else {
        working->result.text[0] = '\0';
    }
    mssl_end_declined(working, text);
    return APR_SUCCESS;
}

static apr_status_t resend(mssl_working_t *working)
{
    mssl_job_t *job = working->job;
    mssl_outcome_t outcome;

    if (job->state != MSSL_JOB_PENDING) {
        return APR_SUCCESS;
    }
    if (working->issuer == NULL) {
        MSSL_JOB_SET(job->text, "its issuer is configured no more");
        return APR_SUCCESS;
    }
    outcome = run(working, "resend");
    MSSL_JOB_SET(job->text, outcome == MSSL_OUTCOME_DONE || outcome == MSSL_OUTCOME_PENDING
                                ? "the CA was asked to send its mail again"
                            : outcome == MSSL_OUTCOME_NO_VERB
                                ? "its issuer cannot have a mail sent again"
                                : "the mail was not sent again");
    MSSL_JOB_SET(job->said, working->result.text);
    return APR_SUCCESS;
}

static apr_status_t leave(mssl_working_t *working)
{
    mssl_job_t *job = working->job;

    job->state = MSSL_JOB_GONE;
    job->since = job->gone = apr_time_now();
    job->next = job->gone + (job->serial[0] != '\0' ? MSSL_GONE_SPAN : 0);
    MSSL_JOB_SET(job->text, "nobody vouches for the name any more");
    return APR_SUCCESS;
}

static apr_status_t come_back(mssl_working_t *working)
{
    mssl_job_t *job = working->job;

    job->state = job->serial[0] != '\0' ? MSSL_JOB_INSTALLED : MSSL_JOB_WANTED;
    job->since = apr_time_now();
    job->next = job->serial[0] == '\0' ? job->since
                : job->renew != 0         ? job->renew
                                          : mssl_end_get_word(working, job->since);
    job->gone = 0;
    job->text[0] = '\0';
    return APR_SUCCESS;
}

/* Where that fails, it serves on, and is tried again. */
static apr_status_t retire(mssl_working_t *working)
{
    apr_status_t rv = mssl_shelf_retire(working->conf->dir, mssl_job_get_filed(working->job),
                                        &working->why);

    if (rv == APR_SUCCESS) {
        mssl_end_service(working->job);
        working->job->state = MSSL_JOB_GONE;
        working->job->next = 0;
    }
    return rv;
}

/* The chain in service, for the issuer. */
static apr_status_t write_chain(mssl_working_t *working)
{
    const mssl_owner_t owner = { (uid_t)-1, (gid_t)-1, 0600 };
    mssl_buffer_t chain = { .max = 0 };
    apr_status_t rv = mssl_shelf_read_chain(&chain, working->conf->dir, working->job->name,
                                            &working->why);

    if (rv == APR_SUCCESS) {
        rv = mssl_file_write(working->folder, MSSL_WORK_CHAIN, chain.data, chain.len, &owner,
                             &working->why);
    }
    mssl_buffer_free(&chain);
    return rv;
}

/* What the CA does not take back serves on: who wants it out of service at once has forget. */
static apr_status_t take_back(mssl_working_t *working)
{
    mssl_job_t *job = working->job;
    mssl_outcome_t outcome = MSSL_OUTCOME_FAILED;
    mssl_reason_t fault = { "" };
    apr_status_t rv, noted;

    if (working->issuer == NULL) {
        mssl_reason_set(&working->why, APR_EGENERAL, "its issuer is configured no more");
    }
    else if (write_chain(working) == APR_SUCCESS) {
        outcome = run(working, "revoke");
        unlinkat(working->folder, MSSL_WORK_CHAIN, 0);
    }
    if (outcome == MSSL_OUTCOME_NO_VERB) {
        mssl_reason_set(&working->why, APR_EGENERAL, "its issuer cannot revoke");
    }
    if (outcome != MSSL_OUTCOME_DONE) {
        MSSL_JOB_SET(job->text, apr_pstrcat(working->pool, "it was not revoked: ",
                                            working->why.text, NULL));
        MSSL_JOB_SET(job->said, working->result.text);
        return APR_SUCCESS;
    }
    /* Before it is out of service, so that it is not what was good last then. */
    noted = mssl_revoked_note(working->conf->dir, job->sha256, &fault);
    rv = mssl_shelf_retire(working->conf->dir, mssl_job_get_filed(job), &working->why);
    if (rv == APR_SUCCESS) {
        mssl_end_service(job);
        job->state = MSSL_JOB_WANTED;
        job->since = job->next = apr_time_now();
        job->said[0] = '\0';
        MSSL_JOB_SET(job->text, noted == APR_SUCCESS ? "it was revoked"
                     : apr_pstrcat(working->pool, "it was revoked, and the history is not told: ",
                                   fault.text, NULL));
    }
    return rv;
}

/* What is due already stays where it stands in line. */
static apr_status_t ask_when(mssl_working_t *working)
{
    mssl_job_t *job = working->job, before = *job;
    apr_time_t now = apr_time_now();
    mssl_outcome_t outcome;

    if (job->state != MSSL_JOB_INSTALLED || job->next <= now || working->issuer == NULL
        || mssl_issuer_is_another_ca(working->issuer, job->directory)
        || write_chain(working) != APR_SUCCESS) { /* whoever needs the pair says that it is gone */
        return APR_SUCCESS;
    }
    outcome = run(working, "renew-at");
    mssl_shelf_sweep(working->conf->dir, job->name);
    if (outcome == MSSL_OUTCOME_NO_VERB) {
        return APR_ENOTIMPL;
    }
    if (outcome == MSSL_OUTCOME_DONE) {
        mssl_end_advised(working, now);
    }
    return job->renew == before.renew && job->advised == before.advised
               ? APR_SUCCESS
               : mssl_job_save(job, working->jobs, &working->why);
}

apr_status_t mssl_settle(mssl_working_t *working, mssl_task_t task)
{
    switch (task) {
    case MSSL_TASK_APPROVE:
        return approve(working);
    case MSSL_TASK_DECLINE:
        return decline(working);
    case MSSL_TASK_LEAVE:
        return leave(working);
    case MSSL_TASK_RETURN:
        return come_back(working);
    case MSSL_TASK_RETIRE:
    case MSSL_TASK_FORGET:
        return retire(working);
    case MSSL_TASK_REVOKE:
        return take_back(working);
    case MSSL_TASK_ADVISE:
        return ask_when(working);
    case MSSL_TASK_RESEND:
        return resend(working);
    default:
        return mssl_reason_set(&working->why, APR_EINVAL, "no such task");
    }
}

apr_status_t mssl_settle_forget(mssl_working_t *working)
{
    int dir = working->conf->dir;
    const char *name = working->job->name;
    char path[PATH_SIZE], file[MSSL_NAME_SIZE];

    mssl_shelf_remove(dir, name);
    mssl_shelf_remove(dir, mssl_shelf_meanwhile(file, name));
    unlinkat(dir, given_of(path, name), 0);
    unlinkat(dir, owner_of(path, name), 0);
    /* Last but one: without it nobody knows of the name any more. */
    if (unlinkat(working->jobs, mssl_job_file(file, name), 0) != 0 && errno != ENOENT) {
        return mssl_reason_set(&working->why, errno, MSSL_JOBS_DIR "/%s: %s", file,
                               strerror(errno));
    }
    fsync(working->jobs);
    apr_snprintf(path, sizeof(path), MSSL_WORK_DIR "/%s.lock", file);
    unlinkat(dir, path, 0);
    return APR_SUCCESS;
}
