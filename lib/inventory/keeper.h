/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_LIB_INVENTORY_KEEPER_H
#define MSSL_LIB_INVENTORY_KEEPER_H

/**
 * @file keeper.h
 * The thread that puts pairs into the history (history.h), whoever installed them: behind a walk,
 * each pair that its name has in service and that is not there yet. Slower than a walk, as every
 * file goes to the disk; what is kept is noted in the book, so that each is written once.
 */

#include "lib/inventory/worker.h"

typedef struct mssl_keeper_t mssl_keeper_t;

/**
 * Go through the book.
 * @param dir descriptor of the folder history
 * @param versions of each name and key type
 * @param rate pairs a second at most; 0: no bound
 * @param sweeps take out what is in no store any more, too (sweep.h)
 * @return NULL: no thread is to be had
 */
mssl_keeper_t *mssl_keeper_begin(mssl_desk_t *desk, int dir, int versions, int rate,
                                   int sweeps);

/** @return 1: it is through, mssl_keeper_end() does not wait. The desk's lock is not held */
int mssl_keeper_is_done(mssl_keeper_t *keeper);

/** It ends behind the pair at hand. */
void mssl_keeper_stop(mssl_keeper_t *keeper);

/**
 * Wait for it. It is gone then.
 * @return APR_SUCCESS; other, with why: the history cannot be written
 */
apr_status_t mssl_keeper_end(mssl_keeper_t *keeper, mssl_reason_t *why);

#endif /* MSSL_LIB_INVENTORY_KEEPER_H */
