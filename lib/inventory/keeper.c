/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "lib/inventory/keeper.h"

#include <apr_strings.h>
#include <errno.h>
#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/filename.h"
#include "lib/base/material.h"
#include "lib/inventory/history.h"
#include "lib/inventory/served.h"
#include "lib/inventory/sweep.h"
#include "lib/pair/judge.h"
#include "lib/store/catalog.h"

/** As in worker.c. */
#define STACK ((size_t)1024 * 1024)

struct mssl_keeper_t {
    mssl_desk_t *desk;
    mssl_keeper_conf_t conf;
    pthread_t thread;
    int is_stopped; /* atomic */
    int is_done;    /* under the desk's lock */
    apr_status_t rv;
    mssl_reason_t why;
    mssl_judge_t *judge;
    apr_pool_t *pool; /* of the key at hand */
    /* where it is */
    int source;
    char key[MSSL_NAME_SIZE];
    mssl_finding_t finding;
};

/* Which of a key's facts are in service by themselves; none of them: none. */
static void choose(const mssl_finding_t *finding, mssl_judged_t *judged)
{
    mssl_candidate_t candidate[MSSL_BOOK_FACTS_MAX];
    mssl_warns_t warns;
    int i;

    memset(candidate, 0, sizeof(candidate));
    for (i = 0; i < finding->nfacts; i++) {
        candidate[i].is_bad = finding->fact[i].is_bad;
        candidate[i].is_last_good = finding->fact[i].is_last_good;
        candidate[i].type = finding->fact[i].type;
        candidate[i].dates = finding->fact[i].dates;
    }
    mssl_warns_init(&warns);
    mssl_states_judge(judged, candidate, finding->nfacts, &warns, apr_time_now());
}

static int is_wanted(const mssl_finding_t *finding, int i)
{
    return i >= 0 && !finding->fact[i].is_kept && !finding->fact[i].is_last_good
           && finding->has_stamp && finding->fact[i].file != NULL;
}

/* Under the lock: whether an entry may have something for the history. */
static int may_have(const mssl_keeper_t *keeper, const mssl_entry_t *entry)
{
    int i, found = keeper->conf.checks;

    for (i = 0; i < mssl_entry_count_facts(entry) && !found; i++) {
        found = !mssl_entry_is_kept(entry, i);
    }
    return found && mssl_entry_get_stamp(entry) != NULL;
}

/* The next key behind the one at hand. @return 0: that was all */
static int find_next(mssl_keeper_t *keeper, apr_pool_t *pool)
{
    const mssl_book_t *book = keeper->desk->book;
    apr_uint32_t place;
    int found = 0;

    pthread_mutex_lock(&keeper->desk->lock);
    while (!found && keeper->source < book->nshelves) {
        const mssl_shelf_t *shelf = &book->shelf[keeper->source];

        if (mssl_book_find(shelf, keeper->key, &place)) {
            place++;
        }
        while (place < shelf->n && !may_have(keeper, shelf->entry[place])) {
            place++;
        }
        found = place < shelf->n;
        if (found) {
            mssl_entry_get_finding(book, keeper->source, shelf->entry[place], &keeper->finding,
                                   pool);
            apr_cpystrn(keeper->key, mssl_entry_get_key(shelf->entry[place]), sizeof(keeper->key));
        }
        else {
            keeper->source++;
            keeper->key[0] = '\0';
        }
    }
    pthread_mutex_unlock(&keeper->desk->lock);
    return found;
}

/* The fact is in the history: noted where it is still the same. */
static void note(mssl_keeper_t *keeper, const mssl_fact_t *fact)
{
    const mssl_shelf_t *shelf = &keeper->desk->book->shelf[keeper->source];
    mssl_entry_t *entry;
    apr_uint32_t place;
    int i;

    pthread_mutex_lock(&keeper->desk->lock);
    if (mssl_book_find(shelf, keeper->key, &place)) {
        entry = shelf->entry[place];
        for (i = 0; i < mssl_entry_count_facts(entry); i++) {
            if (memcmp(mssl_entry_get_sha256(entry, i), fact->sha256, sizeof(fact->sha256)) == 0) {
                mssl_entry_set_kept(entry, i);
            }
        }
    }
    pthread_mutex_unlock(&keeper->desk->lock);
}

