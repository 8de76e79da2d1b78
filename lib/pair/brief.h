/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_LIB_PAIR_BRIEF_H
#define MSSL_LIB_PAIR_BRIEF_H

/**
 * @file brief.h
 * What judge.h says of an item, for who wants the verdict and the dates of very many pairs, and
 * none of the pairs: a fifth of the time. What is plain at first sight is not decoded further; all else
 * is judged in full. The verdict is the same (a unit test holds one against the other), but for the
 * staple, which is left out.
 */

#include "lib/pair/pair.h"

/** What is known of a good pair. */
typedef struct mssl_brief_t {
    mssl_key_type_t type;
    mssl_dates_t dates;
    unsigned char sha256[MSSL_SHA256_LEN]; /**< of the certificate's DER */
    int signs_itself;        /**< browsers warn of it, wherever it came from */
} mssl_brief_t;

/** Who judges, with what it saw of chains, which many pairs have in common. One thread. */
typedef struct mssl_briefs_t mssl_briefs_t;

/** One for each round of many: which issuer is taken depends on the time. @param pool ends it */
apr_status_t mssl_briefs_make(mssl_briefs_t **briefs, apr_pool_t *pool);

/** As mssl_judge_item(). @param brief out, on APR_SUCCESS */
apr_status_t mssl_briefs_judge(mssl_briefs_t *briefs, const mssl_item_t *item, const char *key,
                               mssl_brief_t *brief, mssl_reason_t *why);

#endif /* MSSL_LIB_PAIR_BRIEF_H */
