/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_LIB_STORE_STORE_H
#define MSSL_LIB_STORE_STORE_H

/**
 * @file store.h
 * From a name to its pairs. Free of httpd: tested, fuzzed and linked into tools without it.
 *
 * - A *source* is one configured place: a provider with its argument, the rows of a configuration
 *   (MSSLCertificate), or a table of pairs already in memory (the vhosts' own certificates).
 * - A *view* is an ordered list of sources, as one vhost sees them. Vhosts with equal settings
 * share one.
 * - The *store* is the process's one cache of pairs, by (source, key).
 *
 * Choice (contract 3): a level is what one source has for the exact name or for the pattern.
 * Levels in order: the exact name over all sources of the view in order, then the pattern over all
 * sources. The first level with a pair that is valid now wins, and all its valid pairs are offered,
 * the first of each key type; a lower level adds none (an exact RSA pair must not lose to a
 * wildcard's ECDSA pair). Where no level has a valid pair, the first that has any wins.
 *
 * Life: everything is made in the parent while the configuration is read (one thread), and used in
 * children by any number of threads: no source or view is added then, and the parent looks nothing
 * up. Each graceful restart makes a new store.
 *
 * A lookup of a cached name takes no lock that a load holds; a burst of lookups of one cold name
 * loads it once. Files are looked at again when the cached answer is older than check_interval; a
 * bad file leaves the last good pair in service, the whole server's where one is there to remember
 * it (mssl_store_set_recall()), whatever this process held meanwhile; a negative answer is believed for
 * negative_timeout, or check_interval where something was filed meanwhile (mssl_source_set_filed()).
 */

#include <apr_pools.h>
#include <apr_tables.h>

#include "lib/base/counters.h"
#include "lib/base/material.h"
#include "lib/pair/pair.h"
#include "lib/store/told.h"

typedef struct mssl_store_t mssl_store_t;
typedef struct mssl_source_t mssl_source_t;
typedef struct mssl_view_t mssl_view_t;

/** What is reported about a key of a source: once per change of state, not per lookup. */
typedef enum {
    /** files are there, no usable pair (or one item of several is bad) */
    MSSL_REPORT_BAD_PAIR = 1,
    MSSL_REPORT_EXPIRED,      /**< the pair in service is expired or not yet valid */
    MSSL_REPORT_RECOVERED,    /**< was bad or expired, is good now */
    MSSL_REPORT_UNREACHABLE,  /**< a source cannot be asked (unmounted, permission); key is NULL */
    MSSL_REPORT_REACHABLE,    /**< it can again; key is NULL */
    /** worth knowing: missing or extra chain certificates, a map line that is skipped */
    MSSL_REPORT_NOTE
} mssl_report_t;

/**
 * Told of changes of state; called by the thread that did the lookup, no lock held.
 * @param source what mssl_source_get_label() gives
 * @param key the name or pattern, or NULL
 * @param text one sentence: which file, what is wrong, the fix
 */
typedef void (*mssl_report_fn)(void *baton, mssl_report_t kind, const char *source,
                               const char *key, const char *text);

typedef struct mssl_store_conf_t {
    /** MSSLCacheSize: keys with pairs kept per child, least recently used out first; > 0 */
    apr_size_t cache_size;
    apr_interval_time_t check_interval;   /**< MSSLCheckInterval, microseconds */
    apr_interval_time_t negative_timeout; /**< MSSLNegativeTimeout, microseconds */
    mssl_report_fn report;         /**< may be NULL */
    void *report_baton;
    mssl_told_t *told;             /**< what other processes told already; NULL: nobody else does */
    mssl_counters_t *counters;     /**< of the whole server; NULL: it counts nothing */
} mssl_store_conf_t;

/** Defaults: 4096, 1 s, 5 s, no report. */
void mssl_store_conf_init(mssl_store_conf_t *conf);

/** @param pool the configuration's; the store is destroyed with it (every cached pair released) */
apr_status_t mssl_store_make(mssl_store_t **store, const mssl_store_conf_t *conf, apr_pool_t *pool);

/**
 * Let another part open the files of providers: the seam for the broker (docs/architecture.md).
 * Without it the source's provider is asked in this process. Parent, or in child_init.
 */
void mssl_store_set_opener(mssl_store_t *store, mssl_ask_fn opener, void *baton);

/**
 * Let another part say what was good last of a key, who remembers it for the whole server; no file
 * is looked at, and nothing but APR_SUCCESS means anything. Without it, that is what this process
 * saw. As above.
 */
void mssl_store_set_recall(mssl_store_t *store, mssl_ask_fn recall, void *baton);

/**
 * Add a source of a provider, or find the same one again.
 * @param name "dir", @param arg the absolute argument
 * @param restarting forgive a store that is missing now: it is reported and may come back
 * @return APR_SUCCESS, or the provider's error with why
 */
