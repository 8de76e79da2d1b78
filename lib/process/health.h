/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_LIB_PROCESS_HEALTH_H
#define MSSL_LIB_PROCESS_HEALTH_H

/**
 * @file health.h
 * Whether a process that is begun anew whenever it dies counts as down. One death is none: a new one
 * is there at once. It is down when there was none for MSSL_HEALTH_ABSENT, or when
 * MSSL_HEALTH_LIVES in a row ended before MSSL_HEALTH_STEADY; it is up again when one has lived that
 * long. So it goes up or down once in half a minute at most, whatever happens, and who tells people
 * of it need not count deaths.
 *
 * Pure of processes and clocks: whoever forks says what happens, with the time of a clock that
 * nobody sets. Zeroed memory is one that is up and was never begun. One thread.
 */

#include <apr_time.h>

#define MSSL_HEALTH_ABSENT apr_time_from_sec(15)
#define MSSL_HEALTH_STEADY apr_time_from_sec(30)
#define MSSL_HEALTH_LIVES 5

typedef struct mssl_health_t {
    apr_time_t begun; /**< the life that goes on; 0: there is none */
    apr_time_t ended; /**< there is none since then; 0: it was never asked for */
    int short_lives;  /**< in a row, without a steady one */
    int is_down;
} mssl_health_t;

/** One was begun. Beside a living one, of the generation before: that one's life goes on. */
void mssl_health_begin(mssl_health_t *health, apr_time_t now);

/** It died, unasked; or could not be begun. */
void mssl_health_end(mssl_health_t *health, apr_time_t now);

/** Look at the clock. @return whether is_down is another one than before */
int mssl_health_look(mssl_health_t *health, apr_time_t now);

#endif /* MSSL_LIB_PROCESS_HEALTH_H */
