/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "lib/issue/order.h"

#include <apr_strings.h>
#include <openssl/rand.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/reason.h"
#include "lib/base/text.h"
#include "lib/issue/accept.h"
#include "lib/issue/issuer.h"
#include "lib/issue/meanwhile.h"
#include "lib/issue/plan.h"
#include "lib/issue/shadow.h"
#include "lib/issue/shelf.h"
#include "lib/issue/workfiles.h"

/* The issuer is done: judge what it left, and put it into service. */
static apr_status_t take_chain(mssl_working_t *working)
{
    mssl_buffer_t chain = { .max = 0 }, key = { .max = 0 };
    mssl_class_t class = MSSL_CLASS_CHAIN;
    apr_status_t rv = mssl_workfiles_read_chain(working, &chain);

    if (rv == APR_SUCCESS) {
        class = MSSL_CLASS_HERE;
        rv = mssl_shelf_read_key(&key, working->conf->dir, working->job->name, &working->why);
    }
    if (rv == APR_SUCCESS) {
        rv = mssl_end_installed(working, &chain, &key, mssl_workfiles_get_replaced(working), &class);
    }
    if (rv != APR_SUCCESS && class == MSSL_CLASS_CHAIN) {
        mssl_workfiles_refuse_chain(working);
    }
    if (rv != APR_SUCCESS && class != MSSL_CLASS_NONE) {
        mssl_end_failed(working, class, working->why.text);
        rv = APR_SUCCESS;
    }
    mssl_buffer_free(&chain);
    mssl_buffer_free(&key);
    return rv;
}

/* It failed, and the next one may cost money: an admin's to order. What serves is thought of in time. */
static void stop(mssl_working_t *working)
{
    mssl_job_t *job = working->job;

    job->paid_until = 0;
    job->next = job->serial[0] != '\0' && job->is_bought
                    ? mssl_end_get_word(working, apr_time_now()) : 0;
}

/* @param verb "issue" or "poll" */
static apr_status_t finish(mssl_working_t *working, mssl_outcome_t outcome)
{
    switch (outcome) {
    case MSSL_OUTCOME_DONE:
        return take_chain(working);
    case MSSL_OUTCOME_PENDING:
        mssl_end_pending(working, "the CA");
        break;
    case MSSL_OUTCOME_DECLINED:
        mssl_end_declined(working, "the CA, or the issuer, declined it");
        break;
    case MSSL_OUTCOME_NO_ORDER:
        mssl_end_failed(working, MSSL_CLASS_CA, "the issuer does not know the order any more");
        break;
    case MSSL_OUTCOME_NO_VERB:
        mssl_end_failed(working, MSSL_CLASS_HERE, "the issuer's program cannot issue");
        break;
    default:
        mssl_end_refused(working);
        if (mssl_end_is_paid(working) && working->job->class != MSSL_CLASS_LIMIT) {
            stop(working);
        }
    }
    return APR_SUCCESS;
}

static mssl_outcome_t run(mssl_working_t *working, const char *verb)
{
    return mssl_issuer_run(&working->result, working->conf, working->issuer, verb, working->job,
                           working->folder, working->pool, &working->why);
}

/* What is sure only where the issuer says so: paid orders are not made twice. */
static int may_have_been_made(const mssl_working_t *working, mssl_outcome_t outcome)
{
    return outcome == MSSL_OUTCOME_FAILED && working->result.class == MSSL_CLASS_CA
           && mssl_end_is_paid(working);
}

/* Within the order that is paid for. What fails costs nothing, and is tried again at its time. */
static apr_status_t reissue(mssl_working_t *working)
{
    mssl_outcome_t outcome = run(working, "reissue");

    if (outcome == MSSL_OUTCOME_NO_VERB) {
        mssl_end_failed(working, MSSL_CLASS_HERE, "the issuer's program cannot renew within an order");
    }
    else if (outcome == MSSL_OUTCOME_FAILED) {
        mssl_end_refused(working);
    }
    else {
        return finish(working, outcome);
    }
    return APR_SUCCESS;
}

/* Key, request and state are on disk. */
static apr_status_t issue(mssl_working_t *working, const mssl_buffer_t *csr)
{
    mssl_outcome_t outcome;

    if (mssl_workfiles_write(working, MSSL_WORK_CSR, csr) != APR_SUCCESS) {
        mssl_end_failed(working, MSSL_CLASS_HERE, working->why.text);
        return APR_SUCCESS;
    }
    mssl_workfiles_write_replaced(working);
    outcome = mssl_issuer_register(&working->result, working->conf, working->issuer, working->job,
                                   working->folder, working->pool, &working->why);
    if (outcome != MSSL_OUTCOME_DONE) {
        return finish(working, outcome);
    }
    unlinkat(working->folder, MSSL_WORK_CHAIN, 0);
    if (working->job->order[0] != '\0') {
        return reissue(working);
    }
    outcome = run(working, "issue");
    if (may_have_been_made(working, outcome)) {
        mssl_end_doubtful(working);
        return APR_SUCCESS;
    }
    return finish(working, outcome);
}

