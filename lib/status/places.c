/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "lib/status/places.h"

#include <stddef.h>

/** Who has a place for so long has died. */
#define SPAN apr_time_from_sec(60)

int mssl_places_take(mssl_places_t *places, apr_time_t now)
{
    int i;

    for (i = 0; places != NULL && i < MSSL_PLACES; i++) {
        apr_time_t since = __atomic_load_n(&places->since[i], __ATOMIC_ACQUIRE);

        if ((since == 0 || now - since > SPAN)
            && __atomic_compare_exchange_n(&places->since[i], &since, now, 0, __ATOMIC_ACQ_REL,
                                           __ATOMIC_RELAXED)) {
            return i;
        }
    }
    return places == NULL ? 0 : -1;
}

void mssl_places_give(mssl_places_t *places, int place, apr_time_t since)
{
    if (places != NULL) {
        __atomic_compare_exchange_n(&places->since[place], &since, 0, 0, __ATOMIC_ACQ_REL,
                                    __ATOMIC_RELAXED);
    }
}
