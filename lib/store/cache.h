/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_LIB_STORE_CACHE_H
#define MSSL_LIB_STORE_CACHE_H

/**
 * @file cache.h
 * Answers by (source, key). Bounded: keys that have files are kept up to a number, least recently
 * used out first; keys that have none in a list of their own, so that a flood of random names
 * pushes no pair out. All memory is malloc'ed per entry and freed with it. One lock, held for the
 * hash and the lists only; nobody holds it while files are read.
 *
 * A lookup is begin(), and, where that says so, a load by the caller and end(). While a caller
 * loads a cold key, others that begin the same key wait for it, and nobody else; while it refreshes
 * one, they get the answer that is there.
 */

#include "lib/store/answer.h"

typedef struct mssl_cache_t mssl_cache_t;
typedef struct mssl_entry_t mssl_entry_t;

/**
 * What is known about a key. Handed out by begin(), changed by the caller that loads, taken back by
 * end().
 */
typedef struct mssl_state_t {
    mssl_answer_t *answer; /**< a reference, or NULL */
    /** APR_SUCCESS: files are there, see answer; APR_NOTFOUND; other: could not be asked */
    apr_status_t rv;
    mssl_stamp_t stamp;    /**< of the files that answer was made from */
    int has_stamp;
    /** it took long to find out: not again before so long, microseconds */
    apr_interval_time_t rest;
    /** hashes of what was reported last, 0 nothing */
    apr_uint32_t told_bad, told_dates, told_note, told_busy;
} mssl_state_t;

typedef enum {
    MSSL_CACHE_ANSWER = 1, /**< state is the answer; the caller releases state->answer */
    MSSL_CACHE_LOAD        /**< the caller loads and calls end() */
} mssl_cache_verdict_t;

/** @return to be freed by mssl_cache_free(); NULL when memory is short */
mssl_cache_t *mssl_cache_new(const mssl_store_conf_t *conf);
void mssl_cache_free(mssl_cache_t *cache); /**< no other thread uses it any more */

/**
 * Ask for a key.
 * @param filed when its source had something new last, of whatever key; 0: not known
 * @param state out: what is known (for LOAD: so far)
 * @param entry out: for LOAD, to hand to end()
 * @return see above; no memory, or nothing to wait by: ANSWER with rv APR_ENOMEM; another thread
 *         loads the key for the first time and takes long: ANSWER with rv APR_EBUSY
 */
mssl_cache_verdict_t mssl_cache_begin(mssl_cache_t *cache, int source, const char *key,
                                      apr_time_t now, apr_time_t filed, mssl_state_t *state,
                                      mssl_entry_t **entry);

/** Put in what was loaded. The cache takes a reference of its own; state stays the caller's. */
void mssl_cache_end(mssl_cache_t *cache, mssl_entry_t *entry, apr_time_t now,
                    const mssl_state_t *state);

/** Adds its counters. */
void mssl_cache_get_stats(mssl_cache_t *cache, mssl_store_stats_t *stats);

#endif /* MSSL_LIB_STORE_CACHE_H */
