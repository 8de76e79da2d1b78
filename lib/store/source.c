/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "lib/store/source.h"

#include <apr_strings.h>
#include <string.h>


static apr_status_t answer_cleanup(void *answer)
{
    mssl_answer_unref(answer);
    return APR_SUCCESS;
}

static mssl_source_t *add(mssl_store_t *store, mssl_source_kind_t kind, const char *label)
{
    mssl_source_t *source = apr_pcalloc(store->pool, sizeof(*source));

    source->store = store;
    source->id = store->sources->nelts;
    source->kind = kind;
    source->label = label;
    source->table = kind != MSSL_SOURCE_PROVIDER ? apr_hash_make(store->pool) : NULL;
    APR_ARRAY_PUSH(store->sources, mssl_source_t *) = source;
    return source;
}

apr_status_t mssl_store_add_provider(mssl_source_t **out, mssl_store_t *store, const char *name,
                                     const mssl_store_provider_t *provider, const char *arg,
                                     int restarting, mssl_reason_t *why)
{
    const char *label = apr_pstrcat(store->pool, name, ":", arg, NULL);
    mssl_source_t *source;
    void *instance = NULL;
    apr_status_t rv;
    int i;

    for (i = 0; i < store->sources->nelts; i++) {
        source = APR_ARRAY_IDX(store->sources, i, mssl_source_t *);
        if (source->provider == provider && strcmp(source->label, label) == 0) {
            *out = source;
            return APR_SUCCESS;
        }
    }
    *out = NULL;
    rv = provider->make(&instance, arg, store->pool, why);
    if (rv != APR_SUCCESS && (!restarting || instance == NULL)) {
        return rv;
    }
    *out = add(store, MSSL_SOURCE_PROVIDER, label);
    (*out)->provider = provider;
    (*out)->instance = instance;
    if (rv != APR_SUCCESS) {
        (*out)->is_unreachable = 1;
        mssl_source_report(*out, MSSL_REPORT_UNREACHABLE, NULL, why->text);
    }
    return APR_SUCCESS;
}

mssl_source_t *mssl_store_add_instance(mssl_store_t *store, const char *label,
                                       const mssl_store_provider_t *provider, void *instance,
                                       mssl_has_fn has, mssl_identify_fn identify)
{
    mssl_source_t *source = add(store, MSSL_SOURCE_PROVIDER, label);

    source->provider = provider;
    source->instance = instance;
    source->has = has;
    source->identify = identify;
    return source;
}

mssl_source_t *mssl_store_add_pairs(mssl_store_t *store)
{
    return add(store, MSSL_SOURCE_PAIRS, MSSL_STORE_OWN_LABEL);
}

/*
 * Put a pair behind those that a key has; answers are read-only, so a longer one takes the place.
 */
static void append(mssl_source_t *pairs, const char *key, mssl_pair_t *pair)
{
    apr_pool_t *pool = pairs->store->pool;
    mssl_answer_t *old = apr_hash_get(pairs->table, key, APR_HASH_KEY_STRING), *grown;
    int n = old != NULL ? old->npairs : 0;
    mssl_pair_t *list[MSSL_MATERIAL_MAX];

    if (n == MSSL_MATERIAL_MAX) {
        return;
    }
    if (n > 0) {
        memcpy(list, old->pair, (size_t)n * sizeof(list[0]));
    }
    list[n++] = pair;
    grown = mssl_answer_new(list, n, 0);
    if (grown == NULL) {
        return;
    }
    if (old != NULL) {
        apr_pool_cleanup_kill(pool, old, answer_cleanup);
        mssl_answer_unref(old);
    }
    apr_pool_cleanup_register(pool, grown, answer_cleanup, apr_pool_cleanup_null);
    apr_hash_set(pairs->table, old != NULL ? key : apr_pstrdup(pool, key), APR_HASH_KEY_STRING,
                 grown);
}

void mssl_source_add_pair(mssl_source_t *pairs, mssl_pair_t *pair)
{
    size_t i;

    for (i = 0; i < mssl_pair_count_names(pair); i++) {
        append(pairs, mssl_pair_get_name(pair, i), pair);
    }
}

const char *mssl_source_get_label(const mssl_source_t *source)
{
    return source->label;
}

const char *mssl_store_identify(const mssl_store_t *store, int source_id, const char *key,
                                apr_pool_t *pool)
{
    const char *name = mssl_store_get_label(store, source_id);
    const mssl_source_t *source;

    if (name == NULL) {
        return NULL;
    }
    source = APR_ARRAY_IDX(store->sources, source_id, const mssl_source_t *);
    return source->identify == NULL
        ? name : apr_pstrcat(pool, name, source->identify(source->instance, key, pool), NULL);
}

int mssl_source_get_id(const mssl_source_t *source)
{
    return source->id;
}

void mssl_source_set_filed(mssl_source_t *source, mssl_filed_fn filed, void *baton)
{
    source->filed = filed;
    source->filed_baton = baton;
}

apr_time_t mssl_source_filed(mssl_source_t *source, apr_time_t now)
{
    apr_time_t asked = __atomic_load_n(&source->filed_asked, __ATOMIC_ACQUIRE);

    if (source->filed == NULL) {
        return 0;
    }
    if (now < asked || now - asked >= source->store->conf.check_interval) {
        __atomic_store_n(&source->filed_at, source->filed(source->filed_baton), __ATOMIC_RELAXED);
        __atomic_store_n(&source->filed_asked, now, __ATOMIC_RELEASE);
    }
    return __atomic_load_n(&source->filed_at, __ATOMIC_RELAXED);
}

void mssl_source_report(const mssl_source_t *source, mssl_report_t kind, const char *key,
                        const char *text)
{
    const mssl_store_conf_t *conf = &source->store->conf;

    if (conf->report != NULL) {
        conf->report(conf->report_baton, kind, source->label, key, text);
    }
}