/*
 * What was issued before something ended us, or before there was room for it, is not ordered twice.
 * @return whether it is in service
 */
static int salvage(mssl_working_t *working)
{
    mssl_buffer_t chain = { .max = 0 }, key = { .max = 0 };
    mssl_class_t class;
    int is = mssl_workfiles_read_chain(working, &chain) == APR_SUCCESS
             && mssl_shelf_read_key(&key, working->conf->dir, working->job->name, NULL)
                    == APR_SUCCESS
             && mssl_end_installed(working, &chain, &key, mssl_workfiles_get_replaced(working), &class)
                    == APR_SUCCESS;

    mssl_buffer_free(&chain);
    mssl_buffer_free(&key);
    return is;
}

/*
 * Whether a paid order was made: the issuer is asked, and where it cannot tell, an admin.
 * @return APR_EAGAIN: it was not
 */
static apr_status_t clear_up(mssl_working_t *working)
{
    mssl_outcome_t outcome;

    /* What was ended in the middle may have said what the order is called. */
    mssl_result_read(&working->result, working->folder, apr_time_now(), working->pool);
    if (working->result.order[0] != '\0') {
        MSSL_JOB_SET(working->job->order, working->result.order);
    }
    outcome = run(working, "poll");
    switch (outcome) {
    case MSSL_OUTCOME_NO_ORDER:
        working->job->order[0] = '\0';
        return APR_EAGAIN;
    case MSSL_OUTCOME_NO_VERB:
        mssl_end_doubtful(working);
        working->job->next = working->job->until;
        return APR_SUCCESS;
    case MSSL_OUTCOME_FAILED:
        if (working->result.class == MSSL_CLASS_CA || working->result.class == MSSL_CLASS_LIMIT
            || working->result.class == MSSL_CLASS_HERE) {
            mssl_end_doubtful(working);
            return APR_SUCCESS;
        }
        return finish(working, outcome);
    default:
        return finish(working, outcome);
    }
}

/* After a crash: the issuer may have been asked. @return APR_EAGAIN: it was not, or may be again */
static apr_status_t go_on(mssl_working_t *working)
{
    mssl_outcome_t outcome;

    if (working->job->order[0] != '\0') {
        return APR_EAGAIN; /* within an order that is paid for */
    }
    if (mssl_end_is_paid(working)) {
        return clear_up(working);
    }
    outcome = run(working, "poll");
    return outcome == MSSL_OUTCOME_NO_ORDER || outcome == MSSL_OUTCOME_NO_VERB
               ? APR_EAGAIN : finish(working, outcome);
}

/* The names of a new order. */
static const char *get_names(const mssl_working_t *working)
{
    return working->conf->names != NULL ? working->conf->names : working->job->name;
}

/* Whether a new pair is to be had within the order that is there. */
static int is_paid_for(const mssl_working_t *working)
{
    const mssl_job_t *job = working->job;

    return mssl_end_is_paid(working) && !working->conf->renews && job->order[0] != '\0'
           && job->paid_until > apr_time_now()
           && mssl_names_are_same(mssl_job_get_names(job), get_names(working));
}

/* A new order: on disk before anybody is asked. */
static apr_status_t begin(mssl_working_t *working)
{
    const mssl_work_conf_t *conf = working->conf;
    mssl_job_t *job = working->job;
    unsigned char random[16];

    if (RAND_bytes(random, sizeof(random)) != 1) {
        return mssl_reason_set(&working->why, APR_EGENERAL, "no random bytes");
    }
    if (!is_paid_for(working)) {
        job->order[0] = '\0';
        job->paid_until = 0;
    }
    mssl_text_hex(job->request, random, sizeof(random));
    job->state = MSSL_JOB_ORDERED;
    job->since = job->ordered = job->next = apr_time_now();
    job->why = conf->why;
    job->waits_for[0] = '\0';
    job->until = 0;
    job->is_doubtful = 0;
    mssl_meanwhile_plan(working);
    MSSL_JOB_SET(job->names, conf->names != NULL ? conf->names : "");
    MSSL_JOB_SET(job->issuer, working->issuer->name);
    return mssl_job_save(job, working->jobs, &working->why);
}

