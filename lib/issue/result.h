/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_LIB_ISSUE_RESULT_H
#define MSSL_LIB_ISSUE_RESULT_H

/**
 * @file result.h
 * What an issuer program says of its work: its exit code, and the file "result" in its working
 * folder, of lines "field: value". Foreign bytes: bounded, no link is followed, a line that is not
 * known or not good is passed over. Any thread.
 *
 *     order: TEXT        its own name for the order, handed back as MSSL_ORDER
 *     poll-after: SECONDS
 *     waits-for: TEXT    who must do what
 *     class: WORD        dns, connection, unauthorized, caa, policy; with exit 20; funds with 32
 *     retry-at: TIME     RFC 3339 in UTC, or seconds since 1970
 *     renew-at: TIME
 *     paid-until: TIME
 *     text: TEXT         what went wrong, in the CA's own words
 */

#include "lib/issue/job.h"

#define MSSL_RESULT_FILE "result"
/** The file is no larger, bytes. */
#define MSSL_RESULT_MAX 16384

/** What came of a verb. */
typedef enum {
    MSSL_OUTCOME_DONE = 0,
    MSSL_OUTCOME_NO_VERB,  /**< the issuer has none of that name */
    MSSL_OUTCOME_PENDING,
    MSSL_OUTCOME_FAILED,   /**< of result->class */
    MSSL_OUTCOME_DECLINED, /**< or cancelled */
    MSSL_OUTCOME_NO_ORDER  /**< of poll: it knows no such order */
} mssl_outcome_t;

/** Zeroed: nothing was said. Texts are printable. */
typedef struct mssl_result_t {
    char order[256];
    char waits_for[MSSL_JOB_TEXT_SIZE];
    char text[MSSL_JOB_TEXT_SIZE];
    mssl_class_t class;
    apr_time_t poll_after, retry_at, renew_at, paid_until; /**< points in time; 0: none */
} mssl_result_t;

/**
 * Read it.
 * @param result out: what is there and good; zeroed where there is none
 * @param folder descriptor of the working folder
 */
void mssl_result_read(mssl_result_t *result, int folder, apr_time_t now, apr_pool_t *pool);

/**
 * What an exit code means.
 * @param code -1: it ended by a signal, or in no time
 * @param result in: as it was read; out: its class, where it failed, else MSSL_CLASS_NONE
 */
mssl_outcome_t mssl_result_judge(mssl_result_t *result, int code);

#endif /* MSSL_LIB_ISSUE_RESULT_H */
