/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_LIB_INVENTORY_WALK_H
#define MSSL_LIB_INVENTORY_WALK_H

/**
 * @file walk.h
 * The inventory's work: in each interval all keys of all sources are looked at and judged, at a
 * pace that leaves the machine to others, and what was found is published (index.h) and kept in a
 * file (file.h), from which the next inventory goes on in the middle of the walk.
 *
 * In each source the keys that are in use come first, then all others in their order.
 *
 * A source is walked by a thread of its own, one source at a time. One that comes no further for a
 * while (a hung file system) is given up until its thread comes back: what was known of it stays,
 * marked old, and the walk goes on with the others.
 */

#include "lib/inventory/publish.h"
#include "lib/inventory/worker.h"

/** What is reported, once per change. */
typedef enum {
    MSSL_WALK_UNREACHABLE = 1, /**< a source was not read to its end */
    MSSL_WALK_REACHABLE,       /**< it was again */
    MSSL_WALK_DAMAGED,         /**< the file was set aside; label is NULL here and below */
    MSSL_WALK_UNSAVED,         /**< the file, or the history, cannot be written */
    MSSL_WALK_UNPUBLISHED,     /**< no memory for the index */
    MSSL_WALK_DONE             /**< a walk ended; text sums it up */
} mssl_walk_event_t;

/** Called by the thread that runs the walks. */
typedef void (*mssl_walk_report_fn)(void *baton, mssl_walk_event_t event, const char *label,
                                    const char *text);

typedef struct mssl_walk_conf_t {
    mssl_store_t *store;
    const mssl_ways_t *ways;
    mssl_index_t *index;
    int dir;                      /**< folder of the file, -1: none is kept */
    const mssl_served_t *history; /**< NULL: none is kept */
    int history_serves;           /**< where the files of a name are bad (served.h) */
    int versions;                 /**< of each name and key type that it keeps; 0: none */
    mssl_warns_t warns;
    apr_interval_time_t interval; /**< from the end of a walk to the next */
    apr_interval_time_t wait;     /**< before the first walk, where httpd was just started; and at most,
                                       before the first one of a source that is new */
    int is_awaited;               /**< not where no walk has come to its end yet: somebody waits for that;
                                       nor where a source is new */
    int is_restart;               /**< it was not: the last good pairs of before still serve */
    apr_interval_time_t patience; /**< a source may come no further for so long */
    int rate;                     /**< keys a second at most; 0: no bound */
    mssl_used_fn is_used;         /**< NULL: nobody knows */
    void *used_baton;
    int stop;                     /**< descriptor: readable, or closed at its other end: the end */
    mssl_walk_report_fn report;
    void *baton;
} mssl_walk_conf_t;

/**
 * Walk until stop. The thread of a hung source may be left behind, which uses conf and pool: the
 * caller ends the process then.
 */
apr_status_t mssl_walk_run(const mssl_walk_conf_t *conf, apr_pool_t *pool);

#endif /* MSSL_LIB_INVENTORY_WALK_H */