static const mssl_item_t *find_item(const mssl_material_t *material, const char *file)
{
    int i;

    for (i = 0; i < material->nitems; i++) {
        if (material->item[i].rv == APR_SUCCESS && strcmp(material->item[i].label, file) == 0) {
            return &material->item[i];
        }
    }
    return NULL;
}

static const char *identify(const mssl_keeper_t *keeper, int source, const char *key,
                            apr_pool_t *pool)
{
    return mssl_store_identify(keeper->desk->store, source, key, pool);
}

static apr_status_t add(mssl_keeper_t *keeper, const mssl_item_t *item, mssl_key_type_t type,
                        int keep, apr_pool_t *pool)
{
    const char *file = mssl_served_get_file(keeper->key,
                                            identify(keeper, keeper->source, keeper->key, pool),
                                            type, pool);
    mssl_blob_t joined = { NULL, item->cert.len + item->key.len };
    apr_uint32_t number;
    apr_status_t rv;
    char *data;

    data = apr_palloc(pool, joined.len + 1);
    memcpy(data, item->cert.data, item->cert.len);
    memcpy(data + item->cert.len, item->key.data, item->key.len);
    data[joined.len] = '\0';
    joined.data = data;
    rv = mssl_history_add(keeper->desk->served->dir, keeper->key, &joined, file, keep, &number, pool,
                          &keeper->why);
    OPENSSL_cleanse(data, joined.len);
    return rv;
}

/* One of the key at hand. */
static apr_status_t keep_fact(mssl_keeper_t *keeper, const mssl_fact_t *fact,
                              const mssl_material_t *material, int keep, apr_pool_t *pool)
{
    const mssl_item_t *item = find_item(material, fact->file);
    apr_status_t rv;

    if (item == NULL) {
        return APR_SUCCESS;
    }
    rv = add(keeper, item, fact->type, keep, pool);
    if (rv == APR_SUCCESS) {
        note(keeper, fact);
    }
    /* Pruned by somebody else: the next walk's. */
    return APR_STATUS_IS_ENOENT(rv) ? APR_SUCCESS : rv;
}

/* What the book says is kept, and is not there: somebody emptied the folder. */
static void check_kept(const mssl_keeper_t *keeper, mssl_fact_t *fact, apr_pool_t *pool)
{
    if (keeper->conf.checks && fact->is_kept && !fact->is_last_good
        && !mssl_served_has(keeper->desk->served, keeper->key,
                            identify(keeper, keeper->source, keeper->key, pool), fact->type,
                            pool)) {
        fact->is_kept = 0;
    }
}

/*
 * What is in service of the key at hand, read once more as it was when it was judged.
 * @param n out: how many were to be kept
 */
static apr_status_t keep_key(mssl_keeper_t *keeper, int *n, apr_pool_t *pool)
{
    mssl_finding_t *finding = &keeper->finding;
    mssl_material_t *material = apr_pcalloc(pool, sizeof(*material));
    mssl_judged_t judged;
    mssl_reason_t why = { "" };
    mssl_question_t question = { keeper->key, NULL, pool, material, &why };
    apr_status_t rv = APR_SUCCESS;
    int type, ntypes = 0;

    *n = 0;
    choose(finding, &judged);
    for (type = 0; type < MSSL_KEY_TYPES; type++) {
        if (judged.chosen[type] >= 0) {
            check_kept(keeper, &finding->fact[judged.chosen[type]], pool);
        }
        ntypes += judged.chosen[type] >= 0;
        *n += is_wanted(finding, judged.chosen[type]);
    }
    if (*n == 0
        || mssl_catalog_fetch(keeper->desk->store, keeper->source, &question) != APR_SUCCESS
        || memcmp(&material->stamp, &finding->stamp, sizeof(material->stamp)) != 0) {
        mssl_material_wipe(material);
        return APR_SUCCESS; /* it has changed: the next walk judges it anew */
    }
    mssl_judge_material(keeper->judge, keeper->key, material, pool);
    for (type = 0; type < MSSL_KEY_TYPES && rv == APR_SUCCESS; type++) {
        if (is_wanted(finding, judged.chosen[type])) {
            rv = keep_fact(keeper, &finding->fact[judged.chosen[type]], material,
                           keeper->conf.versions * ntypes, pool);
        }
    }
    mssl_material_wipe(material);
    return rv;
}

