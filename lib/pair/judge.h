/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_LIB_PAIR_JUDGE_H
#define MSSL_LIB_PAIR_JUDGE_H

/**
 * @file judge.h
 * Whether what lies under a key is a usable pair of that key (contract section 1). Any thread.
 */

#include "lib/pair/pair.h"

/**
 * Judge one item.
 * @param pair out: one reference, owned by the caller; NULL on failure
 * @param chains may be NULL
 * @return APR_SUCCESS; APR_NOTFOUND: a good pair that is not this key's and need not be
 *         (is_shared); other, with why: a bad pair
 */
apr_status_t mssl_judge_item(mssl_pair_t **pair, const mssl_item_t *item, const char *key,
                             mssl_chains_t *chains, mssl_reason_t *why);

/** Who judges for others: what it takes to do so fast. Immutable. */
typedef struct mssl_judge_t mssl_judge_t;

/** @param pool ends it */
apr_status_t mssl_judge_make(mssl_judge_t **judge, apr_pool_t *pool);

/**
 * For who reads with more rights than the one who asks (the broker): leave nothing in a material
 * but the usable pairs of a key. Their certificates and the one key are written anew as PEM, so
 * that no other byte of the files goes along; a bad item keeps its reason and loses its bytes. What
 * is taken out is wiped.
 * @param judge a mssl_judge_t; any thread
 * @param pool the material's
 */
void mssl_judge_material(void *judge, const char *key, mssl_material_t *material,
                         apr_pool_t *pool);

/** Whether an item that was judged is valid at that time. */
int mssl_judge_is_valid(const mssl_item_t *item, apr_time_t now);

#endif /* MSSL_LIB_PAIR_JUDGE_H */
