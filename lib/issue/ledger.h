/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_LIB_ISSUE_LEDGER_H
#define MSSL_LIB_ISSUE_LEDGER_H

/**
 * @file ledger.h
 * Orders written down, for MSSLIssueLimit: which issuer was asked for what, when. Scheduled renewals
 * are not: CAs exempt them, and so do we. In memory, and as MSSLStateDir/orders/ISSUER, lines
 * "TIME CAUSE NAME", so that a restart forgets none. One thread.
 */

#include "lib/issue/job.h"
#include "lib/issue/settings.h"

/** No limit looks back further. */
#define MSSL_LEDGER_SPAN apr_time_from_sec(31 * 86400)

typedef struct mssl_ledger_t mssl_ledger_t;

/** @param folder descriptor of MSSLStateDir/orders, the caller's; -1: nothing is kept on disk */
mssl_ledger_t *mssl_ledger_make(int folder, apr_pool_t *pool);

/**
 * Read what an issuer's file has, and write it anew without what no limit asks for any more.
 * @param since orders before that are over: MSSL_LEDGER_SPAN ago; those behind now (of a clock that
 *        was ahead) count as of now
 * @return APR_SUCCESS, also where there is none; other, with why: some or all are not known
 */
apr_status_t mssl_ledger_load(mssl_ledger_t *ledger, const char *issuer, apr_time_t since,
                              mssl_reason_t *why);

/** Read those of all issuers. @param report told of each that is not known, or in parts */
void mssl_ledger_load_all(mssl_ledger_t *ledger, const mssl_issuing_t *issuing, apr_time_t since,
                          void (*report)(void *baton, const char *text), void *baton);

/**
 * An order is about to be made.
 * @param why MSSL_WHY_RENEWAL: nothing is written down
 * @return APR_SUCCESS; other, with why: it counts, and a restart forgets it
 */
apr_status_t mssl_ledger_note(mssl_ledger_t *ledger, const char *issuer, const char *name,
                              mssl_job_why_t cause, apr_time_t now, mssl_reason_t *why);

/**
 * The order that was noted last is not made: it counts no more.
 * @param now, the others: as they were given to mssl_ledger_note(), and nothing was noted since
 */
void mssl_ledger_take_back(mssl_ledger_t *ledger, const char *issuer, const char *name,
                           mssl_job_why_t cause, apr_time_t now);

/**
 * When an order may be made.
 * @param id out: which limit is the last to let it; may be NULL
 * @return 0: now; else then
 */
apr_time_t mssl_ledger_get_free(const mssl_ledger_t *ledger, const mssl_issuing_t *issuing,
                                const char *issuer, const char *name, mssl_job_why_t cause,
                                apr_time_t now, mssl_limit_id_t *id);

/** The same of the one limit that all first orders of an issuer share. */
apr_time_t mssl_ledger_get_free_orders(const mssl_ledger_t *ledger, const mssl_issuing_t *issuing,
                                       const char *issuer, apr_time_t now);

/** How many more a limit lets now. @param name of no account where the limit is of all orders */
int mssl_ledger_get_left(const mssl_ledger_t *ledger, const mssl_issuing_t *issuing,
                         mssl_limit_id_t id, const char *issuer, const char *name, apr_time_t now);

#endif /* MSSL_LIB_ISSUE_LEDGER_H */
