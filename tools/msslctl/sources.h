/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_TOOLS_MSSLCTL_SOURCES_H
#define MSSL_TOOLS_MSSLCTL_SOURCES_H

/** @file sources.h The stores of a walk, for those that look there: walk.c, cached.c, kept.c, jobs.c, cargo.c. */

#include <apr_hash.h>
#include <apr_thread_mutex.h>

#include "lib/base/hash.h"
#include "lib/inventory/file.h"
#include "lib/inventory/served.h"
#include "lib/pair/chain.h"
#include "lib/store/store.h"
#include "tools/msslctl/walk.h"

typedef struct ctl_source_t {
    int id;            /* in the store; -1: it could not be made */
    mssl_source_t *made; /* NULL: it could not */
    const mssl_store_provider_t *provider; /* NULL: not known here */
    void *instance;    /* for listing */
    int found;         /* its place among the walk's stores */
} ctl_source_t;

/** Candidates of one name; what is beyond is not looked at, as it is last. */
#define CTL_SET_MAX 64

/** What lies under one key, over all sources. */
typedef struct ctl_set_t {
    int n;
    unsigned char *excluded;     /* by source */
    mssl_candidate_t candidate[CTL_SET_MAX];
    struct {
        const char *file, *reason, *exposed, *note;
        const mssl_explain_cert_t *cert; /* NULL: without has_details, or bad */
        unsigned char sha256[MSSL_SHA256_LEN];
        int signs_itself;
    } more[CTL_SET_MAX];
} ctl_set_t;

/** A usable certificate: it is counted for the first store that has it. */
typedef struct ctl_seen_t {
    int number;        /* of the source */
    const unsigned char *sha256;
    size_t len;
} ctl_seen_t;

struct ctl_sources_t {
    mssl_book_t *book; /* NULL: files are looked at */
    int is_partial;    /* the book is of a walk that has not come to its end */
    mssl_store_t *store;
    mssl_chains_t *chains;
    const mssl_served_t *served; /* what of the history serves; NULL: nothing does */
    apr_array_header_t *sources; /* ctl_source_t */
    apr_array_header_t *keys;    /* const char * */
    apr_hash_t *patterns;        /* pattern -> ctl_set_t *; under the lock, as are the notes */
    apr_hash_t *noted;           /* text of each note; under the lock */
    apr_hash_t *certificates;    /* SHA-256 of each that is usable -> ctl_seen_t * */
    volatile apr_uint32_t *done; /* names */
    apr_thread_mutex_t *lock;    /* NULL: there is one thread. Nested */
};

/** Sources that nothing is in. */
struct ctl_sources_t *ctl_sources_make(apr_pool_t *pool);

/** A walk over them. */
ctl_walk_t *ctl_sources_make_walk(struct ctl_sources_t *sources, const mssl_warns_t *warns,
                                  apr_pool_t *pool);

/** One more. */
ctl_source_t *ctl_sources_add(ctl_walk_t *walk, const char *label);

void ctl_sources_lock(const struct ctl_sources_t *sources);
void ctl_sources_unlock(const struct ctl_sources_t *sources);

/** The sources in their order, as a lookup goes through them (lib/store/store.h). */
const mssl_view_t *ctl_sources_get_view(const ctl_walk_t *walk);

/** A usable certificate was met in a source, and when it ends. */
void ctl_walk_count(ctl_walk_t *walk, int number, const unsigned char *sha256, size_t len,
                    apr_time_t end);

/** The same without its end. @param one copied */
void ctl_walk_see(ctl_walk_t *walk, const ctl_seen_t *one);

/** Look at a part of the keys. */
void ctl_walk_look(ctl_walk_t *walk, int from, int to, const ctl_stop_t *stop);

/** Look at all keys, in threads: what comes of it is the same. */
void ctl_jobs_run(ctl_walk_t *walk, const ctl_stop_t *stop);

/** What the inventory has of a key in a source, and all keys that it has. */
void ctl_cached_look(ctl_walk_t *walk, ctl_set_t *set, int number, const char *key);
void ctl_cached_list(ctl_walk_t *walk);

/** Open what of the history serves, where it does. */
void ctl_kept_open(struct ctl_sources_t *sources, const ctl_server_t *server, apr_pool_t *pool);

/** How many pairs of a name are in the history. */
int ctl_kept_count(const ctl_server_t *server, const char *name, apr_pool_t *pool);

/**
 * Where all is bad that a source has for a key: what serves meanwhile.
 * @param first the first that was found there
 */
void ctl_kept_look(ctl_walk_t *walk, ctl_set_t *set, int number, const char *key, int first,
                   apr_pool_t *pool);

/** What was found of a source. */
ctl_found_store_t *ctl_sources_found(const ctl_walk_t *walk, const ctl_source_t *source);

/** It cannot be read. */
void ctl_sources_give_up(ctl_walk_t *walk, const ctl_source_t *source, const char *reason);

#endif /* MSSL_TOOLS_MSSLCTL_SOURCES_H */