/* The name that a file is called after. @return NULL: it is not in that part of the book */
static const char *find_name(const mssl_shelf_t *shelf, const char *file, char buffer[MSSL_NAME_SIZE])
{
    apr_uint32_t i;

    if (mssl_filename_parse(buffer, file)) {
        return mssl_book_find(shelf, buffer, &i) ? buffer : NULL;
    }
    /* Of a long name the file does not say which it is. There are few. */
    for (i = 0; i < shelf->n; i++) {
        const char *name = mssl_entry_get_key(shelf->entry[i]);

        if (strlen(name) > MSSL_FILENAME_MAX && strcmp(mssl_filename(buffer, name), file) == 0) {
            return name;
        }
    }
    return NULL;
}

/* Whether a name is in a source, as far as it is known. */
static int is_there(void *baton, const char *file, const char *source)
{
    mssl_keeper_t *keeper = baton;
    const mssl_book_t *book = keeper->desk->book;
    char digits[MSSL_SERVED_SOURCE_SIZE], buffer[MSSL_NAME_SIZE];
    int i, found = 0;

    pthread_mutex_lock(&keeper->desk->lock);
    for (i = 0; i < book->nshelves && !found; i++) {
        const char *name = find_name(&book->shelf[i], file, buffer);

        found = name != NULL;
        if (found && source != NULL) {
            apr_pool_clear(keeper->pool);
            mssl_served_name_source(digits, identify(keeper, i, name, keeper->pool));
            found = strcmp(digits, source) == 0;
        }
    }
    pthread_mutex_unlock(&keeper->desk->lock);
    return found || __atomic_load_n(&keeper->is_stopped, __ATOMIC_RELAXED);
}

static apr_status_t go(mssl_keeper_t *keeper, apr_pool_t *pool)
{
    apr_status_t rv = mssl_judge_make(&keeper->judge, pool);
    int n = 0;

    if (rv == APR_SUCCESS) {
        rv = apr_pool_create(&keeper->pool, pool);
    }
    while (rv == APR_SUCCESS && !__atomic_load_n(&keeper->is_stopped, __ATOMIC_RELAXED)
           && find_next(keeper, keeper->pool)) {
        rv = keep_key(keeper, &n, keeper->pool);
        apr_pool_clear(keeper->pool);
        if (n > 0 && keeper->conf.rate > 0) {
            apr_sleep(APR_USEC_PER_SEC / keeper->conf.rate);
        }
    }
    if (rv == APR_SUCCESS && keeper->conf.sweeps) {
        mssl_history_sweep(keeper->desk->served->dir, is_there, keeper, apr_time_now(), pool);
    }
    return rv;
}

static void *run(void *data)
{
    mssl_keeper_t *keeper = data;
    apr_pool_t *pool;
    apr_status_t rv = apr_pool_create_unmanaged_ex(&pool, NULL, NULL);

    if (rv == APR_SUCCESS) {
        rv = go(keeper, pool);
        apr_pool_destroy(pool);
    }
    pthread_mutex_lock(&keeper->desk->lock);
    keeper->rv = rv;
    keeper->is_done = 1;
    pthread_mutex_unlock(&keeper->desk->lock);
    return NULL;
}

mssl_keeper_t *mssl_keeper_begin(mssl_desk_t *desk, const mssl_keeper_conf_t *conf)
{
    mssl_keeper_t *keeper = calloc(1, sizeof(*keeper));
    pthread_attr_t attr;

    if (keeper == NULL) {
        return NULL;
    }
    keeper->desk = desk;
    keeper->conf = *conf;
    pthread_attr_init(&attr);
    pthread_attr_setstacksize(&attr, STACK);
    if (pthread_create(&keeper->thread, &attr, run, keeper) != 0) {
        free(keeper);
        keeper = NULL;
    }
    pthread_attr_destroy(&attr);
    return keeper;
}

int mssl_keeper_is_done(mssl_keeper_t *keeper)
{
    int is_done;

    pthread_mutex_lock(&keeper->desk->lock);
    is_done = keeper->is_done;
    pthread_mutex_unlock(&keeper->desk->lock);
    return is_done;
}

void mssl_keeper_stop(mssl_keeper_t *keeper)
{
    __atomic_store_n(&keeper->is_stopped, 1, __ATOMIC_RELAXED);
}

apr_status_t mssl_keeper_end(mssl_keeper_t *keeper, mssl_reason_t *why)
{
    apr_status_t rv;

    pthread_join(keeper->thread, NULL);
    rv = keeper->rv;
    *why = keeper->why;
    free(keeper);
    return rv;
}
