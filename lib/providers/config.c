/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "lib/providers/config.h"

#include <apr_hash.h>
#include <apr_strings.h>
#include <openssl/crypto.h>
#include <string.h>

#include "lib/providers/dirlist.h"
#include "lib/providers/rows.h"

/** One line. */
typedef struct line_t {
    mssl_maprow_t row;
    mssl_blob_t cert, key; /* as they were when httpd started; NULL data: not kept */
} line_t;

/** What a key has. */
typedef struct lines_t {
    int n;
    const line_t *line[MSSL_MATERIAL_MAX];
} lines_t;

struct mssl_config_t {
    apr_pool_t *pool;
    apr_array_header_t *lines; /* line_t * */
    apr_hash_t *table;         /* key -> lines_t */
};

mssl_config_t *mssl_config_make(apr_pool_t *pool)
{
    mssl_config_t *config = apr_pcalloc(pool, sizeof(*config));

    config->pool = pool;
    config->lines = apr_array_make(pool, 8, sizeof(line_t *));
    config->table = apr_hash_make(pool);
    return config;
}

static void add_key(mssl_config_t *config, const char *key, const line_t *line)
{
    lines_t *lines = apr_hash_get(config->table, key, APR_HASH_KEY_STRING);

    if (lines == NULL) {
        lines = apr_pcalloc(config->pool, sizeof(*lines));
        apr_hash_set(config->table, apr_pstrdup(config->pool, key), APR_HASH_KEY_STRING, lines);
    }
    if (lines->n < MSSL_MATERIAL_MAX) {
        lines->line[lines->n++] = line;
    }
}

void mssl_config_add(mssl_config_t *config, const apr_array_header_t *keys, const char *cert_file,
                     const char *key_file)
{
    line_t *line = apr_pcalloc(config->pool, sizeof(*line));
    int i;

    line->row.cert = apr_pstrdup(config->pool, cert_file);
    line->row.key = key_file != NULL ? apr_pstrdup(config->pool, key_file) : NULL;
    APR_ARRAY_PUSH(config->lines, line_t *) = line;
    for (i = 0; i < keys->nelts; i++) {
        add_key(config, APR_ARRAY_IDX(keys, i, const char *), line);
    }
}

int mssl_config_has(const void *config, const char *key)
{
    return apr_hash_get(((const mssl_config_t *)config)->table, key, APR_HASH_KEY_STRING) != NULL;
}

const char *mssl_config_identify(const void *config, const char *key, apr_pool_t *pool)
{
    const lines_t *lines = apr_hash_get(((const mssl_config_t *)config)->table, key,
                                        APR_HASH_KEY_STRING);
    const char *text = "";
    int i;

    for (i = 0; lines != NULL && i < lines->n; i++) {
        const mssl_maprow_t *row = &lines->line[i]->row;

        text = apr_pstrcat(pool, text, "\n", row->cert, "\n", row->key != NULL ? row->key : "",
                           NULL);
    }
    return text;
}

static void wipe(const mssl_blob_t *blob)
{
    if (blob->data != NULL) {
        OPENSSL_cleanse((void *)blob->data, blob->len);
    }
}

static apr_status_t wipe_all(void *data)
{
    const mssl_config_t *config = data;
    int i;

    for (i = 0; i < config->lines->nelts; i++) {
        const line_t *line = APR_ARRAY_IDX(config->lines, i, line_t *);

        wipe(&line->cert);
        wipe(&line->key);
    }
    return APR_SUCCESS;
}

void mssl_config_keep(mssl_config_t *config)
{
    int i;

    apr_pool_cleanup_register(config->pool, config, wipe_all, apr_pool_cleanup_null);
    for (i = 0; i < config->lines->nelts; i++) {
        line_t *line = APR_ARRAY_IDX(config->lines, i, line_t *);
        mssl_item_t item = { NULL };

        mssl_rows_read(&item, &line->row, NULL, config->pool);
        line->cert = item.cert;
        line->key = item.key;
    }
}

/** A copy in a pool whose owner wipes it. */
static void copy(mssl_blob_t *to, const mssl_blob_t *from, apr_pool_t *pool)
{
    to->data = from->data != NULL ? apr_pstrmemdup(pool, from->data, from->len) : NULL;
    to->len = from->len;
}

/** Files that this process may not read (any more): as they were at the start. */
static void take_kept(mssl_item_t *item, const line_t *line, apr_pool_t *pool)
{
    if (!APR_STATUS_IS_EACCES(item->rv) || line->cert.data == NULL
        || (line->row.key != NULL && line->key.data == NULL)) {
        return;
    }
    wipe(&item->cert);
    copy(&item->cert, &line->cert, pool);
    copy(&item->key, &line->key, pool);
    item->rv = APR_SUCCESS;
    item->why.text[0] = '\0';
}

static apr_status_t config_fetch(void *instance, mssl_question_t *question)
{
    const mssl_config_t *config = instance;
    const lines_t *lines = apr_hash_get(config->table, question->key, APR_HASH_KEY_STRING);
    mssl_maprow_t rows[MSSL_MATERIAL_MAX];
    apr_status_t rv;
    int i, n = lines != NULL ? lines->n : 0;

    for (i = 0; i < n; i++) {
        rows[i] = lines->line[i]->row;
    }
    rv = mssl_rows_fetch(rows, n, NULL, question);
    for (i = 0; rv == APR_SUCCESS && i < n; i++) {
        take_kept(&question->out->item[i], lines->line[i], question->pool);
    }
    return rv;
}

static apr_status_t config_list(void *instance, const char *after, mssl_key_fn take, void *baton,
                                apr_pool_t *pool, mssl_reason_t *why)
{
    const mssl_config_t *config = instance;
    apr_array_header_t *keys = apr_array_make(pool, 64, sizeof(const char *));
    apr_hash_index_t *at;
    const void *key;

    (void)why;
    for (at = apr_hash_first(pool, config->table); at != NULL; at = apr_hash_next(at)) {
        apr_hash_this(at, &key, NULL, NULL);
        if (after == NULL || strcmp(key, after) > 0) {
            APR_ARRAY_PUSH(keys, const char *) = key;
        }
    }
    return mssl_keylist_tell(keys, take, baton);
}

static apr_status_t config_places(void *instance, const char *key, mssl_key_fn place, void *baton,
                                  apr_pool_t *pool)
{
    (void)instance;
    return place(baton, apr_psprintf(pool, "the configuration: a line \"MSSLCertificate %s "
                                     "CERT-FILE [KEY-FILE]\"", key));
}

const mssl_store_provider_t mssl_store_config = {
    .fetch = config_fetch,
    .list = config_list,
    .places = config_places
};
