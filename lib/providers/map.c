/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

/*
 * map:FILE. The file is looked at in each fetch and read again when it changed. Ten thousand keys
 * share it, so one thread reads while the others go on with the table they have.
 */

#include <apr_strings.h>
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/base/reason.h"
#include "lib/files/read.h"
#include "lib/providers/dirlist.h"
#include "lib/providers/maptable.h"
#include "lib/providers/providers.h"
#include "lib/providers/rows.h"

/** As in stamp.c: within this time of a change another one may leave the times as they are. */
#define YOUNG (2 * APR_USEC_PER_SEC)

typedef struct table_t {
    unsigned refs; /* under the map's lock */
    mssl_maptable_t *rows;
} table_t;

typedef struct map_t {
    const char *path;
    const char *folder;
    pthread_mutex_t load;  /* held while the file is read */
    pthread_mutex_t lock;  /* held for a moment, for the fields below */
    table_t *table;        /* NULL: not read yet */
    struct stat read_st;   /* of the file that table was read from */
    /* it had just changed then, and may have again unnoticed: read it once more */
    int was_young;
    int next_note;         /* the first note of table that was not taken */
} map_t;

/* The caller holds the lock. */
static void drop(table_t *table)
{
    if (table != NULL && --table->refs == 0) {
        mssl_maptable_free(table->rows);
        free(table);
    }
}

static void release(map_t *map, table_t *table)
{
    pthread_mutex_lock(&map->lock);
    drop(table);
    pthread_mutex_unlock(&map->lock);
}

static int is_young(const struct stat *st)
{
    apr_time_t age = apr_time_now() - apr_time_from_sec(st->st_ctim.tv_sec);

    return age > -YOUNG && age < YOUNG + APR_USEC_PER_SEC;
}

static int is_same_file(const struct stat *a, const struct stat *b)
{
    return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_size == b->st_size
           && a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec
           && a->st_ctim.tv_sec == b->st_ctim.tv_sec && a->st_ctim.tv_nsec == b->st_ctim.tv_nsec;
}

/* The current table, counted; *is_current: it is as the file is. */
static table_t *get_table(map_t *map, const struct stat *st, int *is_current)
{
    table_t *table;

    pthread_mutex_lock(&map->lock);
    table = map->table;
    *is_current = table != NULL && is_same_file(&map->read_st, st)
                  && (!map->was_young || is_young(st));
    if (table != NULL) {
        table->refs++;
    }
    pthread_mutex_unlock(&map->lock);
    return table;
}

/* The caller holds the load lock. */
static apr_status_t read_file(map_t *map, const struct stat *st, int is_first, mssl_reason_t *why)
{
    int young = is_young(st);
    table_t *table;
    apr_size_t len;
    apr_status_t rv;
    char *text;

    rv = mssl_file_load(&text, &len, map->path, why);
    if (rv != APR_SUCCESS) {
        return rv;
    }
    if (!is_first && young && (len == 0 || text[len - 1] != '\n')) {
        free(text); /* somebody writes it in place: the old table until the rest is there */
        return APR_EAGAIN;
    }
    table = calloc(1, sizeof(*table));
    if (table == NULL || (table->rows = mssl_maptable_new(text, len)) == NULL) {
        free(table);
        return mssl_reason_set(why, APR_ENOMEM, "%s: out of memory", map->path);
    }
    table->refs = 1;
    pthread_mutex_lock(&map->lock);
    drop(map->table);
    map->table = table;
    map->read_st = *st;
    map->was_young = young;
    map->next_note = 0;
    pthread_mutex_unlock(&map->lock);
    return APR_SUCCESS;
}

/* Have the table, read first where it must be. Counted. */
static apr_status_t have_table(map_t *map, table_t **out, mssl_reason_t *why)
{
    struct stat st;
    apr_status_t rv = APR_SUCCESS;
    int is_current;

    *out = NULL;
    if (stat(map->path, &st) != 0) {
        return mssl_reason_set(why, errno, "%s: %s; put the map there", map->path,
                               strerror(errno));
    }
    *out = get_table(map, &st, &is_current);
    if (is_current) {
        return APR_SUCCESS;
    }
    if (*out == NULL) {
        pthread_mutex_lock(&map->load);
    }
    else if (pthread_mutex_trylock(&map->load) != 0) {
        return APR_SUCCESS; /* another thread is at it: the old one will do meanwhile */
    }
    release(map, *out);
    *out = get_table(map, &st, &is_current); /* somebody may have read it just now */
    if (!is_current) {
        rv = read_file(map, &st, *out == NULL, why);
        release(map, *out);
        *out = get_table(map, &st, &is_current);
    }
    pthread_mutex_unlock(&map->load);
    if (*out != NULL && APR_STATUS_IS_EAGAIN(rv)) {
        rv = APR_SUCCESS;
    }
    if (rv != APR_SUCCESS) {
        release(map, *out);
        *out = NULL;
    }
    return rv;
}

