/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_LIB_ISSUE_WORK_H
#define MSSL_LIB_ISSUE_WORK_H

/**
 * @file work.h
 * What is done for one name, from its first order to a pair in service: in a process of its own that
 * the steward forks, under the lock of the name, step by step on disk, so that whatever ends it at
 * whatever point, the next one goes on:
 *
 *     key and CSR in keys/, request, state "ordered" in jobs/   (reused by whoever comes after)
 *     the issuer is run: work/NAME is its folder
 *     its chain is judged (accept.h)
 *     one file, one rename, in issued/; state "installed"
 *     handshakes confirm it
 *
 * One thread; SIGCHLD blocked.
 */

#include "lib/issue/task.h"

/**
 * Do it. Blocks, for minutes. The caller holds the lock. What came of it stands in the job, which is
 * on disk; next is set by mssl_plan_*() (plan.h).
 * @param job as loaded under the lock; out: as it is now
 * @return APR_SUCCESS: the job says how it went; APR_ENOTIMPL: the issuer has no verb for
 *         MSSL_TASK_ADVISE; other, with why: the job could not be written
 */
apr_status_t mssl_work(const mssl_work_conf_t *conf, mssl_task_t task, mssl_job_t *job,
                       apr_pool_t *pool, mssl_reason_t *why);

#endif /* MSSL_LIB_ISSUE_WORK_H */
