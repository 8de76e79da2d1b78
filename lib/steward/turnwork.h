/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_LIB_STEWARD_TURNWORK_H
#define MSSL_LIB_STEWARD_TURNWORK_H

/**
 * @file turnwork.h
 * What a process that works on one name (turns.h) is told, and what it does: read the job, have the
 * work done (lib/issue/work.h), and end. It has the lock of the name from the steward. One thread.
 */

#include "lib/issue/schedule.h"
#include "lib/steward/trouble.h"

typedef struct mssl_turnwork_t {
    int dir;                  /**< descriptor of MSSLStateDir */
    int folder;               /**< of jobs/ */
    const char *state_dir;
    const mssl_issuing_t *issuing;
    const char *const *confirm; /**< addresses, as of mssl_work_conf_t */
    const mssl_turn_t *turn;
    char reason[33];          /**< of a revocation; "" */
    mssl_trouble_t *trouble;  /**< what was told already */
    int renews;               /**< as of mssl_work_conf_t */
    apr_pool_t *pool;
    /** Before it works: close what only the steward is to hold. */
    void (*leave)(void *baton);
    void (*report)(void *baton, const char *text);
    void *baton;
} mssl_turnwork_t;

/** The exit code where the issuer has no verb for MSSL_TASK_ADVISE. */
#define MSSL_TURNWORK_NO_VERB 254
/** And where it is no error of the system's. */
#define MSSL_TURNWORK_OTHER 255

/**
 * @param told mssl_turnwork_t *
 * @return the exit code of the process; 0: the job's file is written, or removed; else why not, as
 *         errno, which is reported unless it was told already
 */
int mssl_turnwork_run(void *told);

#endif /* MSSL_LIB_STEWARD_TURNWORK_H */
