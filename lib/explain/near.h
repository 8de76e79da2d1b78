/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_LIB_EXPLAIN_NEAR_H
#define MSSL_LIB_EXPLAIN_NEAR_H

/**
 * @file near.h
 * Typing errors: of two names one or two letters are missing, too many, wrong, or swapped; one in short
 * names. Pure, any thread, no allocation. One look costs some tens of steps, nearly always: so
 * all names of a server can be held against one.
 */

#include <stddef.h>

#include "lib/base/name.h"

/** The nearest of many, in whatever order and how often they come. */
typedef struct mssl_near_t {
    const char *name;           /**< who looks for something near; the caller's */
    int distance;               /**< of what was found */
    char found[MSSL_NAME_SIZE]; /**< "": nothing yet */
} mssl_near_t;

/** @param name canonical */
void mssl_near_begin(mssl_near_t *near, const char *name);

/**
 * Look at one. The name itself and wildcards are not near; of two that are equally near the first by
 * strcmp() is taken.
 * @param in a key of a store, need not be NUL-terminated; may change meanwhile
 */
void mssl_near_offer(mssl_near_t *near, const char *in, size_t len);

#endif /* MSSL_LIB_EXPLAIN_NEAR_H */