/* Key and request are there. */
static apr_status_t begin_and_issue(mssl_working_t *working, const mssl_buffer_t *csr)
{
    const mssl_request_t *request = working->conf->request;
    apr_status_t rv = begin(working);

    if (rv == APR_SUCCESS
        && mssl_shadow_find_other(working->job, working->jobs, working->pool, &working->why)
               != NULL) {
        mssl_end_failed(working, MSSL_CLASS_HERE, working->why.text);
        return APR_SUCCESS;
    }
    if (rv == APR_SUCCESS && request != NULL && request->csr_only) {
        mssl_end_pending(working, apr_psprintf(working->pool, "an admin: 'msslctl approve %s CERT'",
                                               working->job->name));
        working->job->next = working->job->until;
        return APR_SUCCESS;
    }
    return rv == APR_SUCCESS ? issue(working, csr) : rv;
}

/* What is pending is paid for: it is asked after, and no other is made beside it. */
static apr_status_t order_again(mssl_working_t *working)
{
    const mssl_work_conf_t *conf = working->conf;
    mssl_job_t *job = working->job;

    if (!conf->renews && (conf->request == NULL || conf->request->issuer[0] == '\0'
                          || strcmp(conf->request->issuer, working->issuer->name) == 0)
        && mssl_names_are_same(mssl_job_get_names(job), get_names(working))) {
        return mssl_order_poll(working);
    }
    MSSL_JOB_SET(job->text, apr_psprintf(working->pool, "another order of it is pending, and no new one "
                                         "was made; who does not want it runs: msslctl decline %s",
                                         job->name));
    return APR_SUCCESS;
}

/* Whether it has an order that is paid for, whoever made it. */
static int has_term(const mssl_job_t *job)
{
    return job->order[0] != '\0' && job->paid_until > apr_time_now();
}

/* What serves is renewed beside it, at its time, and the order stays as it is: an admin's to have. */
static void wait_for_admin(mssl_working_t *working)
{
    mssl_job_t *job = working->job;
    int is_held = working->conf->is_stopped && has_term(job);

    if (job->state != MSSL_JOB_FAILED) {
        mssl_end_failed(working, MSSL_CLASS_HERE, apr_psprintf(working->pool, is_held
                        ? "what is paid for cannot be had now: its issuer '%s' waits for an admin, or is "
                          "configured no more; mend that, then run: msslctl retry %s"
                        : "issuer '%s': it is ordered only when that is asked for; run: msslctl retry %s",
                        working->issuer != NULL ? working->issuer->name : job->issuer, job->name));
    }
    job->next = is_held ? job->next : 0;
    if (job->meanwhile == 0) {
        job->meanwhile = mssl_meanwhile_get_time(working);
    }
}

/* Nobody has ordered, and what was paid for ends: a free issuer's, from the next turn on. */
static void hand_on(mssl_working_t *working)
{
    mssl_job_t *job = working->job;

    mssl_end_let_go(working);
    job->state = MSSL_JOB_INSTALLED;
    job->since = job->next = apr_time_now();
    job->text[0] = job->waits_for[0] = '\0';
}

/* Of what is in service, while its issuer orders nothing by itself. */
static void keep_service(mssl_working_t *working)
{
    const mssl_work_conf_t *conf = working->conf;
    const mssl_job_t *job = working->job;
    int is_last = conf->is_vouched
                  && (job->state == MSSL_JOB_DECLINED
                      || apr_time_now() >= mssl_plan_last(job->not_after));
    int is_kept = conf->is_stopped && (has_term(job) || job->state == MSSL_JOB_FAILED);

    if (is_last && !is_kept && conf->request != NULL) {
        hand_on(working);
    }
    else if (is_last || is_kept || !job->is_bought) {
        wait_for_admin(working);
    }
    else {
        mssl_end_reminded(working);
    }
}

/* By itself: only what is paid for, or what a list says. @return whether it is done with */
static int keep_money(mssl_working_t *working)
{
    mssl_job_t *job = working->job;

    if (working->conf->is_asked
        || (!working->conf->is_stopped
            && (!mssl_end_is_paid(working) || is_paid_for(working)
                || job->class == MSSL_CLASS_LIMIT))) { /* that was asked for, and nothing ordered */
        return 0;
    }
    if (job->serial[0] != '\0') {
        keep_service(working);
        return 1;
    }
    if (working->conf->request != NULL) {
        mssl_end_failed(working, MSSL_CLASS_HERE, apr_psprintf(working->pool, "it is ordered only when "
                        "that is asked for; run: msslctl retry %s", job->name));
        job->next = 0;
        return 1;
    }
    return 0;
}

