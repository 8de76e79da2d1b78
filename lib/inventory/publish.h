/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_LIB_INVENTORY_PUBLISH_H
#define MSSL_LIB_INVENTORY_PUBLISH_H

/**
 * @file publish.h
 * From what lies in the sources (book.h) to what clients of each name are shown (index.h).
 */

#include "lib/inventory/book.h"
#include "lib/inventory/index.h"
#include "lib/store/store.h"

/**
 * In which views an address looks for a name, in order: the first that has a pair answers. One may
 * come twice.
 * @param way 0 to n - 1
 * @param i 0, 1, ... @return NULL: that was all
 */
typedef const mssl_view_t *(*mssl_way_fn)(void *baton, int way, const char *name, int i);

/** The ways in which names are looked for, one for each address that differs. */
typedef struct mssl_ways_t {
    int n;
    mssl_way_fn get;
    void *baton;
} mssl_ways_t;

/**
 * Judge every name, note since when it is in its state, and publish.
 * @param ways NULL: every source is asked in order of its number, and the states are those that the
 *        book has already (who read it from a file, and has no configuration)
 * @param pool what is made is gone at the end
 */
apr_status_t mssl_book_publish(mssl_book_t *book, mssl_index_t *index, const mssl_ways_t *ways,
                               const mssl_warns_t *warns, const mssl_index_walk_t *walk,
                               apr_time_t now, apr_pool_t *pool);

#endif /* MSSL_LIB_INVENTORY_PUBLISH_H */
