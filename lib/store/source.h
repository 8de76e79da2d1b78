/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_LIB_STORE_SOURCE_H
#define MSSL_LIB_STORE_SOURCE_H

/**
 * @file source.h
 * The inside of sources and of the store, for the files of store/ only.
 */

#include <apr_hash.h>

#include "lib/pair/chain.h"
#include "lib/store/cache.h"
#include "lib/store/scratch.h"
#include "lib/store/store.h"

typedef enum {
    MSSL_SOURCE_PROVIDER = 1,
    MSSL_SOURCE_PAIRS
} mssl_source_kind_t;

struct mssl_source_t {
    mssl_store_t *store;
    int id;
    mssl_source_kind_t kind;
    const char *label;
    const mssl_store_provider_t *provider;
    void *instance;
    mssl_has_fn has;      /**< NULL: it is asked for every key */
    mssl_identify_fn identify; /**< NULL: the label will do */
    apr_hash_t *table;    /**< PAIRS: key -> mssl_answer_t; read-only once children are forked */
    int is_unreachable;   /**< atomic; what was reported last */
    mssl_filed_fn filed;  /**< NULL: nobody says so */
    void *filed_baton;
    apr_time_t filed_at, filed_asked; /**< atomic: what it said, and when */
};

struct mssl_view_t {
    int n;
    mssl_source_t **source;
};

struct mssl_store_t {
    apr_pool_t *pool;
    mssl_store_conf_t conf;
    mssl_cache_t *cache;
    mssl_chains_t *chains;
    mssl_scratches_t *scratches;
    apr_array_header_t *sources;    /**< of mssl_source_t *, by id */
    apr_array_header_t *views;      /**< of mssl_view_t * */
    mssl_ask_fn opener;
    void *opener_baton;
    mssl_ask_fn recall;          /**< NULL: nobody remembers for this process */
    void *recall_baton;
    apr_uint64_t loads, fetches;    /**< atomic */
};

/** When it had something new last, as it was said a check_interval ago at most; 0: nobody says so. */
apr_time_t mssl_source_filed(mssl_source_t *source, apr_time_t now);

/** Tell of a change. */
void mssl_source_report(const mssl_source_t *source, mssl_report_t kind, const char *key,
                        const char *text);

/**
 * What a source has for a key now: from the cache, or loaded (lib/store/load.c).
 * @param answer out: a reference, or NULL
 * @return APR_SUCCESS; APR_NOTFOUND; other: could not be asked, and nothing is cached
 */
apr_status_t mssl_source_ask(mssl_source_t *source, const char *key, apr_time_t now,
                             mssl_answer_t **answer);

#endif /* MSSL_LIB_STORE_SOURCE_H */
