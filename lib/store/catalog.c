/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "lib/store/catalog.h"

#include <stdlib.h>
#include <string.h>

#include "lib/store/source.h"

static const mssl_source_t *source_of(const mssl_store_t *store, int source)
{
    return APR_ARRAY_IDX(store->sources, source, const mssl_source_t *);
}

int mssl_catalog_count(const mssl_store_t *store)
{
    return store->sources->nelts;
}

int mssl_catalog_can_list(const mssl_store_t *store, int source)
{
    const mssl_source_t *from = source_of(store, source);

    return from->kind != MSSL_SOURCE_PROVIDER || from->provider->list != NULL;
}

static int compare(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static apr_status_t list_table(const mssl_source_t *source, const char *after, mssl_key_fn take,
                               void *baton, apr_pool_t *pool)
{
    apr_array_header_t *keys = apr_array_make(pool, 16, sizeof(const char *));
    apr_status_t rv = APR_SUCCESS;
    apr_hash_index_t *at;
    const void *key;
    int i;

    for (at = apr_hash_first(pool, source->table); at != NULL; at = apr_hash_next(at)) {
        apr_hash_this(at, &key, NULL, NULL);
        if (after == NULL || strcmp(key, after) > 0) {
            APR_ARRAY_PUSH(keys, const char *) = key;
        }
    }
    qsort(keys->elts, (size_t)keys->nelts, sizeof(const char *), compare);
    for (i = 0; i < keys->nelts && rv == APR_SUCCESS; i++) {
        rv = take(baton, APR_ARRAY_IDX(keys, i, const char *));
    }
    return rv;
}

apr_status_t mssl_catalog_list(const mssl_store_t *store, int source, const char *after,
                               mssl_key_fn take, void *baton, apr_pool_t *pool,
                               mssl_reason_t *why)
{
    const mssl_source_t *from = source_of(store, source);

    if (from->kind != MSSL_SOURCE_PROVIDER) {
        return list_table(from, after, take, baton, pool);
    }
    if (from->provider->list == NULL) {
        return APR_ENOTIMPL;
    }
    return from->provider->list(from->instance, after, take, baton, pool, why);
}

apr_status_t mssl_catalog_fetch(const mssl_store_t *store, int source, mssl_question_t *question)
{
    const mssl_source_t *from = source_of(store, source);

    return from->kind == MSSL_SOURCE_PROVIDER ? from->provider->fetch(from->instance, question)
                                              : APR_NOTFOUND;
}

int mssl_catalog_get_pairs(const mssl_store_t *store, int source, const char *key,
                           mssl_pair_t *const **pairs)
{
    const mssl_source_t *from = source_of(store, source);
    mssl_answer_t *answer;

    if (from->kind != MSSL_SOURCE_PAIRS) {
        return -1;
    }
    answer = apr_hash_get(from->table, key, APR_HASH_KEY_STRING);
    *pairs = answer != NULL ? answer->pair : NULL;
    return answer != NULL ? answer->npairs : 0;
}

int mssl_catalog_count_view(const mssl_view_t *view)
{
    return view->n;
}

int mssl_catalog_get_source(const mssl_view_t *view, int i)
{
    return view->source[i]->id;
}
