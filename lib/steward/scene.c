/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "lib/steward/scene.h"

#include <apr_tables.h>
#include <string.h>

#include "lib/base/reason.h"
#include "lib/inventory/file.h"
#include "lib/inventory/publish.h"

/** All that is worse than valid. */
#define ATTENTION ((1u << MSSL_STATE_VALID) - 1)

/* The rows of names that need attention. */
static apr_status_t list_rows(const mssl_index_t *index, apr_array_header_t *rows,
                              apr_pool_t *pool)
{
    mssl_index_query_t query = { .states = ATTENTION };
    mssl_index_list_t *list;
    apr_status_t rv;
    int i;

    do {
        rv = mssl_index_list(index, &query, &list, pool);
        for (i = 0; rv == APR_SUCCESS && i < list->nrows; i++) {
            APR_ARRAY_PUSH(rows, mssl_index_row_t) = list->row[i];
        }
        query.after = rv == APR_SUCCESS ? list->next : NULL;
    } while (query.after != NULL);
    return rv;
}

static void add_condition(apr_array_header_t *conditions, const char *key, mssl_name_state_t state)
{
    mssl_condition_t *condition = apr_array_push(conditions);

    condition->key = key;
    condition->state = state;
}

static apr_status_t fill(mssl_scene_t *scene, apr_pool_t *pool)
{
    apr_array_header_t *rows = apr_array_make(pool, 64, sizeof(mssl_index_row_t));
    apr_array_header_t *conditions = apr_array_make(pool, 64, sizeof(mssl_condition_t));
    mssl_index_summary_t *summary;
    apr_status_t rv = mssl_index_read(scene->index, 0, &summary, pool);
    int i;

    if (rv == APR_SUCCESS) {
        rv = list_rows(scene->index, rows, pool);
    }
    if (rv != APR_SUCCESS) {
        return rv;
    }
    for (i = 0; i < rows->nelts; i++) {
        const mssl_index_row_t *row = &APR_ARRAY_IDX(rows, i, mssl_index_row_t);

        add_condition(conditions, row->name, row->state);
    }
    for (i = 0; i < summary->nstores; i++) {
        if (summary->store[i].can_list && !summary->store[i].is_reachable) {
            add_condition(conditions, summary->store[i].label, MSSL_STATE_BAD);
        }
    }
    scene->summary = summary;
    scene->row = (const mssl_index_row_t *)rows->elts;
    scene->nnames = rows->nelts;
    scene->condition = (const mssl_condition_t *)conditions->elts;
    scene->n = conditions->nelts;
    return APR_SUCCESS;
}

static apr_status_t make(mssl_scene_t *scene, mssl_book_t *book, const mssl_progress_t *progress,
                         apr_time_t now, apr_pool_t *pool, apr_pool_t *sub)
{
    apr_status_t rv = mssl_index_make(&scene->index, pool);
    mssl_warns_t warns;

    mssl_warns_init(&warns); /* the states are those of the file */
    if (rv == APR_SUCCESS) {
        rv = mssl_book_publish(book, scene->index, NULL, &warns, &progress->walk, now, sub);
    }
    return rv == APR_SUCCESS ? fill(scene, pool) : rv;
}

apr_status_t mssl_scene_read(mssl_scene_t **out, int dir, apr_time_t now, apr_pool_t *pool,
                             mssl_reason_t *why)
{
    mssl_scene_t *scene = apr_pcalloc(pool, sizeof(*scene));
    mssl_book_t *book = NULL;
    mssl_progress_t progress;
    apr_pool_t *sub;
    apr_status_t rv;

    *out = NULL;
    apr_pool_create(&sub, pool);
    rv = mssl_book_load(&book, &progress, dir, sub, why);
    if (rv == APR_SUCCESS && (!progress.walk.is_complete || progress.source >= 0)) {
        rv = APR_EAGAIN;
    }
    else if (rv == APR_SUCCESS) {
        rv = make(scene, book, &progress, now, pool, sub);
        if (rv != APR_SUCCESS) {
            mssl_reason_set(why, rv, "what the inventory found cannot be sorted, no memory for it");
        }
    }
    apr_pool_destroy(sub);
    if (rv == APR_SUCCESS) {
        *out = scene;
    }
    return rv;
}

int mssl_scene_is_store(const char *key)
{
    return strchr(key, ':') != NULL;
}

const mssl_index_store_t *mssl_scene_find_store(const mssl_scene_t *scene, const char *label)
{
    int i;

    for (i = 0; i < scene->summary->nstores; i++) {
        if (strcmp(scene->summary->store[i].label, label) == 0) {
            return &scene->summary->store[i];
        }
    }
    return NULL;
}

/** Names are looked up for the moment alone. */
static int has_name(const mssl_scene_t *scene, const char *name)
{
    mssl_index_row_t *row;
    apr_pool_t *pool;
    int found;

    apr_pool_create(&pool, NULL);
    found = mssl_index_lookup(scene->index, name, &row, pool) == APR_SUCCESS;
    apr_pool_destroy(pool);
    return found;
}

int mssl_scene_has(void *baton, const char *key)
{
    const mssl_scene_t *scene = baton;

    return mssl_scene_is_store(key) ? mssl_scene_find_store(scene, key) != NULL
                                    : has_name(scene, key);
}
