/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_LIB_STORE_CATALOG_H
#define MSSL_LIB_STORE_CATALOG_H

/**
 * @file catalog.h
 * What is in a store as a whole, for who goes through all of it (the inventory): its sources, their
 * keys, and in which order a view asks them. Read-only once the store is frozen; any thread, as far
 * as the providers allow.
 */

#include "lib/store/store.h"

/** Sources have the numbers 0 to this - 1. */
int mssl_catalog_count(const mssl_store_t *store);

/**
 * Tell the keys of a source, in the order of strcmp().
 * @param after only keys behind this one; NULL: all
 * @return as the provider's list(); APR_ENOTIMPL: it cannot
 */
apr_status_t mssl_catalog_list(const mssl_store_t *store, int source, const char *after,
                               mssl_key_fn take, void *baton, apr_pool_t *pool,
                               mssl_reason_t *why);
int mssl_catalog_can_list(const mssl_store_t *store, int source);

/** As mssl_store_fetch(), without telling of what else is wrong with the store: others do. */
apr_status_t mssl_catalog_fetch(const mssl_store_t *store, int source, mssl_question_t *question);

/**
 * The pairs that a source has in memory for a key (vhosts' own certificates), borrowed.
 * @return how many; -1: it has files, see mssl_catalog_fetch()
 */
int mssl_catalog_get_pairs(const mssl_store_t *store, int source, const char *key,
                           mssl_pair_t *const **pairs);

/** The sources of a view by their numbers, in the order in which it asks them. */
int mssl_catalog_count_view(const mssl_view_t *view);
int mssl_catalog_get_source(const mssl_view_t *view, int i);

#endif /* MSSL_LIB_STORE_CATALOG_H */