apr_status_t mssl_order(mssl_working_t *working)
{
    const mssl_work_conf_t *conf = working->conf;
    mssl_buffer_t key = { .max = 0 }, csr = { .max = 0 };
    mssl_job_t *job = working->job;
    int is_resumed = job->state == MSSL_JOB_ORDERED && working->issuer != NULL;
    const char *names = is_resumed ? mssl_job_get_names(job) : get_names(working);
    apr_status_t rv = APR_SUCCESS;

    if (job->state == MSSL_JOB_PENDING && mssl_end_is_paid(working)) {
        rv = job->is_doubtful ? mssl_order_poll(working) : order_again(working);
        if (rv != APR_SUCCESS || !job->is_doubtful || !conf->is_asked) {
            return rv;
        }
        /* The issuer cannot tell, and an admin has looked: there is no such order. */
    }
    if (conf->issuer != NULL && !is_resumed) {
        working->issuer = conf->issuer;
    }
    if (working->issuer == NULL && !conf->is_stopped) {
        mssl_end_failed(working, MSSL_CLASS_HERE, job->issuer[0] != '\0' || job->name[0] != '*'
                        ? "its issuer is configured no more"
                        : "no issuer makes wildcards, which are proved by the DNS: set one up that can "
                          "write there, for example 'MSSLIssuer NAME lego --dns PROVIDER ...'");
        return APR_SUCCESS;
    }
    if (job->request[0] == '\0') {
        mssl_shelf_clear(conf->dir, job->name); /* of an order that is over: each gets a new key */
    }
    else if (mssl_names_are_same(names, mssl_job_get_names(job)) && salvage(working)) {
        return APR_SUCCESS;
    }
    if (!is_resumed && keep_money(working)) {
        return APR_SUCCESS;
    }
    working->why.text[0] = '\0';
    if (mssl_shelf_get_request(&key, &csr, conf->dir, job->name, names, mssl_task_get_key(conf),
                               &working->why) != APR_SUCCESS) {
        mssl_end_failed(working, MSSL_CLASS_HERE, working->why.text);
    }
    else {
        rv = is_resumed ? go_on(working) : APR_EAGAIN;
        if (rv == APR_EAGAIN) {
            rv = is_resumed ? issue(working, &csr) : begin_and_issue(working, &csr);
        }
    }
    mssl_buffer_free(&key);
    mssl_buffer_free(&csr);
    return rv;
}

/* There is no such order, as the issuer knows for sure now: it is made, with the number that it has. */
static apr_status_t order_after_doubt(mssl_working_t *working)
{
    mssl_buffer_t key = { .max = 0 }, csr = { .max = 0 };
    mssl_job_t *job = working->job;
    apr_status_t rv;

    job->state = MSSL_JOB_ORDERED;
    job->since = apr_time_now();
    job->is_doubtful = 0;
    job->waits_for[0] = job->order[0] = '\0';
    rv = mssl_job_save(job, working->jobs, &working->why);
    if (rv == APR_SUCCESS) {
        rv = mssl_shelf_get_request(&key, &csr, working->conf->dir, job->name,
                                    mssl_job_get_names(job), mssl_task_get_key(working->conf),
                                    &working->why);
    }
    rv = rv == APR_SUCCESS ? issue(working, &csr) : rv;
    mssl_buffer_free(&key);
    mssl_buffer_free(&csr);
    return rv;
}

/* What is pending stays so where nobody can tell more of it. */
static int is_no_news(const mssl_working_t *working, mssl_outcome_t outcome)
{
    mssl_class_t class = working->result.class;

    return outcome == MSSL_OUTCOME_FAILED
           && (class == MSSL_CLASS_CA || class == MSSL_CLASS_LIMIT || class == MSSL_CLASS_HERE);
}

apr_status_t mssl_order_poll(mssl_working_t *working)
{
    const mssl_request_t *request = working->conf->request;
    mssl_job_t *job = working->job;
    mssl_outcome_t outcome;
    apr_status_t rv;

    if (working->issuer == NULL) {
        mssl_end_failed(working, MSSL_CLASS_HERE, "its issuer is configured no more");
        return APR_SUCCESS;
    }
    if (request != NULL && request->csr_only) {
        job->next = job->until;
        return APR_SUCCESS;
    }
    if (job->is_doubtful) {
        rv = clear_up(working);
        return rv == APR_EAGAIN ? order_after_doubt(working) : rv;
    }
    outcome = run(working, "poll");
    if (outcome == MSSL_OUTCOME_NO_VERB) {
        job->next = job->until; /* it is an admin's turn */
        return APR_SUCCESS;
    }
    if (is_no_news(working, outcome)) {
        /* The order is as good as it was: the next time somebody may answer. */
        job->next = mssl_plan_poll(job, apr_time_now());
        return APR_SUCCESS;
    }
    rv = finish(working, outcome);
    if (outcome == MSSL_OUTCOME_NO_ORDER && working->issuer->by_request) {
        stop(working);
    }
    return rv;
}
