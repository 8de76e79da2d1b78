/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "lib/base/monotonic.h"

#include <time.h>

apr_time_t mssl_monotonic_now(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return apr_time_from_sec(now.tv_sec) + now.tv_nsec / 1000;
}

int mssl_monotonic_init_cond(pthread_cond_t *cond)
{
    pthread_condattr_t attr;
    int rc = pthread_condattr_init(&attr);

    if (rc == 0) {
        rc = pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
        if (rc == 0) {
            rc = pthread_cond_init(cond, &attr);
        }
        pthread_condattr_destroy(&attr);
    }
    return rc;
}

int mssl_monotonic_wait(pthread_cond_t *cond, pthread_mutex_t *lock, apr_time_t until)
{
    struct timespec at = { .tv_sec = (time_t)apr_time_sec(until),
                           .tv_nsec = (long)apr_time_usec(until) * 1000 };

    return pthread_cond_timedwait(cond, lock, &at);
}
