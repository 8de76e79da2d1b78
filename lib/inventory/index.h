/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_LIB_INVENTORY_INDEX_H
#define MSSL_LIB_INVENTORY_INDEX_H

/**
 * @file index.h
 * All names that the stores have, as the last look of the inventory found them, in memory that one
 * process writes and others read: totals, stores, what needs attention, every name with its state.
 *
 * The parent makes it and hands it down. The inventory alone maps it writable
 * (lib/inventory/writer.h); children keep a descriptor for reading. A reader takes no lock: it maps
 * what was published last, copies what it wants, and begins anew where a newer one came meanwhile.
 * What is read is copied into the caller's pool, is checked for its bounds, and may be anything in
 * its content: names are canonical, but file names and reasons are foreign bytes, to be escaped for
 * where they go.
 *
 * Every call gives one moment; two calls may give two. APR_NOTFOUND: nothing was published yet
 * (the inventory is off, or has not begun); APR_EAGAIN: it is being written and the writer is gone;
 * unknown, then.
 */

#include "lib/base/kept.h"
#include "lib/inventory/states.h"

/** Reasons are kept for so many names, the worst. */
#define MSSL_INDEX_REASONS 1000
/** Stores that are told apart; what others have counts in the totals. */
#define MSSL_INDEX_STORES_MAX 256
/** Days of the forecast of expiries. */
#define MSSL_INDEX_DAYS 90
/** Most rows of one mssl_index_list(). */
#define MSSL_INDEX_LIST_MAX 1000

typedef struct mssl_index_t mssl_index_t;

/** One name (or pattern "*.parent"). */
typedef struct mssl_index_row_t {
    const char *name;
    mssl_name_state_t state;
    int store;             /**< place in the summary's stores, of what is in service, else of what
                                is bad; -1: in none of them */
    const char *store_label; /**< "dir:/etc/mssl"; NULL where store is -1 */
    unsigned types;        /**< 1 << mssl_key_type_t of each pair in service; 0: nothing is */
    int is_wildcard;       /**< the pair in service is its parent's pattern's */
    int signs_itself;      /**< the pair in service, or one of several: browsers warn of it */
    int is_old;            /**< its store could not be read in the last walk: so it was before */
    apr_time_t not_after;  /**< of the pair in service that ends first; 0: none */
    apr_time_t until;      /**< the same with its chain, which may end earlier; 0: none */
    apr_time_t since;      /**< in this state */
    const char *file;      /**< of that pair, else of what is bad; NULL: not kept */
    const char *reason;    /**< what is wrong, in a sentence; NULL: nothing, or not kept */
} mssl_index_row_t;

/** One store. */
typedef struct mssl_index_store_t {
    const char *label;     /**< "dir:/etc/mssl" */
    int source;            /**< mssl_source_get_id() */
    int is_reachable;      /**< 0: not read to its end, what it has is as it was before */
    int can_list;          /**< 0: its provider tells no names, it is not in the inventory */
    const char *reason;    /**< why it is not reachable; NULL */
    apr_uint32_t names;    /**< keys that something is filed under */
    apr_uint32_t certificates; /**< different ones that are usable */
    apr_uint32_t bad;      /**< keys with files that are not usable */
    apr_time_t soonest;    /**< the first not_after of what it has in service; 0: nothing */
    apr_uint32_t states[MSSL_STATES]; /**< names whose row has this store: disjoint */
} mssl_index_store_t;

/** The walks. */
typedef struct mssl_index_walk_t {
    int is_complete;       /**< every store was read to its end, or given up, once */
    apr_time_t started;    /**< the walk under way, or the last one; 0: none yet */
    apr_time_t ended;      /**< of the last one that ended; 0: none yet */
    apr_interval_time_t took; /**< that one, microseconds */
    apr_time_t next;       /**< when the next begins; 0: one is under way */
    apr_uint32_t seen;     /**< keys read in the walk under way, or the last one */
} mssl_index_walk_t;

/** All but the list of names. */
typedef struct mssl_index_summary_t {
    apr_time_t made;       /**< when it was published */
    mssl_index_walk_t walk;
    apr_uint32_t names;
    apr_uint32_t certificates;
    apr_uint32_t states[MSSL_STATES]; /**< disjoint, together names */
    int nstores;
    const mssl_index_store_t *store;
    int nattention;        /**< rows given; bad to shadowed, the worst first */
    const mssl_index_row_t *attention;
    apr_uint32_t attention_cut; /**< so many more need it */
    /** names whose pair in service ends within the nth day from made, counted from 0 */
    apr_uint32_t expiries[MSSL_INDEX_DAYS];
} mssl_index_summary_t;

/** In which order a list is. */
typedef enum {
    MSSL_INDEX_BY_NAME = 0, /**< by strcmp() */
    MSSL_INDEX_BY_EXPIRY    /**< by until, the first to end first; what has a pair in service */
} mssl_index_sort_t;

/** What is wanted of a list. Zeroed: everything by name, as many as there may be. */
typedef struct mssl_index_query_t {
    unsigned states;       /**< 1 << mssl_name_state_t of each wanted; 0: all */
    const char *store;     /**< label; NULL: all */
    const char *text;      /**< part of the name; NULL: all */
    /** asked last; may be asked twice; NULL: all. @param name not NUL-terminated, and may change meanwhile */
    int (*is_wanted)(void *baton, const char *name, size_t len);
    void *baton;
    apr_time_t before;     /**< ends before; 0: all */
    mssl_index_sort_t sort;
    const char *after;     /**< mssl_index_list_t.next of the page before; NULL: the first */
    int limit;             /**< 1 to MSSL_INDEX_LIST_MAX; 0: as many as may be */
} mssl_index_query_t;

/** A page of a list. */
typedef struct mssl_index_list_t {
    int nrows;
    const mssl_index_row_t *row;
    const char *next;      /**< for the page behind it; NULL: that was all */
} mssl_index_list_t;

/**
 * Make one, empty. Parent, before anybody is forked; or who reads the inventory's file, for itself.
 * @param pool ends it
 */
apr_status_t mssl_index_make(mssl_index_t **index, apr_pool_t *pool);

/** Parent: what the inventory needs of it. */
void mssl_index_keep(const mssl_index_t *index, mssl_kept_t *kept);

/** Child: nobody here can write it from now on. */
void mssl_index_close(mssl_index_t *index);

/** @param attention_max rows of it at most; any thread, as the rest */
apr_status_t mssl_index_read(const mssl_index_t *index, int attention_max,
                             mssl_index_summary_t **summary, apr_pool_t *pool);

/** @param name canonical, or a pattern. @return APR_SUCCESS; APR_ENOENT: it is in no store */
apr_status_t mssl_index_lookup(const mssl_index_t *index, const char *name, mssl_index_row_t **row,
                               apr_pool_t *pool);

/** @return APR_SUCCESS; APR_EINVAL: after is none that a page gave */
apr_status_t mssl_index_list(const mssl_index_t *index, const mssl_index_query_t *query,
                             mssl_index_list_t **list, apr_pool_t *pool);

#endif /* MSSL_LIB_INVENTORY_INDEX_H */
