/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "lib/process/health.h"

void mssl_health_begin(mssl_health_t *health, apr_time_t now)
{
    if (health->begun == 0) {
        health->begun = now;
        health->ended = 0;
    }
}

void mssl_health_end(mssl_health_t *health, apr_time_t now)
{
    if (health->begun == 0 || now - health->begun < MSSL_HEALTH_STEADY) {
        health->short_lives++;
    }
    else {
        health->short_lives = 1;
    }
    health->begun = 0;
    if (health->ended == 0) {
        health->ended = now;
    }
}

int mssl_health_look(mssl_health_t *health, apr_time_t now)
{
    int was = health->is_down;

    if (health->begun != 0 && now - health->begun >= MSSL_HEALTH_STEADY) {
        health->short_lives = 0;
        health->is_down = 0;
    }
    else if (health->short_lives >= MSSL_HEALTH_LIVES
             || (health->ended != 0 && now - health->ended >= MSSL_HEALTH_ABSENT)) {
        health->is_down = 1;
    }
    return health->is_down != was;
}
