/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

/*
 * A walk by threads. Each has a part of the keys, next to each other, and counts for itself; the
 * parts are put together in their order, so that all is as one thread would have found it.
 */

#include <apr_allocator.h>
#include <apr_thread_proc.h>
#include <string.h>

#include "tools/msslctl/sources.h"

typedef struct part_t {
    ctl_walk_t walk;
    struct ctl_sources_t sources;
    int from, to;
    const ctl_stop_t *stop;
    apr_thread_t *thread; /* NULL: it could not be begun, or is at an end */
} part_t;

/* Pools of different threads share no allocator. */
static apr_pool_t *make_pool(apr_pool_t *parent)
{
    apr_allocator_t *allocator;
    apr_pool_t *pool;

    if (apr_allocator_create(&allocator) != APR_SUCCESS) {
        return NULL;
    }
    if (apr_pool_create_ex(&pool, parent, NULL, allocator) != APR_SUCCESS) {
        apr_allocator_destroy(allocator);
        return NULL;
    }
    apr_allocator_owner_set(allocator, pool);
    return pool;
}

static int init(part_t *part, const ctl_walk_t *walk, int is_first)
{
    apr_pool_t *pool = make_pool(walk->pool);
    int i;

    if (pool == NULL) {
        return 0;
    }
    part->sources = *walk->sources;
    part->sources.certificates = apr_hash_make(pool);
    part->walk = *walk;
    part->walk.pool = pool;
    part->walk.sources = &part->sources;
    part->walk.has_progress = walk->has_progress && is_first;
    part->walk.unreachable = 0;
    part->walk.findings = apr_array_make(pool, 64, sizeof(ctl_finding_t));
    part->walk.stores = apr_array_copy(pool, walk->stores);
    for (i = 0; i < walk->stores->nelts; i++) {
        ctl_found_store_t *found = &APR_ARRAY_IDX(part->walk.stores, i, ctl_found_store_t);

        found->names = found->certificates = found->bad = 0;
    }
    return 1;
}

static void *APR_THREAD_FUNC live(apr_thread_t *thread, void *data)
{
    part_t *part = data;

    (void)thread;
    ctl_walk_look(&part->walk, part->from, part->to, part->stop);
    return NULL;
}

static void add_stores(ctl_walk_t *walk, const part_t *part)
{
    int i;

    for (i = 0; i < walk->stores->nelts; i++) {
        ctl_found_store_t *found = &APR_ARRAY_IDX(walk->stores, i, ctl_found_store_t);
        const ctl_found_store_t *more = &APR_ARRAY_IDX(part->walk.stores, i, ctl_found_store_t);

        found->names += more->names;
        found->bad += more->bad;
        if (more->soonest != 0 && (found->soonest == 0 || more->soonest < found->soonest)) {
            found->soonest = more->soonest;
        }
        if (found->reason == NULL && more->reason != NULL) {
            found->reason = more->reason;
            walk->unreachable++;
        }
    }
}

static void add_part(ctl_walk_t *walk, const part_t *part)
{
    apr_hash_index_t *at;

    apr_array_cat(walk->findings, part->walk.findings);
    add_stores(walk, part);
    for (at = apr_hash_first(walk->pool, part->sources.certificates); at != NULL;
         at = apr_hash_next(at)) {
        ctl_walk_see(walk, apr_hash_this_val(at));
    }
    if (part->walk.told != walk->now) {
        walk->told = part->walk.told;
    }
    walk->is_complete &= part->walk.is_complete;
}

/* @return whether there is memory for it */
static int begin(part_t *parts, ctl_walk_t *walk, const ctl_stop_t *stop)
{
    int n = walk->sources->keys->nelts, i;

    if (apr_thread_mutex_create(&walk->sources->lock, APR_THREAD_MUTEX_NESTED, walk->pool)
        != APR_SUCCESS) {
        walk->sources->lock = NULL;
        return 0;
    }
    for (i = 0; i < walk->jobs; i++) {
        /* The first name was looked at before: the files of maps are read, in their order. */
        parts[i].from = 1 + (int)((apr_int64_t)(n - 1) * i / walk->jobs);
        parts[i].to = 1 + (int)((apr_int64_t)(n - 1) * (i + 1) / walk->jobs);
        parts[i].stop = stop;
        if (!init(&parts[i], walk, i == 0)) {
            return 0;
        }
    }
    return 1;
}

void ctl_jobs_run(ctl_walk_t *walk, const ctl_stop_t *stop)
{
    part_t *parts = apr_pcalloc(walk->pool, (apr_size_t)walk->jobs * sizeof(*parts));
    apr_pool_t *pool = make_pool(walk->pool); /* of the threads: those use the walk's */
    int n = walk->sources->keys->nelts, i;
    apr_status_t rv;

    ctl_walk_look(walk, 0, n > 0, stop);
    if (n < 2) {
        return;
    }
    if (pool == NULL || !begin(parts, walk, stop)) {
        ctl_walk_look(walk, 1, n, stop);
        return;
    }
    for (i = 1; i < walk->jobs; i++) {
        if (apr_thread_create(&parts[i].thread, NULL, live, &parts[i], pool) != APR_SUCCESS) {
            parts[i].thread = NULL;
        }
    }
    live(NULL, &parts[0]);
    for (i = 1; i < walk->jobs; i++) {
        if (parts[i].thread != NULL) {
            apr_thread_join(&rv, parts[i].thread);
        }
        else {
            live(NULL, &parts[i]);
        }
    }
    for (i = 0; i < walk->jobs; i++) {
        add_part(walk, &parts[i]);
    }
}
