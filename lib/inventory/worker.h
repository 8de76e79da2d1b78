/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_LIB_INVENTORY_WORKER_H
#define MSSL_LIB_INVENTORY_WORKER_H

/**
 * @file worker.h
 * The thread that walks one source, for walk.c. First the keys that are in use, then all others that
 * the source lists, with the names that it lists nowhere (find.h) behind the one whose files they
 * are in; last what is known from before and was not met: it is gone, or was such a name. It reads and judges without a lock, and takes
 * down what it found under one. Whoever began it may give it up when it comes no further: then it
 * takes nothing down any more, should it ever come back.
 */

#include <pthread.h>

#include "lib/inventory/file.h"
#include "lib/inventory/served.h"
#include "lib/store/store.h"

/** Whether a key of a source is in use; any thread. */
typedef int (*mssl_used_fn)(void *baton, int source, const char *key);

/** What the walks of all sources share. */
typedef struct mssl_desk_t {
    const mssl_store_t *store;
    int rate;                  /**< keys a second at most; 0: no bound */
    mssl_used_fn is_used;      /**< NULL: nobody knows */
    void *used_baton;
    const mssl_served_t *served; /**< the history; NULL: none is kept */
    const mssl_served_t *serving; /**< the same, where what it has serves; NULL: nothing does */
    pthread_mutex_t lock;      /**< of what follows */
    mssl_book_t *book;
    mssl_progress_t progress;
    int has_lost;              /**< a key was taken out of the book */
} mssl_desk_t;

typedef struct mssl_worker_t mssl_worker_t;

/**
 * Begin with the source and the key that progress is at.
 * @return NULL: no thread is to be had
 */
mssl_worker_t *mssl_worker_begin(mssl_desk_t *desk);

/** When it came further last, by the clock that nobody sets; any thread. */
apr_time_t mssl_worker_get_time(const mssl_worker_t *worker);

/** @return 1: it is through, mssl_worker_end() does not wait. The desk's lock is not held */
int mssl_worker_is_done(mssl_worker_t *worker);

/** From now on it takes nothing down. The desk's lock is not held. */
void mssl_worker_give_up(mssl_worker_t *worker);

/**
 * Wait for it. It is gone then.
 * @return APR_SUCCESS: the source was read to its end; APR_ENOTIMPL: it tells no names; other, with
 *         why
 */
apr_status_t mssl_worker_end(mssl_worker_t *worker, mssl_reason_t *why);

#endif /* MSSL_LIB_INVENTORY_WORKER_H */
