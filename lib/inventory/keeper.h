/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_LIB_INVENTORY_KEEPER_H
#define MSSL_LIB_INVENTORY_KEEPER_H

/**
 * @file keeper.h
 * The thread that puts pairs into the history (history.h), whoever installed them: behind a walk,
 * each pair that its name has in service and that is not there yet. Slower than a walk, as every
 * file goes to the disk; what is kept is noted in the book, so that each is written once. What it
 * has kept serves where the files of its name are bad later (served.h).
 */

#include "lib/inventory/worker.h"

typedef struct mssl_keeper_t mssl_keeper_t;

/** How it goes through the book. */
typedef struct mssl_keeper_conf_t {
    int versions; /**< of each name and key type */
    int rate;     /**< pairs a second that are written, at most; 0: no bound */
    int sweeps;   /**< take out what is in no store any more, too (sweep.h) */
    int checks;   /**< what the book says is kept may be gone from the history: look */
} mssl_keeper_conf_t;

/**
 * Go through the book of the desk, whose history is there.
 * @return NULL: no thread is to be had
 */
mssl_keeper_t *mssl_keeper_begin(mssl_desk_t *desk, const mssl_keeper_conf_t *conf);

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
