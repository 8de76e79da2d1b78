/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_LIB_BASE_PATIENCE_H
#define MSSL_LIB_BASE_PATIENCE_H

/**
 * @file patience.h
 * How long one process waits for another. Counted is time in which the other could have answered: a
 * clock that is set does not matter, and where this process stood still itself (a machine that was
 * paused for a snapshot or moved to another host, a process that was stopped), the other most likely
 * did, too. So it is waited in steps, and a step that took much longer than it should counts as
 * little more than one.
 *
 * A value of the caller's, for one thread at a time.
 */

#include <apr_time.h>

/** Longest step to wait at a time. */
#define MSSL_PATIENCE_STEP (APR_USEC_PER_SEC / 10)
/** What a step counts at the most, however long it took. */
#define MSSL_PATIENCE_STEP_MAX (2 * MSSL_PATIENCE_STEP)

typedef struct mssl_patience_t {
    apr_interval_time_t left;
    apr_time_t seen; /**< monotonic, when left was so */
} mssl_patience_t;

/** @param now of mssl_monotonic_now(), here as below */
void mssl_patience_begin(mssl_patience_t *patience, apr_interval_time_t span, apr_time_t now);

/** How long to wait next, microseconds, at most MSSL_PATIENCE_STEP; 0: it is over. */
apr_interval_time_t mssl_patience_next(mssl_patience_t *patience, apr_time_t now);

#endif /* MSSL_LIB_BASE_PATIENCE_H */
