/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "tools/msslctl/sources.h"

#include <apr_strings.h>
#include <string.h>

#include "lib/providers/config.h"
#include "lib/providers/providers.h"

static const struct {
    const char *name;
    const mssl_store_provider_t *provider;
} known[] = { { "dir", &mssl_store_dir }, { "map", &mssl_store_map } };

/* Each once: a map that was written a moment ago is read again, by whoever comes then. */
static void note(void *baton, mssl_report_t kind, const char *source, const char *key,
                 const char *text)
{
    ctl_walk_t *walk = baton;
    const char *line;

    if (kind == MSSL_REPORT_BAD_PAIR || kind == MSSL_REPORT_EXPIRED
        || kind == MSSL_REPORT_UNREACHABLE) {
        walk->fault = apr_pstrdup(walk->pool, text);
        return;
    }
    if (kind != MSSL_REPORT_NOTE || key != NULL) {
        return;
    }
    ctl_sources_lock(walk->sources);
    line = apr_pstrcat(walk->pool, source, ": ", text, NULL);
    if (apr_hash_get(walk->sources->noted, line, APR_HASH_KEY_STRING) == NULL) {
        apr_hash_set(walk->sources->noted, line, APR_HASH_KEY_STRING, line);
        APR_ARRAY_PUSH(walk->notes, const char *) = line;
    }
    ctl_sources_unlock(walk->sources);
}

void ctl_sources_lock(const struct ctl_sources_t *sources)
{
    if (sources->lock != NULL) {
        apr_thread_mutex_lock(sources->lock);
    }
}

void ctl_sources_unlock(const struct ctl_sources_t *sources)
{
    if (sources->lock != NULL) {
        apr_thread_mutex_unlock(sources->lock);
    }
}

ctl_found_store_t *ctl_sources_found(const ctl_walk_t *walk, const ctl_source_t *source)
{
    return &APR_ARRAY_IDX(walk->stores, source->found, ctl_found_store_t);
}

void ctl_sources_give_up(ctl_walk_t *walk, const ctl_source_t *source, const char *reason)
{
    ctl_found_store_t *found = ctl_sources_found(walk, source);

    if (found->reason == NULL) {
        found->reason = apr_pstrdup(walk->pool, *reason != '\0' ? reason : "cannot be read");
        walk->unreachable++;
    }
}

ctl_source_t *ctl_sources_add(ctl_walk_t *walk, const char *label)
{
    ctl_source_t *source = apr_array_push(walk->sources->sources);
    ctl_found_store_t *found = apr_array_push(walk->stores);

    source->id = -1;
    source->found = walk->stores->nelts - 1;
    found->label = label;
    return source;
}

static void add_store(ctl_walk_t *walk, const ctl_store_t *store)
{
    ctl_source_t *source = ctl_sources_add(walk, store->label);
    mssl_reason_t why = { "" };
    mssl_source_t *made;
    size_t i;

    for (i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        if (strcmp(known[i].name, store->provider) == 0) {
            source->provider = known[i].provider;
        }
    }
    if (source->provider == NULL) {
        ctl_sources_give_up(walk, source, "msslctl does not have this provider");
        return;
    }
    ctl_sources_found(walk, source)->can_list = source->provider->list != NULL;
    if (mssl_store_add_provider(&made, walk->sources->store, store->provider, source->provider,
                                store->argument, 1, &why) == APR_SUCCESS) {
        source->id = mssl_source_get_id(made);
        source->made = made;
        source->provider->make(&source->instance, store->argument, walk->pool, &why);
    }
    else {
        ctl_sources_give_up(walk, source, why.text);
    }
}

static void add_rows(ctl_walk_t *walk, const ctl_server_t *server)
{
    mssl_config_t *config = mssl_config_make(walk->pool);
    ctl_source_t *source;
    mssl_source_t *made;
    int i;

    if (server->rows->nelts == 0) {
        return;
    }
    for (i = 0; i < server->rows->nelts; i++) {
        const ctl_row_t *row = &APR_ARRAY_IDX(server->rows, i, ctl_row_t);

        mssl_config_add(config, row->names, row->cert,
                        strcmp(row->key, row->cert) != 0 ? row->key : NULL);
    }
    made = mssl_store_add_instance(walk->sources->store, "MSSLCertificate", &mssl_store_config,
                                   config, mssl_config_has, mssl_config_identify);
    source = ctl_sources_add(walk, mssl_source_get_label(made));
    source->id = mssl_source_get_id(made);
    source->made = made;
    source->provider = &mssl_store_config;
    source->instance = config;
    ctl_sources_found(walk, source)->can_list = 1;
}

const mssl_view_t *ctl_sources_get_view(const ctl_walk_t *walk)
{
    const apr_array_header_t *sources = walk->sources->sources;
    mssl_source_t **made = apr_pcalloc(walk->pool, (apr_size_t)(sources->nelts + 1) * sizeof(*made));
    int i, n = 0;

    for (i = 0; i < sources->nelts; i++) {
        made[n] = APR_ARRAY_IDX(sources, i, ctl_source_t).made;
        n += made[n] != NULL;
    }
    return mssl_store_get_view(walk->sources->store, made, n);
}

struct ctl_sources_t *ctl_sources_make(apr_pool_t *pool)
{
    struct ctl_sources_t *sources = apr_pcalloc(pool, sizeof(*sources));

    sources->sources = apr_array_make(pool, 4, sizeof(ctl_source_t));
    sources->keys = apr_array_make(pool, 64, sizeof(const char *));
    sources->patterns = apr_hash_make(pool);
    sources->certificates = apr_hash_make(pool);
    sources->noted = apr_hash_make(pool);
    sources->done = apr_pcalloc(pool, sizeof(*sources->done));
    return sources;
}

ctl_walk_t *ctl_sources_make_walk(struct ctl_sources_t *sources, const mssl_warns_t *warns,
                                  apr_pool_t *pool)
{
    ctl_walk_t *walk = apr_pcalloc(pool, sizeof(*walk));

    walk->pool = pool;
    walk->now = apr_time_now();
    walk->warns = *warns;
    walk->sources = sources;
    walk->findings = apr_array_make(pool, 64, sizeof(ctl_finding_t));
    walk->stores = apr_array_make(pool, 4, sizeof(ctl_found_store_t));
    walk->notes = apr_array_make(pool, 1, sizeof(const char *));
    return walk;
}

ctl_walk_t *ctl_walk_make(const ctl_server_t *server, const ctl_store_t *only,
                          const mssl_warns_t *warns, apr_pool_t *pool)
{
    struct ctl_sources_t *sources = ctl_sources_make(pool);
    ctl_walk_t *walk = ctl_sources_make_walk(sources, warns, pool);
    mssl_store_conf_t conf;
    int i;

    mssl_store_conf_init(&conf);
    conf.report = note;
    conf.report_baton = walk;
    sources->chains = mssl_chains_new();
    if (sources->chains == NULL || mssl_store_make(&sources->store, &conf, pool) != APR_SUCCESS) {
        return NULL;
    }
    ctl_kept_open(sources, server, pool);
    if (only == NULL) {
        add_rows(walk, server);
    }
    for (i = 0; i < server->stores->nelts; i++) {
        const ctl_store_t *store = &APR_ARRAY_IDX(server->stores, i, ctl_store_t);

        if (only == NULL || only == store) {
            add_store(walk, store);
        }
    }
    return walk;
}
