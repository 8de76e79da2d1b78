/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_LIB_BROKER_FINDER_H
#define MSSL_LIB_BROKER_FINDER_H

/**
 * @file finder.h
 * What there is for a name: its files fetched, judged, and the good pairs among them remembered for
 * the whole server (lastgood.h), by whoever reads the files: the broker, or without one the child.
 * Any thread.
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

typedef struct mssl_finder_t {
    mssl_ask_fn fetch;
    void *fetch_baton;
    mssl_broker_judge_fn judge;
    void *judge_baton;
    mssl_lastgood_t *last; /**< NULL: nothing is remembered. What follows is for that alone */
    /** with fetch's baton: what a source is called there; NULL: there is no such source */
    const char *(*identify)(void *baton, int source, const char *key, apr_pool_t *pool);
    /** whether a judged item is valid at that time */
    int (*is_valid)(const mssl_item_t *item, apr_time_t now);
    /** told that a source has answered, before that is judged; NULL: nobody wants to know */
    void (*answered)(void *baton, int source);
    void *answered_baton;
} mssl_finder_t;

/**
 * Look. A name that is not there any more is forgotten.
 * @return as the finder's fetch()
 */
apr_status_t mssl_finder_find(const mssl_finder_t *finder, int source, mssl_question_t *question);

/**
 * What was good last, judged anew; no file is looked at.
 * @return APR_SUCCESS; APR_NOTFOUND: nothing is remembered
 */
apr_status_t mssl_finder_recall(const mssl_finder_t *finder, int source,
                                mssl_question_t *question);

#endif /* MSSL_LIB_BROKER_FINDER_H */
