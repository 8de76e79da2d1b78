/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_LIB_STEWARD_TIDINGS_H
#define MSSL_LIB_STEWARD_TIDINGS_H

/**
 * @file tidings.h
 * What a command is to be told of certificates that are made here, and when: from the jobs (contract,
 * sections 13 and 14). One event each, all names of it together, not more often than
 * MSSLNotifyCommand's every=; the first at once.
 *
 * issued: a first certificate of a name, one that was asked for, and one that ends a run of failures
 * that was told; no other renewal. failed: at the third failure in a row, at once where time mends
 * nothing; once for a run of failures. pending: somebody must act, also where one in service ends that is
 * not ordered by itself. declined: nothing more is tried.
 * So is what serves, and is renewed beside an order (lib/issue/meanwhile.h): failed, and issued after that.
 * What is not so any more by the time that it could be told is not told. Of a name the last is told.
 * The same is told once, however often it is heard of: a steward that begins hears of all jobs, as what
 * ended between two stewards is known by the jobs alone.
 *
 * Outside of pools. Bounded: of names above MSSL_TIDINGS_MAX it is told how many they are. Pure of
 * clocks and programs. One thread.
 */

#include <apr_pools.h>

#include "lib/issue/task.h"
#include "lib/steward/tiding.h"

/** Names that it knows at once. */
#define MSSL_TIDINGS_MAX 10000
/** Of a reason so much, the NUL included. */
#define MSSL_TIDING_REASON 640

/** What is told at once. */
typedef struct mssl_tidings_batch_t {
    mssl_event_t event;
    const mssl_tiding_t *item; /**< the first of them */
    int nitems, n;             /**< n: all of them */
    apr_uint64_t place;        /**< what came until then is in it */
    int unnamed;               /**< so many of them are not known by name */
    const char *reader;        /**< all are of this one; NULL: of any, or none */
} mssl_tidings_batch_t;

/** Whether somebody may be told of an event now. */
typedef int (*mssl_tidings_may_fn)(void *baton, const char *reader, mssl_event_t event);

/** Who is to be told of a name. @return NULL: nobody of its own */
typedef const char *(*mssl_tidings_reader_fn)(void *baton, const char *name);

/** Nothing is known. Freed with the pool. */
mssl_tidings_t *mssl_tidings_make(apr_pool_t *pool);

/**
 * A task has ended.
 * @param job as it is now
 * @param task MSSL_TASKS: none, it was found so; what is older than an hour is no news then, but what
 *        fails is
 * @return whether something changed
 */
int mssl_tidings_note(mssl_tidings_t *tidings, const mssl_job_t *job, mssl_task_t task,
                      apr_time_t now);

/** There is no job of that name any more. @return whether something changed */
int mssl_tidings_forget(mssl_tidings_t *tidings, const char *name);

/**
 * What is to be told now. Changes nothing.
 * @param max items
 * @param batch out, in pool
 * @return 0: nothing is
 */
int mssl_tidings_due(const mssl_tidings_t *tidings, apr_time_t now, apr_interval_time_t every,
                     int max, mssl_tidings_batch_t *batch, apr_pool_t *pool);

/** Say who is told of a name. @param reader copied; NULL: nobody of its own */
void mssl_tidings_set_reader(mssl_tidings_t *tidings, const char *name, const char *reader);

/** The same of all that is to be told. */
void mssl_tidings_find_readers(mssl_tidings_t *tidings, mssl_tidings_reader_fn find, void *baton);

/**
 * As mssl_tidings_due(), of one reader that may be told now, whenever others were. Of names that have
 * none nothing is due.
 */
int mssl_tidings_due_to(const mssl_tidings_t *tidings, mssl_tidings_may_fn may, void *baton, int max,
                        mssl_tidings_batch_t *batch, apr_pool_t *pool);

/** It was told; what came meanwhile was not. */
void mssl_tidings_told(mssl_tidings_t *tidings, const mssl_tidings_batch_t *batch, apr_time_t now);

/**
 * As a file that survives reboots, beside the command's others (memory.h): NAME.jobs.
 * @param dir descriptor of the folder
 * @param tidings in and out, empty
 * @return as mssl_memory_load()
 */
apr_status_t mssl_tidings_load(mssl_tidings_t *tidings, int dir, const char *name, apr_pool_t *pool,
                               mssl_reason_t *why);
apr_status_t mssl_tidings_save(const mssl_tidings_t *tidings, int dir, const char *name,
                               apr_pool_t *pool, mssl_reason_t *why);

#endif /* MSSL_LIB_STEWARD_TIDINGS_H */
