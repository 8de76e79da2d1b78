/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "lib/steward/turns.h"

#include <apr_strings.h>
#include <errno.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#define ALL (MSSL_TURNS + 1)

/* @return ALL: there is none */
static int find_free(const mssl_turns_t *turns, mssl_task_t task)
{
    int i = task == MSSL_TASK_ADVISE ? MSSL_TURNS : 0, end = task == MSSL_TASK_ADVISE ? ALL : MSSL_TURNS;

    while (i < end && turns->worker[i].pid != 0) {
        i++;
    }
    return i < end ? i : ALL;
}

int mssl_turns_has_room(const mssl_turns_t *turns, mssl_task_t task)
{
    return find_free(turns, task) < ALL;
}

/* It is to end when it is told to; what it began goes on from its files. */
static void reset_signals(void)
{
    sigset_t blocked;

    signal(SIGTERM, SIG_DFL);
    signal(SIGINT, SIG_DFL);
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGCHLD);
    sigprocmask(SIG_SETMASK, &blocked, NULL);
}

apr_status_t mssl_turns_begin(mssl_turns_t *turns, const mssl_turn_t *turn, int (*work)(void *baton),
                              void *baton)
{
    int place = find_free(turns, turn->task);
    mssl_worker_t *worker;
    pid_t pid;

    if (place == ALL) {
        return APR_EAGAIN;
    }
    worker = &turns->worker[place];
    pid = fork();
    if (pid == 0) {
        reset_signals();
        _exit(work(baton));
    }
    if (pid < 0) {
        return errno;
    }
    worker->pid = pid;
    worker->task = turn->task;
    apr_cpystrn(worker->name, turn->name, sizeof(worker->name));
    return APR_SUCCESS;
}

void mssl_turns_reap(mssl_turns_t *turns,
                     void (*ended)(void *baton, const mssl_worker_t *worker, int code), void *baton)
{
    int i, status;

    for (i = 0; i < ALL; i++) {
        mssl_worker_t worker = turns->worker[i];

        if (worker.pid != 0 && waitpid(worker.pid, &status, WNOHANG) == worker.pid) {
            turns->worker[i].pid = 0;
            ended(baton, &worker, WIFEXITED(status) ? WEXITSTATUS(status) : -1);
        }
    }
}

int mssl_turns_count(const mssl_turns_t *turns)
{
    int i, n = 0;

    for (i = 0; i < ALL; i++) {
        n += turns->worker[i].pid != 0;
    }
    return n;
}
