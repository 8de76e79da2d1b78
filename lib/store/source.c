/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "lib/store/source.h"

#include <apr_strings.h>
#include <string.h>

#include "lib/files/read.h"

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

mssl_source_t *mssl_store_add_files(mssl_store_t *store)
{
    return add(store, MSSL_SOURCE_FILES, "MSSLCertificate");
}

void mssl_source_add_file(mssl_source_t *files, const char *key, const char *cert_file,
                          const char *key_file)
{
    apr_pool_t *pool = files->store->pool;
    mssl_rows_t *rows = apr_hash_get(files->table, key, APR_HASH_KEY_STRING);

    if (rows == NULL) {
        rows = apr_pcalloc(pool, sizeof(*rows));
        apr_hash_set(files->table, apr_pstrdup(pool, key), APR_HASH_KEY_STRING, rows);
    }
    if (rows->n < MSSL_MATERIAL_MAX) {
        rows->row[rows->n].cert = apr_pstrdup(pool, cert_file);
        rows->row[rows->n++].key = key_file != NULL ? apr_pstrdup(pool, key_file) : NULL;
    }
}

mssl_source_t *mssl_store_add_pairs(mssl_store_t *store)
{
    return add(store, MSSL_SOURCE_PAIRS, "SSLCertificateFile");
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
    const mssl_rows_t *rows;
    const mssl_source_t *source;
    int i;

    if (name == NULL) {
        return NULL;
    }
    source = APR_ARRAY_IDX(store->sources, source_id, const mssl_source_t *);
    rows = source->kind == MSSL_SOURCE_FILES ? apr_hash_get(source->table, key, APR_HASH_KEY_STRING)
                                             : NULL;
    for (i = 0; rows != NULL && i < rows->n; i++) {
        const char *key_file = rows->row[i].key != NULL ? rows->row[i].key : "";

        name = apr_pstrcat(pool, name, "\n", rows->row[i].cert, "\n", key_file, NULL);
    }
    return name;
}

int mssl_source_get_id(const mssl_source_t *source)
{
    return source->id;
}

void mssl_source_report(const mssl_source_t *source, mssl_report_t kind, const char *key,
                        const char *text)
{
    const mssl_store_conf_t *conf = &source->store->conf;

    if (conf->report != NULL) {
        conf->report(conf->report_baton, kind, source->label, key, text);
    }
}

apr_status_t mssl_source_fetch_files(const mssl_source_t *source, const char *key,
                                     const mssl_stamp_t *known, mssl_material_t *out,
                                     apr_pool_t *pool)
{
    const mssl_rows_t *rows = apr_hash_get(source->table, key, APR_HASH_KEY_STRING);
    mssl_stamper_t stamper;
    mssl_item_t *item;
    int i;

    if (rows == NULL) {
        return APR_NOTFOUND;
    }
    if (mssl_stamper_init(&stamper, NULL) != APR_SUCCESS) {
        return APR_ENOMEM;
    }
    stamper.has_no_rule = 1; /* as they are read */
    for (i = 0; i < rows->n; i++) {
        mssl_stamper_add(&stamper, rows->row[i].cert);
        if (rows->row[i].key != NULL) {
            mssl_stamper_add(&stamper, rows->row[i].key);
        }
    }
    mssl_stamper_final(&stamper, &out->stamp);
    if (known != NULL && memcmp(known, &out->stamp, sizeof(*known)) == 0) {
        return APR_EEXIST;
    }
    out->nitems = rows->n;
    for (i = 0; i < rows->n; i++) {
        item = &out->item[i];
        item->label = rows->row[i].cert;
        item->key_label = rows->row[i].key != NULL ? rows->row[i].key : item->label;
        item->format = MSSL_FORMAT_PEM;
        item->rv = mssl_file_read(&item->cert, NULL, item->label, pool, &item->why);
        if (item->rv == APR_SUCCESS && rows->row[i].key != NULL) {
            item->rv = mssl_file_read(&item->key, NULL, item->key_label, pool, &item->why);
        }
    }
    return APR_SUCCESS;
}
