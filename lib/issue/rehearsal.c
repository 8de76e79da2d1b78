/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "lib/issue/rehearsal.h"

#include <apr_strings.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/monotonic.h"
#include "lib/base/reason.h"
#include "lib/files/slurp.h"
#include "lib/files/write.h"
#include "lib/issue/ending.h"
#include "lib/issue/issuer.h"
#include "lib/issue/lock.h"
#include "lib/issue/shelf.h"
#include "lib/issue/work.h"

/** Of a key and a request, PEM. */
#define PEM_MAX 16384
#define LOCK MSSL_WORK_DIR "/" MSSL_TRIAL_FOLDER ".lock"

/** One under way. */
typedef struct run_t {
    mssl_rehearsal_t *rehearsal;
    const mssl_work_conf_t *conf;
    mssl_job_t job;              /* of no file: what the issuer is told */
    mssl_buffer_t key;
    int folder;
    apr_pool_t *pool;
    mssl_reason_t *why;
} run_t;

/* The folder of trials, empty, which nobody else has. @return its descriptor; -1: with rv and why */
static int open_folder(int *lock, const mssl_work_conf_t *conf, apr_status_t *rv,
                       mssl_reason_t *why)
{
    int folder = -1;

    *rv = mssl_lock_take(lock, conf->dir, MSSL_TRIAL_FOLDER, why);
    if (*rv == APR_SUCCESS) {
        mssl_shelf_remove(conf->dir, MSSL_TRIAL_FOLDER); /* of one that was ended */
        folder = mssl_shelf_open_work(conf->dir, MSSL_TRIAL_FOLDER, why);
        *rv = folder < 0 ? APR_EGENERAL : APR_SUCCESS;
    }
    return folder;
}

static void close_folder(int folder, int lock, const mssl_work_conf_t *conf)
{
    if (folder >= 0) {
        close(folder);
        mssl_shelf_remove(conf->dir, MSSL_TRIAL_FOLDER);
    }
    if (lock >= 0) {
        unlinkat(conf->dir, LOCK, 0);
        close(lock);
    }
}

static mssl_outcome_t fail(run_t *run, mssl_class_t class)
{
    run->rehearsal->result.class = class;
    return MSSL_OUTCOME_FAILED;
}

/* What it left, as if it were to go into service. */
static mssl_outcome_t judge(run_t *run)
{
    mssl_buffer_t chain = { .max = MSSL_CHAIN_MAX };
    mssl_outcome_t outcome = MSSL_OUTCOME_DONE;
    const char *text;
    apr_size_t len;
    apr_status_t rv = mssl_file_slurp(&text, &len, run->folder, MSSL_WORK_CHAIN, MSSL_CHAIN_MAX,
                                      run->pool, run->why);

    if (rv == APR_SUCCESS) {
        rv = mssl_buffer_add(&chain, text, len);
    }
    if (rv != APR_SUCCESS
        || mssl_accept_trial(&run->rehearsal->accepted, run->job.name, &run->key, &chain,
                             apr_time_now(), run->pool, run->why) != APR_SUCCESS) {
        outcome = fail(run, MSSL_CLASS_CHAIN);
    }
    mssl_buffer_free(&chain);
    return outcome;
}

/* The request that the issuer is given. */
static apr_status_t write_request(run_t *run)
{
    const mssl_owner_t own = { (uid_t)-1, (gid_t)-1, 0600 };
    mssl_buffer_t csr = { .max = PEM_MAX };
    apr_status_t rv = mssl_csr_make(&run->key, &csr, run->job.name, mssl_task_get_key(run->conf),
                                    run->why);

    if (rv == APR_SUCCESS) {
        rv = mssl_file_write(run->folder, MSSL_WORK_CSR, csr.data, csr.len, &own, run->why);
    }
    mssl_buffer_free(&csr);
    return rv;
}

static mssl_outcome_t order(run_t *run)
{
    const mssl_issuer_t *issuer = run->conf->issuer;
    mssl_result_t *result = &run->rehearsal->result;
    mssl_outcome_t outcome;

    if (write_request(run) != APR_SUCCESS) {
        return fail(run, MSSL_CLASS_HERE);
    }
    outcome = mssl_issuer_register(result, run->conf, issuer, &run->job, run->folder, run->pool,
                                   run->why);
    if (outcome == MSSL_OUTCOME_DONE) {
        outcome = mssl_issuer_run(result, run->conf, issuer, "issue", &run->job, run->folder,
                                  run->pool, run->why);
    }
    if (outcome == MSSL_OUTCOME_DONE) {
        return judge(run);
    }
    if (outcome == MSSL_OUTCOME_FAILED) {
        const char *text = mssl_end_explain(result->class);

        if (text != NULL) {
            mssl_reason_set(run->why, APR_EGENERAL, "%s", text);
        }
        if (result->class == MSSL_CLASS_ACCOUNT) {
            mssl_issuer_forget(run->conf, issuer); /* such CAs forget accounts now and then */
        }
    }
    return outcome;
}

apr_status_t mssl_rehearse(mssl_rehearsal_t *rehearsal, const mssl_work_conf_t *conf,
                           const char *name, apr_pool_t *pool, mssl_reason_t *why)
{
    mssl_work_conf_t staging = *conf;
    run_t run = { .rehearsal = rehearsal, .conf = &staging, .key = { .max = PEM_MAX },
                  .pool = pool, .why = why };
    apr_time_t begun = mssl_monotonic_now();
    apr_status_t rv;
    int lock;

    memset(rehearsal, 0, sizeof(*rehearsal));
    staging.is_staging = 1;
    mssl_job_init(&run.job, name, apr_time_now());
    MSSL_JOB_SET(run.job.request, "trial");
    run.folder = open_folder(&lock, conf, &rv, why);
    if (rv == APR_SUCCESS) {
        rehearsal->outcome = order(&run);
        rehearsal->took = mssl_monotonic_now() - begun;
    }
    close_folder(run.folder, lock, conf);
    mssl_buffer_free(&run.key);
    return rv;
}

apr_status_t mssl_rehearse_check(mssl_outcome_t *outcome, mssl_tail_t *said,
                                 const mssl_work_conf_t *conf, apr_pool_t *pool, mssl_reason_t *why)
{
    mssl_work_conf_t staging = *conf;
    apr_status_t rv;
    int lock, folder = open_folder(&lock, conf, &rv, why);

    staging.is_staging = 1;
    if (rv == APR_SUCCESS) {
        *outcome = mssl_issuer_check(said, &staging, folder, pool, why);
    }
    close_folder(folder, lock, conf);
    return rv;
}
