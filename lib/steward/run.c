/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include <signal.h>
#include <sys/timex.h>
#include <time.h>

#include "lib/steward/steward.h"

/** So long after the machine was started, a clock that nobody has set yet is not believed, seconds. */
#define UNSETTLED_MAX 300

/*
 * Whether dates can be judged: a machine without a battery starts in 1970 and is soon told better.
 * One that is never told is believed after a while.
 */
static int is_clock_settled(void)
{
    struct timex state = { 0 };
    struct timespec up;

    return adjtimex(&state) != TIME_ERROR || clock_gettime(CLOCK_BOOTTIME, &up) != 0
           || up.tv_sec > UNSETTLED_MAX;
}

void mssl_steward_run(mssl_steward_t *steward, apr_interval_time_t interval)
{
    struct timespec pause = { (time_t)apr_time_sec(interval), (long)apr_time_usec(interval) * 1000 };
    sigset_t signals;
    int number;

    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGCHLD); /* of one that worked on a name */
    do {
        if (is_clock_settled()) {
            mssl_steward_look(steward);
        }
        number = sigtimedwait(&signals, NULL, &pause);
    } while (number != SIGTERM && number != SIGINT);
    mssl_steward_finish(steward);
}
