/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "lib/steward/turnwork.h"

#include <apr_strings.h>
#include <unistd.h>

#include "lib/base/reason.h"
#include "lib/steward/asked.h"

/** An issuer may take so long, and so long to end when it was told to. */
#define PATIENCE apr_time_from_sec(600)
#define ADVICE_PATIENCE apr_time_from_sec(60)
#define MERCY apr_time_from_sec(10)

static const char *get_source(const mssl_permit_t *permit)
{
    return permit == NULL ? "" : (permit->sources & MSSL_FROM_REQUESTS) != 0 ? "request"
           : (permit->sources & MSSL_FROM_LIST) != 0   ? "list"
           : (permit->sources & MSSL_FROM_VHOSTS) != 0 ? "vhosts"
           : (permit->sources & MSSL_FROM_FOLDERS) != 0 ? MSSL_SOURCE_FOLDERS : MSSL_SOURCE_ASK;
}

/*
 * What the order is to be, where somebody asked for it.
 * @return APR_SUCCESS, also where it is withdrawn and nothing is to be ordered; other, with why
 */
static apr_status_t load_request(mssl_work_conf_t *conf, mssl_request_t *request,
                                 const mssl_turn_t *turn, mssl_reason_t *why)
{
    apr_status_t rv;

    if (turn->permit == NULL || (turn->permit->sources & MSSL_FROM_REQUESTS) == 0) {
        return APR_SUCCESS;
    }
    rv = mssl_asked_load(request, conf->dir, MSSL_ASKED_WANTED, turn->name, why);
    if (rv == APR_SUCCESS) {
        conf->request = request;
        conf->names = request->names[0] != '\0' ? request->names : NULL;
    }
    else if (APR_STATUS_IS_ENOENT(rv)) {
        rv = turn->task != MSSL_TASK_ORDER
                 ? APR_SUCCESS : mssl_reason_set(why, rv, MSSL_ASKED_WANTED ": it is asked for no more");
    }
    return rv;
}

int mssl_turnwork_run(void *baton)
{
    const mssl_turnwork_t *told = baton;
    const mssl_turn_t *turn = told->turn;
    const mssl_permit_t *permit = turn->permit;
    mssl_work_conf_t conf = {
        .dir = told->dir, .state_dir = told->state_dir, .issuing = told->issuing,
        .patience = turn->task == MSSL_TASK_ADVISE ? ADVICE_PATIENCE : PATIENCE, .mercy = MERCY,
        .issuer = turn->issuer, .why = turn->why,
        .key = permit != NULL ? permit->key : -1,
        .reason = told->reason[0] != '\0' ? told->reason : NULL, .confirm = told->confirm,
        .is_asked = turn->is_asked, .is_stopped = turn->is_stopped, .renews = told->renews,
        .is_vouched = permit != NULL && (permit->sources & ~(unsigned)MSSL_FROM_REQUESTS) != 0,
    };
    mssl_reason_t why = { "" };
    mssl_request_t request;
    mssl_job_t job;
    apr_status_t rv;

    told->leave(told->baton);
    conf.skips_preflight = turn->name[0] == '*' || (permit != NULL && permit->skips_preflight);
    rv = mssl_job_load(&job, told->folder, turn->name, geteuid(), &why);
    /* What is there as a copy for it (shadow.h) is not in service yet: it has its own meanwhile. */
    if (APR_STATUS_IS_ENOENT(rv) || (rv == APR_SUCCESS && job.of[0] != '\0')) {
        mssl_job_init(&job, turn->name, apr_time_now());
        rv = APR_SUCCESS;
    }
    if (rv == APR_SUCCESS) {
        rv = load_request(&conf, &request, turn, &why);
    }
    if (rv == APR_SUCCESS) {
        if (turn->task != MSSL_TASK_ADVISE) {
            MSSL_JOB_SET(job.source, get_source(permit));
        }
        rv = mssl_work(&conf, turn->task, &job, told->pool, &why);
    }
    if (rv == APR_ENOTIMPL) {
        return MSSL_TURNWORK_NO_VERB;
    }
    rv = rv >= 0 && rv < MSSL_TURNWORK_NO_VERB ? rv : MSSL_TURNWORK_OTHER;
    if (rv != APR_SUCCESS && mssl_trouble_note(told->trouble, turn->name, rv)) {
        told->report(told->baton, apr_psprintf(told->pool, "%s: %s; it is tried again each minute, "
                                               "and told when that works", turn->name, why.text));
    }
    return rv;
}
