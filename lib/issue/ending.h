/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_LIB_ISSUE_ENDING_H
#define MSSL_LIB_ISSUE_ENDING_H

/**
 * @file ending.h
 * How a task may end: what the job says then, and when it is looked at again. Part of work.c, which
 * knows what is done before. One thread.
 */

#include "lib/base/buffer.h"
#include "lib/issue/accept.h"
#include "lib/issue/result.h"
#include "lib/issue/task.h"

/** A task under way. */
typedef struct mssl_working_t {
    const mssl_work_conf_t *conf;
    mssl_job_t *job;
    const mssl_issuer_t *issuer; /**< NULL: the job's is configured no more */
    apr_pool_t *pool;
    int jobs, folder;            /**< descriptors: jobs/, and work/NAME; -1: not opened */
    mssl_result_t result;        /**< of the last verb */
    mssl_reason_t why;           /**< what went wrong last */
} mssl_working_t;

/** What is tried again at its time. @param text in our words */
void mssl_end_failed(mssl_working_t *working, mssl_class_t class, const char *text);

/** What it means that a CA fails so, and what mends it. @return NULL: the program's fault, or ours */
const char *mssl_end_explain(mssl_class_t class);

/** A verb failed: what it means stands in result and why. */
void mssl_end_refused(mssl_working_t *working);

/** Somebody else must do something. @param waits_for who, where the issuer does not say it */
void mssl_end_pending(mssl_working_t *working, const char *waits_for);

/** Whether a paid order was made is not known: an admin decides, if the issuer does not know it later. */
void mssl_end_doubtful(mssl_working_t *working);

/** Nothing more is tried by itself. */
void mssl_end_declined(mssl_working_t *working, const char *text);

/**
 * Judge a chain for a key, and put it into service; the job is on disk then, and what the order had
 * is removed. The state of the job is as it was where it is no good.
 * @param replaces as mssl_accept() has it
 * @param class out: CHAIN, HERE; NONE: it is in service
 * @return APR_SUCCESS; other: not in service, or the job could not be written; with working->why
 */
apr_status_t mssl_end_installed(mssl_working_t *working, const mssl_buffer_t *chain,
                                const mssl_buffer_t *key, apr_time_t replaces,
                                mssl_class_t *class);

/**
 * The job was lost, and what it had put into service is there: it is INSTALLED, as if it had been made
 * just now. @return 0: there is none
 */
int mssl_end_adopted(mssl_working_t *working);

/**
 * When one in service is wanted again, with what its issuer said of it (result), or people are told that
 * it ends: renew and next.
 */
void mssl_end_advised(mssl_working_t *working, apr_time_t now);

/** Whether an order costs money or a person's time: none is made by itself. */
int mssl_end_is_paid(const mssl_working_t *working);

/** When something is done or said next for one in service that is not ordered by itself; 0: never. */
apr_time_t mssl_end_get_word(const mssl_working_t *working, apr_time_t now);

/**
 * The request is over, and who else vouches for the name counts: it is made anew at its time, as any.
 * The caller sets the state.
 */
void mssl_end_let_go(mssl_working_t *working);

/** It ends, and is not ordered by itself: in service as it is, and an admin is waited for. */
void mssl_end_reminded(mssl_working_t *working);

/** What is in service now, under the job's names, of the issuer; and when it is wanted again. */
void mssl_end_note_pair(mssl_working_t *working, const mssl_accepted_t *accepted);

/** No paid order is under way any more: what was ordered beside it is over (meanwhile.h). */
void mssl_end_meanwhile(mssl_working_t *working);

/** What is in service is so no more: nothing is said of it. */
void mssl_end_service(mssl_job_t *job);

#endif /* MSSL_LIB_ISSUE_ENDING_H */
