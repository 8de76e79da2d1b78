/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_LIB_BROKER_FINDER_H
#define MSSL_LIB_BROKER_FINDER_H

/**
 * @file finder.h
 * What there is for a name: its files fetched, judged, and the good pairs among them remembered for
 * the whole server (lastgood.h), by whoever reads the files: the broker, or without one the child.
 * Where nothing is remembered there may be something on disk (the history), which outlives the server:
 * it is asked for only then, judged as if it had been read from the store, and not believed of a name
 * that was seen to be taken away. Any thread.
 */

#include "lib/base/material.h"
#include "lib/broker/lastgood.h"
#include "lib/broker/message.h"

/**
 * Leaves nothing in the material but usable pairs of that name, as PEM: an item that is none keeps
 * its reason (rv is set) and loses its bytes. Wipes what it takes out.
 */
typedef void (*mssl_broker_judge_fn)(void *baton, const char *key, mssl_material_t *material,
                                     apr_pool_t *pool);

/**
 * What is kept on disk of a key.
 * @param source as identify() calls it
 * @param out pairs, one of each key type at most, not judged; NULL: only whether there is any
 * @return APR_SUCCESS; other: nothing
 */
typedef apr_status_t (*mssl_finder_kept_fn)(void *baton, const char *source, const char *key,
                                            mssl_material_t *out, apr_pool_t *pool);

/** What is said where a pair of those serves, behind what is wrong with the files. */
#define MSSL_FINDER_KEPT "its last good pair serves, from the history"

typedef struct mssl_finder_t {
    mssl_ask_fn fetch;
    void *fetch_baton;
    mssl_broker_judge_fn judge;
    void *judge_baton;
    mssl_lastgood_t *last;      /**< NULL: nothing is remembered */
    mssl_finder_kept_fn kept;   /**< NULL: nothing is on disk. What follows is for these two alone */
    void *kept_baton;
    /** with fetch's baton: what a source is called there; NULL: there is no such source */
    const char *(*identify)(void *baton, int source, const char *key, apr_pool_t *pool);
    /** whether a judged item is valid at that time */
    int (*is_valid)(const mssl_item_t *item, apr_time_t now);
    /** told that a source has answered, before that is judged; NULL: nobody wants to know */
    void (*answered)(void *baton, int source);
    void *answered_baton;
    /** with kept's baton: whether what was good is never to serve again; NULL: nothing was revoked */
    int (*is_revoked)(void *baton, const mssl_item_t *item);
} mssl_finder_t;

/**
 * Look. A name that is not there any more is forgotten.
 * @return as the finder's fetch()
 */
apr_status_t mssl_finder_find(const mssl_finder_t *finder, int source, mssl_question_t *question);

/**
 * What was good last, judged anew; no file of the store is looked at.
 * @param question its why: "", or MSSL_FINDER_KEPT
 * @return APR_SUCCESS; APR_NOTFOUND: nothing is remembered
 */
apr_status_t mssl_finder_recall(const mssl_finder_t *finder, int source,
                                mssl_question_t *question);

#endif /* MSSL_LIB_BROKER_FINDER_H */
