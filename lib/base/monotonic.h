/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_LIB_BASE_MONOTONIC_H
#define MSSL_LIB_BASE_MONOTONIC_H

/**
 * @file monotonic.h
 * A clock that nobody sets, for spans: how long something waits or has lived. Any thread.
 */

#include <apr_time.h>
#include <pthread.h>

/** Microseconds since some moment, the same for all processes until a reboot. */
apr_time_t mssl_monotonic_now(void);

/** A condition for mssl_monotonic_wait(). @return 0 or an error, as pthread_cond_init() */
int mssl_monotonic_init_cond(pthread_cond_t *cond);

/**
 * Wait for a condition, which may also be over without a reason.
 * @param lock held
 * @param until on this clock
 * @return 0; ETIMEDOUT; other, as pthread_cond_timedwait()
 */
int mssl_monotonic_wait(pthread_cond_t *cond, pthread_mutex_t *lock, apr_time_t until);

#endif /* MSSL_LIB_BASE_MONOTONIC_H */
