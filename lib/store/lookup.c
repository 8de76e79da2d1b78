/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "lib/store/store.h"

#include <string.h>

#include "lib/base/name.h"
#include "lib/base/reason.h"
#include "lib/store/source.h"

void mssl_store_conf_init(mssl_store_conf_t *conf)
{
    memset(conf, 0, sizeof(*conf));
    conf->cache_size = 4096;
    conf->check_interval = apr_time_from_sec(1);
    conf->negative_timeout = apr_time_from_sec(5);
}

static apr_status_t store_cleanup(void *data)
{
    mssl_store_t *store = data;

    mssl_cache_free(store->cache);
    mssl_chains_unref(store->chains);
    return APR_SUCCESS;
}

apr_status_t mssl_store_make(mssl_store_t **out, const mssl_store_conf_t *conf, apr_pool_t *pool)
{
    mssl_store_t *store = apr_pcalloc(pool, sizeof(*store));
    apr_status_t rv = mssl_scratches_make(&store->scratches, pool);

    *out = NULL;
    if (rv != APR_SUCCESS) {
        return rv;
    }
    store->pool = pool;
    store->conf = *conf;
    store->sources = apr_array_make(pool, 4, sizeof(mssl_source_t *));
    store->views = apr_array_make(pool, 4, sizeof(mssl_view_t *));
    store->cache = mssl_cache_new(conf);
    if (store->cache == NULL) {
        return APR_ENOMEM;
    }
    store->chains = mssl_chains_new();
    if (store->chains == NULL) {
        mssl_cache_free(store->cache);
        return APR_ENOMEM;
    }
    apr_pool_cleanup_register(pool, store, store_cleanup, apr_pool_cleanup_null);
    *out = store;
    return APR_SUCCESS;
}

void mssl_store_set_opener(mssl_store_t *store, mssl_ask_fn opener, void *baton)
{
    store->opener = opener;
    store->opener_baton = baton;
}

void mssl_store_set_recall(mssl_store_t *store, mssl_ask_fn recall, void *baton)
{
    store->recall = recall;
    store->recall_baton = baton;
}

const mssl_view_t *mssl_store_get_view(mssl_store_t *store, mssl_source_t *const *sources, int n)
{
    mssl_view_t *view;
    int i;

    for (i = 0; i < store->views->nelts; i++) {
        view = APR_ARRAY_IDX(store->views, i, mssl_view_t *);
        if (view->n == n
            && (n == 0 || memcmp(view->source, sources, (size_t)n * sizeof(*sources)) == 0)) {
            return view;
        }
    }
    view = apr_pcalloc(store->pool, sizeof(*view));
    view->n = n;
    view->source = apr_pcalloc(store->pool, (size_t)(n + 1) * sizeof(*sources));
    for (i = 0; i < n; i++) {
        view->source[i] = sources[i];
    }
    APR_ARRAY_PUSH(store->views, mssl_view_t *) = view;
    return view;
}

const char *mssl_store_get_label(const mssl_store_t *store, int source_id)
{
    if (source_id < 0 || source_id >= store->sources->nelts) {
        return NULL;
    }
    return mssl_source_get_label(APR_ARRAY_IDX(store->sources, source_id, mssl_source_t *));
}

apr_status_t mssl_store_fetch(mssl_store_t *store, int source_id, mssl_question_t *question)
{
    const mssl_source_t *source;
    mssl_reason_t note;
    apr_status_t rv;

    if (source_id < 0 || source_id >= store->sources->nelts) {
        return mssl_reason_set(question->why, APR_EINVAL, "no source %d", source_id);
    }
    source = APR_ARRAY_IDX(store->sources, source_id, mssl_source_t *);
    if (source->kind != MSSL_SOURCE_PROVIDER) {
        return APR_NOTFOUND;
    }
    rv = source->provider->fetch(source->instance, question);
    while (source->provider->take_note != NULL
           && source->provider->take_note(source->instance, &note) == APR_SUCCESS) {
        mssl_source_report(source, MSSL_REPORT_NOTE, NULL, note.text);
    }
    return rv;
}

/* Weigh what each source has for one key. @return 1 when a valid pair is chosen */
static int weigh_sources(const mssl_view_t *view, const char *key, apr_time_t now,
                         unsigned char *excluded, mssl_choice_t *choice, apr_status_t *error)
{
    mssl_answer_t *answer;
    apr_status_t rv;
    int i, is_valid = 0;

    for (i = 0; i < view->n && !is_valid; i++) {
        if (excluded[i]) {
            continue;
        }
        rv = mssl_source_ask(view->source[i], key, now, &answer);
        if (rv != APR_SUCCESS && rv != APR_NOTFOUND) {
            *error = rv;
        }
        excluded[i] = answer != NULL && answer->is_excluded;
        is_valid = mssl_answer_weigh(choice, answer, now);
        mssl_answer_unref(answer);
    }
    return is_valid;
}

apr_status_t mssl_store_lookup(const mssl_view_t *view, const char *name, apr_time_t now,
                               mssl_choice_t *choice)
{
    unsigned char excluded[view->n + 1];
    char pattern[MSSL_NAME_SIZE];
    apr_status_t error = APR_NOTFOUND;
    int i;

    memset(choice, 0, sizeof(*choice));
    memset(excluded, 0, sizeof(excluded));
    if (!weigh_sources(view, name, now, excluded, choice, &error)
        && mssl_name_pattern(pattern, name)) {
        weigh_sources(view, pattern, now, excluded, choice, &error);
    }
    for (i = 0; i < MSSL_KEY_TYPES; i++) {
        if (choice->pair[i] != NULL) {
            return APR_SUCCESS;
        }
    }
    return error;
}

int mssl_store_has_name(const mssl_view_t *view, const char *name, apr_time_t now)
{
    mssl_choice_t choice;
    int found = mssl_store_lookup(view, name, now, &choice) == APR_SUCCESS;

    mssl_choice_release(&choice);
    return found;
}

void mssl_store_warm(mssl_store_t *store, const char *label, const char *key, apr_time_t now)
{
    mssl_source_t *source;
    mssl_answer_t *answer;
    int i;

    for (i = 0; i < store->sources->nelts; i++) {
        source = APR_ARRAY_IDX(store->sources, i, mssl_source_t *);
        if (strcmp(source->label, label) == 0) {
            mssl_source_ask(source, key, now, &answer);
            mssl_answer_unref(answer);
        }
    }
}

void mssl_store_get_stats(mssl_store_t *store, mssl_store_stats_t *stats)
{
    memset(stats, 0, sizeof(*stats));
    mssl_cache_get_stats(store->cache, stats);
    stats->loads = __atomic_load_n(&store->loads, __ATOMIC_RELAXED);
    stats->stats_of_files = __atomic_load_n(&store->fetches, __ATOMIC_RELAXED);
}
