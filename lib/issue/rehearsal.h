/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_LIB_ISSUE_REHEARSAL_H
#define MSSL_LIB_ISSUE_REHEARSAL_H

/**
 * @file rehearsal.h
 * An order by way of trial: at an issuer's CA for trials (--staging), by an account of its own, with a
 * key that is never on a disk; what comes of it is judged and thrown away. No job, no pair in service
 * and no account of real orders is touched. One thread; SIGCHLD blocked.
 */

#include "lib/issue/accept.h"
#include "lib/issue/result.h"
#include "lib/issue/task.h"
#include "lib/notify/program.h"

/** What came of it. */
typedef struct mssl_rehearsal_t {
    mssl_outcome_t outcome;       /**< DONE: a certificate was made, and would have been taken */
    mssl_result_t result;         /**< as the issuer said it; where outcome is FAILED, whose fault */
    mssl_accepted_t accepted;     /**< of DONE */
    apr_interval_time_t took;
} mssl_rehearsal_t;

/**
 * Do it, one at a time on a machine. Blocks, for minutes.
 * @param conf its issuer has a staging; is_staging need not be set
 * @return APR_SUCCESS: rehearsal says how it went, with why where it failed; APR_EAGAIN, with why:
 *         another one is under way; other, with why: it could not be begun
 */
apr_status_t mssl_rehearse(mssl_rehearsal_t *rehearsal, const mssl_work_conf_t *conf,
                           const char *name, apr_pool_t *pool, mssl_reason_t *why);

/**
 * Have an issuer say whether it has what it needs, in the folder of such orders: mssl_issuer_check().
 * @param outcome, said out
 * @return APR_SUCCESS: outcome says how it went; APR_EAGAIN, with why: that folder is in use; other,
 *         with why
 */
apr_status_t mssl_rehearse_check(mssl_outcome_t *outcome, mssl_tail_t *said,
                                 const mssl_work_conf_t *conf, apr_pool_t *pool, mssl_reason_t *why);

#endif /* MSSL_LIB_ISSUE_REHEARSAL_H */
