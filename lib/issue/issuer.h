/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_LIB_ISSUE_ISSUER_H
#define MSSL_LIB_ISSUE_ISSUER_H

/**
 * @file issuer.h
 * Running an issuer: a foreign program that speaks with a CA. It has no right (MSSL_ROLE_ISSUER in
 * lib/process/rights.c), and where the kernel has Landlock it sees what programs are linked against,
 * its own folder and the files that its arguments name; it writes in work/NAME, accounts/ISSUER and
 * the folder of challenges alone. What it leaves behind in its session ends with it. One thread; SIGCHLD
 * blocked.
 *
 *     PROGRAM ARGUMENT... VERB
 *
 * | environment | |
 * |---|---|
 * | MSSL_NAME | the name, or "*.parent"; the first of several |
 * | MSSL_NAMES | all names of the order, with a blank between |
 * | MSSL_CSR | path of the request, PEM |
 * | MSSL_CHAIN | where the chain goes, PEM, leaf first; of revoke: the chain that is to be revoked |
 * | MSSL_CHALLENGE_DIR, MSSL_ACCOUNT_DIR | folders that outlive the order |
 * | MSSL_REQUEST | a number of ours for the order, on disk before it is begun |
 * | MSSL_ORDER | the issuer's own name for it, as it said in "result"; not set: it said none |
 * | MSSL_REPLACES | of a renewal: path of the chain in service |
 * | MSSL_APPROVER, MSSL_TERM | of "msslctl request": who approves by mail, for how long |
 * | MSSL_OWNER_FILE | path of who is to be named in it (owner.h), there while the program runs |
 * | MSSL_REASON | of revoke: a word of RFC 5280 section 5.3.1 |
 * | MSSL_CONTACT | of --contact |
 * | MSSL_STAGING | 1: the CA of --staging is asked, for a trial; the account is another one |
 * | PATH, LANG, HOME, TMPDIR | the last two are its working folder |
 */

#include "lib/issue/result.h"
#include "lib/issue/task.h"
#include "lib/notify/program.h"

/** Files of a working folder. The end of what the issuer said goes to the last. */
#define MSSL_WORK_CSR "csr.pem"
#define MSSL_WORK_CHAIN "chain.pem"
#define MSSL_WORK_REPLACES "replaces.pem"
#define MSSL_WORK_OWNER "owner"
#define MSSL_WORK_LOG "log"

/**
 * Run a verb to its end.
 * @param folder descriptor of work/NAME, in which the files above lie as the verb needs them
 * @param result out
 * @param why out: what was wrong with the program where its outcome is MSSL_OUTCOME_FAILED
 */
mssl_outcome_t mssl_issuer_run(mssl_result_t *result, const mssl_work_conf_t *conf,
                               const mssl_issuer_t *issuer, const char *verb, const mssl_job_t *job,
                               int folder, apr_pool_t *pool, mssl_reason_t *why);

/**
 * Have its account at the CA made, where that has not been done for this directory: one at a time
 * for an account. What "registered" in accounts/ISSUER says is taken back by mssl_issuer_forget().
 * @return as mssl_issuer_run(): MSSL_OUTCOME_DONE: there is one
 */
mssl_outcome_t mssl_issuer_register(mssl_result_t *result, const mssl_work_conf_t *conf,
                                    const mssl_issuer_t *issuer, const mssl_job_t *job, int folder,
                                    apr_pool_t *pool, mssl_reason_t *why);

/**
 * Run its verb "check": whether it has what it needs. It is told PATH, LANG, HOME and TMPDIR alone, and
 * sees no account.
 * @param said out: the end of what it wrote on standard error, for the admin
 * @param conf with the issuer; is_staging is set
 * @param folder descriptor of that of trials
 * @return MSSL_OUTCOME_DONE, _NO_VERB; _FAILED: with why, or said in its own words
 */
mssl_outcome_t mssl_issuer_check(mssl_tail_t *said, const mssl_work_conf_t *conf, int folder,
                                 apr_pool_t *pool, mssl_reason_t *why);

/** The CA does not know the account: it is to be made anew. */
void mssl_issuer_forget(const mssl_work_conf_t *conf, const mssl_issuer_t *issuer);

#endif /* MSSL_LIB_ISSUE_ISSUER_H */
