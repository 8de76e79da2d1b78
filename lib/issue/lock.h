/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_LIB_ISSUE_LOCK_H
#define MSSL_LIB_ISSUE_LOCK_H

/** @file lock.h The lock of a name, without which nobody works on it. Any process of the steward's. */

#include "mod_mssl.h"

/**
 * Take the lock of a name: work/NAME.lock. Given back when the descriptor is closed, or its holder ends.
 * @return APR_SUCCESS; APR_EAGAIN: another process works on it; other, with why
 */
apr_status_t mssl_lock_take(int *fd, int dir, const char *name, mssl_reason_t *why);

#endif /* MSSL_LIB_ISSUE_LOCK_H */
