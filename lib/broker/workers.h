/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_LIB_BROKER_WORKERS_H
#define MSSL_LIB_BROKER_WORKERS_H

/**
 * @file workers.h
 * Threads that work on names, so that no name holds up another. One name keeps one worker: whoever
 * else asks for it meanwhile waits a moment, and is then to be told that it is busy. A source has
 * only a part of the workers. One that hangs (a hung file system) is no longer counted, neither for
 * its source nor for all, and another is started in its place, up to MSSL_WORKERS_MAX: so many
 * names can hang at a time before others notice.
 */

#include <apr_pools.h>
#include <apr_time.h>

#include "lib/base/name.h"

/** Threads at the most, those that hang included. */
#define MSSL_WORKERS_MAX 64
/** A worker that needs longer for a name than this hangs: who waits behind it is answered in time. */
#define MSSL_WORKERS_HANG_AFTER APR_USEC_PER_SEC
/** Who asks for a name that a worker is at waits so long before it is told that it is busy. */
#define MSSL_WORKERS_BUSY_AFTER (APR_USEC_PER_SEC / 4)

/**
 * Who waits for a worker is told after so long that it is busy: the asker, who has waited for
 * MSSL_BROKER_TIMEOUT next, would blame the name, or its source.
 */
#define MSSL_WORKERS_QUEUE_MAX (3 * APR_USEC_PER_SEC / 2)

/** What a worker is to do. The asker's; belongs to the workers from add() until it is run. */
typedef struct mssl_job_t {
    struct mssl_job_t *behind; /**< the workers' own */
    apr_time_t asked;          /**< the workers' own */
    int source;
    char key[MSSL_NAME_SIZE];
} mssl_job_t;

/**
 * Do a job. Any worker's thread, no lock held.
 * @param is_busy somebody is at this name, and has been for a while, or no worker is to be had: say
 *        so, without waiting; then it may also be the thread of mssl_workers_tick()
 * @param pool the thread's own, cleared afterwards
 */
typedef void (*mssl_workers_run_fn)(void *baton, mssl_job_t *job, int is_busy, apr_pool_t *pool);

typedef struct mssl_workers_t mssl_workers_t;

/**
 * Start them.
 * @param n threads that do not hang, at the most
 * @param a_source at most so many of them for one source
 * @return NULL: not even one thread could be had
 */
mssl_workers_t *mssl_workers_new(int n, int a_source, mssl_workers_run_fn run, void *baton);

/** Hand over a job. Any thread. */
void mssl_workers_add(mssl_workers_t *workers, mssl_job_t *job);

/**
 * Start others for those that hang, and run jobs that have waited too long as busy. To be called by
 * one thread, from time to time while jobs wait.
 * @return whether any do
 */
int mssl_workers_tick(mssl_workers_t *workers);

/** End them; no job is waiting or worked on any more. */
void mssl_workers_free(mssl_workers_t *workers);

#endif /* MSSL_LIB_BROKER_WORKERS_H */
