/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_LIB_STORE_ANSWER_H
#define MSSL_LIB_STORE_ANSWER_H

/**
 * @file answer.h
 * What a source has for a key: its usable pairs in order, read-only once made, and counted. Any
 * thread.
 */

#include "lib/store/store.h"

typedef struct mssl_answer_t {
    unsigned refs;     /**< atomic */
    int is_excluded;   /**< NAME.none: see mssl_material_t */
    int npairs;
    mssl_pair_t *pair[]; /**< a reference each */
} mssl_answer_t;

/**
 * @param pairs a new reference is taken of each @return one reference; NULL when memory is short
 */
mssl_answer_t *mssl_answer_new(mssl_pair_t *const *pairs, int npairs, int is_excluded);
mssl_answer_t *mssl_answer_ref(mssl_answer_t *answer); /**< NULL is fine */
void mssl_answer_unref(mssl_answer_t *answer);         /**< NULL is fine */

/** The pair that came from a file, borrowed, or NULL. answer may be NULL. */
mssl_pair_t *mssl_answer_find(const mssl_answer_t *answer, const char *label);

/**
 * The best rank (mssl_pair_get_rank()) among pairs; below that of any where there are none. Some may
 * be NULL.
 */
int mssl_answer_rank(mssl_pair_t *const *pair, int n, apr_time_t now);

/**
 * Weigh one more answer, given in the order of preference: the first that has a pair of the best
 * rank (mssl_pair_get_rank()) wins with all its pairs of that rank. Per key type the first of its
 * pairs counts.
 * @param choice what was chosen so far; zeroed before the first
 * @param answer NULL: nothing
 * @return 1 when a pair of the highest rank is chosen: the rest need not be weighed
 */
int mssl_answer_weigh(mssl_choice_t *choice, const mssl_answer_t *answer, apr_time_t now);

#endif /* MSSL_LIB_STORE_ANSWER_H */
