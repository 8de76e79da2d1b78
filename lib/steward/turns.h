/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_LIB_STEWARD_TURNS_H
#define MSSL_LIB_STEWARD_TURNS_H

/**
 * @file turns.h
 * The processes that work on names, forked by the steward, one for each turn. They go on when it ends.
 * One thread; SIGCHLD blocked.
 */

#include "lib/issue/schedule.h"

/** A process at work. */
typedef struct mssl_worker_t {
    pid_t pid; /**< 0: none */
    mssl_task_t task;
    char name[MSSL_NAME_SIZE];
} mssl_worker_t;

/** Zeroed: none works. */
typedef struct mssl_turns_t {
    mssl_worker_t worker[MSSL_TURNS + 1]; /**< the last is for MSSL_TASK_ADVISE alone */
} mssl_turns_t;

/**
 * Fork one.
 * @param work in the new process, whose signals are as a program's at its start, but for SIGCHLD,
 *        which stays blocked. @return its exit code
 * @return APR_SUCCESS; APR_EAGAIN: there is no room for it; other: it cannot be forked
 */
apr_status_t mssl_turns_begin(mssl_turns_t *turns, const mssl_turn_t *turn, int (*work)(void *baton),
                              void *baton);

/**
 * Call for each that has ended since; it is no more then.
 * @param ended code: the exit code; -1: ended by a signal
 */
void mssl_turns_reap(mssl_turns_t *turns,
                     void (*ended)(void *baton, const mssl_worker_t *worker, int code), void *baton);

/** Whether one more can be begun: MSSL_TURNS at once, and beside them one of MSSL_TASK_ADVISE. */
int mssl_turns_has_room(const mssl_turns_t *turns, mssl_task_t task);

int mssl_turns_count(const mssl_turns_t *turns);

#endif /* MSSL_LIB_STEWARD_TURNS_H */
