/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_LIB_STATUS_PLACES_H
#define MSSL_LIB_STATUS_PLACES_H

/**
 * @file places.h
 * So many at once, of all processes of a server, in memory that they share. A place whose process
 * died is free again after a minute. Any thread, no lock.
 */

#include <apr_time.h>

#define MSSL_PLACES 2

/** Zeroed: all are free. */
typedef struct mssl_places_t {
    apr_time_t since[MSSL_PLACES]; /**< monotonic; 0: free */
} mssl_places_t;

/**
 * @param places NULL: there is room for all
 * @param now monotonic, not 0
 * @return which, for mssl_places_give(); -1: all are taken
 */
int mssl_places_take(mssl_places_t *places, apr_time_t now);

/** It is free again, where nobody else has it by now. @param since when it was taken */
void mssl_places_give(mssl_places_t *places, int place, apr_time_t since);

#endif /* MSSL_LIB_STATUS_PLACES_H */