apr_status_t mssl_store_add_provider(mssl_source_t **source, mssl_store_t *store, const char *name,
                                     const mssl_store_provider_t *provider, const char *arg,
                                     int restarting, mssl_reason_t *why);

/** When something was filed last, by the file system's clock; 0: not known. Any thread; it costs little. */
typedef apr_time_t (*mssl_filed_fn)(void *baton);

/**
 * Let another part say when a source had something new, of whatever key: that a key has nothing is then
 * believed for check_interval. In the parent, as the source is added.
 */
void mssl_source_set_filed(mssl_source_t *source, mssl_filed_fn filed, void *baton);

/** Whether an instance may have something for a key, without a look at files. */
typedef int (*mssl_has_fn)(const void *instance, const char *key);
/** What an instance has for a key, where its label does not tell it from others, in pool. */
typedef const char *(*mssl_identify_fn)(const void *instance, const char *key, apr_pool_t *pool);

/**
 * Add a source of a provider whose instance is there already (MSSLCertificate).
 * @param label in messages and tables that outlive the store, a constant
 * @param has others are not asked for; NULL: it is asked for every key
 * @param identify for mssl_store_identify(); NULL: the label will do
 */
mssl_source_t *mssl_store_add_instance(mssl_store_t *store, const char *label,
                                       const mssl_store_provider_t *provider, void *instance,
                                       mssl_has_fn has, mssl_identify_fn identify);

/** Its label. */
#define MSSL_STORE_OWN_LABEL "SSLCertificateFile"

/**
 * Add a table of pairs in memory (vhosts' own certificates): every name and pattern that a pair
 * covers is a key.
 */
mssl_source_t *mssl_store_add_pairs(mssl_store_t *store);

/** Takes a reference of its own. An earlier pair of the same key and key type wins. */
void mssl_source_add_pair(mssl_source_t *pairs, mssl_pair_t *pair);

const char *mssl_source_get_label(const mssl_source_t *source); /**< "dir:/etc/mssl" */
/** 0, 1, ... in the order of adding */
int mssl_source_get_id(const mssl_source_t *source);
/** The label of a source by its number; NULL: there is none of that number. */
const char *mssl_store_get_label(const mssl_store_t *store, int source_id);
/**
 * The name of a source where what it has for a key is remembered, the same over restarts. Instances
 * may share a label, so that the files stand in it: vhosts may have different ones for one key.
 * @return in pool or borrowed; NULL: there is none of that number
 */
const char *mssl_store_identify(const mssl_store_t *store, int source_id, const char *key,
                                apr_pool_t *pool);
/**
 * The provider's answer for a key, in this process: what the default opener does. For the broker.
 */
apr_status_t mssl_store_fetch(mssl_store_t *store, int source_id, mssl_question_t *question);

/**
 * A list of sources in order; the array is copied. Same sources in the same order give the same
 * view.
 */
const mssl_view_t *mssl_store_get_view(mssl_store_t *store, mssl_source_t *const *sources, int n);

/**
 * What a name has: the best pair per key type, each with a reference. Plain value, no allocation.
 */
typedef struct mssl_choice_t {
    mssl_pair_t *pair[MSSL_KEY_TYPES]; /**< NULL where there is none of that type */
} mssl_choice_t;

/**
 * Find the pairs of a name. May read files (a cold name, an answer older than check_interval).
 * @param choice out: all NULL unless APR_SUCCESS; release with mssl_choice_release()
 * @param now microseconds, apr_time_now() outside of tests
 * @return APR_SUCCESS; APR_NOTFOUND: the name is not known; other: it could not be found out and
 *         nothing is cached
 */
apr_status_t mssl_store_lookup(const mssl_view_t *view, const char *name, apr_time_t now,
                               mssl_choice_t *choice);

/** Whether a name is known; as mssl_store_lookup() without the pairs. */
int mssl_store_has_name(const mssl_view_t *view, const char *name, apr_time_t now);

void mssl_choice_release(mssl_choice_t *choice);

/** Counters of this process, for status pages and tests. */
typedef struct mssl_store_stats_t {
    /** answers younger than check_interval, or being refreshed by another thread */
    apr_uint64_t hits;
    apr_uint64_t misses;         /**< keys that were not known at all */
    apr_uint64_t loads;          /**< times that files were read and parsed */
    apr_uint64_t negative_hits;  /**< "no such name" from memory */
    apr_uint64_t evictions;      /**< keys with pairs pushed out by others */
    apr_uint64_t stats_of_files; /**< times that a source was asked */
    apr_size_t entries, negative_entries;
} mssl_store_stats_t;
void mssl_store_get_stats(mssl_store_t *store, mssl_store_stats_t *stats);

/**
 * Load a key in advance, as if it had been asked for.
 * @param source as mssl_source_get_label() gave it, maybe in another process; a source or key that
 *         is not there is no error
 */
void mssl_store_warm(mssl_store_t *store, const char *source, const char *key, apr_time_t now);

#endif /* MSSL_LIB_STORE_STORE_H */
