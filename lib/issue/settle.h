/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_LIB_ISSUE_SETTLE_H
#define MSSL_LIB_ISSUE_SETTLE_H

/**
 * @file settle.h
 * The tasks of work.h that order nothing. Part of work.c. One thread.
 */

#include "lib/issue/ending.h"

/**
 * APPROVE, DECLINE, LEAVE, RETURN, RETIRE, FORGET, REVOKE, RESEND. The job is not written.
 * @return APR_SUCCESS: the job says how it went; other, with working->why
 */
apr_status_t mssl_settle(mssl_working_t *working, mssl_task_t task);

/** The end of FORGET: the job's file, the working folder and its lock are removed. */
apr_status_t mssl_settle_forget(mssl_working_t *working);

#endif /* MSSL_LIB_ISSUE_SETTLE_H */