static const char *absolute(const map_t *map, const char *path, apr_pool_t *pool)
{
    return path[0] == '/' ? path : apr_pstrcat(pool, map->folder, "/", path, NULL);
}

static apr_status_t map_fetch(void *instance, mssl_question_t *question)
{
    map_t *map = instance;
    apr_pool_t *pool = question->pool;
    mssl_maprow_t rows[MSSL_MATERIAL_MAX];
    table_t *table;
    apr_status_t rv;
    int i, n;

    rv = have_table(map, &table, question->why);
    if (rv != APR_SUCCESS) {
        return rv;
    }
    n = mssl_maptable_find(table->rows, question->key, rows, MSSL_MATERIAL_MAX);
    for (i = 0; i < n; i++) {
        rows[i].cert = apr_pstrdup(pool, absolute(map, rows[i].cert, pool));
        rows[i].key = rows[i].key == NULL
                          ? NULL : apr_pstrdup(pool, absolute(map, rows[i].key, pool));
    }
    release(map, table);
    return mssl_rows_fetch(rows, n, "/", question);
}

static apr_status_t map_list(void *instance, const char *after, mssl_key_fn take, void *baton,
                             apr_pool_t *pool, mssl_reason_t *why)
{
    map_t *map = instance;
    apr_array_header_t *keys = apr_array_make(pool, 64, sizeof(const char *));
    table_t *table;
    const char *key;
    apr_size_t i;
    apr_status_t rv = have_table(map, &table, why);

    if (rv != APR_SUCCESS) {
        return rv;
    }
    for (i = 0; i < mssl_maptable_count(table->rows); i++) {
        key = mssl_maptable_get_key(table->rows, i);
        if (after == NULL || strcmp(key, after) > 0) {
            APR_ARRAY_PUSH(keys, const char *) = key;
        }
    }
    rv = mssl_keylist_tell(keys, take, baton);
    release(map, table);
    return rv;
}

static apr_status_t map_places(void *instance, const char *key, mssl_key_fn place, void *baton,
                               apr_pool_t *pool)
{
    const map_t *map = instance;

    return place(baton, apr_psprintf(pool, "%s: a line \"%s CERT-FILE [KEY-FILE]\"", map->path,
                                     key));
}

static apr_status_t map_take_note(void *instance, mssl_reason_t *note)
{
    map_t *map = instance;
    const char *text = NULL;

    pthread_mutex_lock(&map->lock);
    if (map->table != NULL) {
        text = mssl_maptable_get_note(map->table->rows, map->next_note);
    }
    if (text != NULL) {
        map->next_note++;
        mssl_reason_set(note, APR_SUCCESS, "%s, %s", map->path, text);
    }
    pthread_mutex_unlock(&map->lock);
    return text != NULL ? APR_SUCCESS : APR_NOTFOUND;
}

static apr_status_t map_cleanup(void *data)
{
    map_t *map = data;

    drop(map->table);
    map->table = NULL;
    pthread_mutex_destroy(&map->lock);
    pthread_mutex_destroy(&map->load);
    return APR_SUCCESS;
}

static apr_status_t map_check(const char *arg, apr_pool_t *ptemp, mssl_reason_t *why)
{
    struct stat st;

    (void)ptemp;
    if (arg[0] != '/') {
        return mssl_reason_set(why, APR_EINVAL, "map:%s: use the absolute path of a file", arg);
    }
    if (stat(arg, &st) != 0) {
        return mssl_reason_set(why, errno, "%s: %s; put the map there", arg, strerror(errno));
    }
    if (!S_ISREG(st.st_mode)) {
        return mssl_reason_set(why, APR_EINVAL, "%s is not a file; use dir: for a directory", arg);
    }
    return APR_SUCCESS;
}

static apr_status_t map_make(void **instance, const char *arg, apr_pool_t *pool,
                             mssl_reason_t *why)
{
    map_t *map = apr_pcalloc(pool, sizeof(*map));
    const char *slash = strrchr(arg, '/');

    if (pthread_mutex_init(&map->load, NULL) != 0) {
        return mssl_reason_set(why, APR_ENOMEM, "out of memory");
    }
    if (pthread_mutex_init(&map->lock, NULL) != 0) {
        pthread_mutex_destroy(&map->load);
        return mssl_reason_set(why, APR_ENOMEM, "out of memory");
    }
    apr_pool_cleanup_register(pool, map, map_cleanup, apr_pool_cleanup_null);
    map->path = apr_pstrdup(pool, arg);
    map->folder = apr_pstrndup(pool, arg, slash != NULL ? (apr_size_t)(slash - arg) : 0);
    *instance = map;
    return map_check(arg, pool, why);
}

const mssl_store_provider_t mssl_store_map = {
    .flags = MSSL_PROVIDER_PATH,
    .check = map_check,
    .make = map_make,
    .fetch = map_fetch,
    .list = map_list,
    .places = map_places,
    .take_note = map_take_note
};
