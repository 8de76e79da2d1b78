/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "lib/files/memo.h"

#include <apr_strings.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/base/hash.h"

/* Places, a power of two; two keys of one place push each other out. */
#define SLOTS 8192
/*
 * The coarsest clock of a file system, as in lib/files/stamp.c: until then a change may go unnoticed.
 */
#define YOUNG (2 * APR_USEC_PER_SEC)

/** How something looked. */
typedef struct look_t {
    struct timespec mtime, ctime;
    dev_t dev;
    ino_t ino;
    off_t size;
    mode_t mode;
} look_t;

/** How a path looked: itself, and what it points to. Padding is zero, as looks are hashed. */
typedef struct looks_t {
    look_t self, target;
    apr_uint64_t before; /**< the hash of the looks before it */
} looks_t;

struct mssl_seen_t {
    mssl_seen_t *next;
    const char *path;
    looks_t looks;
};

/** Immutable and counted. There is one for each name in use, so it keeps a hash of the looks. */
typedef struct entry_t {
    int refs; /* under the lock */
    int n;
    mssl_stamp_t stamp;
    apr_uint64_t hash;
    char text[]; /* the key and n paths, each with its NUL */
} entry_t;

struct mssl_memo_t {
    mssl_hash_seed_t seed; /* so that nobody makes files that hash as others do */
    pthread_mutex_t lock; /* never held over I/O */
    entry_t *slot[SLOTS];
};

static apr_status_t destroy(void *data)
{
    mssl_memo_t *memo = data;
    int i;

    for (i = 0; i < SLOTS; i++) {
        free(memo->slot[i]);
    }
    pthread_mutex_destroy(&memo->lock);
    return APR_SUCCESS;
}

apr_status_t mssl_memo_make(mssl_memo_t **memo, apr_pool_t *pool)
{
    *memo = apr_pcalloc(pool, sizeof(**memo));
    mssl_hash_seed_init(&(*memo)->seed);
    if (pthread_mutex_init(&(*memo)->lock, NULL) != 0) {
        *memo = NULL;
        return APR_ENOMEM;
    }
    apr_pool_cleanup_register(pool, *memo, destroy, apr_pool_cleanup_null);
    return APR_SUCCESS;
}

static void set_look(look_t *look, const struct stat *st)
{
    look->mtime = st->st_mtim;
    look->ctime = st->st_ctim;
    look->dev = st->st_dev;
    look->ino = st->st_ino;
    look->size = st->st_size;
    look->mode = st->st_mode;
}

static int take_look(const char *path, looks_t *looks)
{
    struct stat st;

    memset(looks, 0, sizeof(*looks));
    if (lstat(path, &st) != 0) {
        return 0;
    }
    set_look(&looks->self, &st);
    if (S_ISLNK(st.st_mode)) {
        if (stat(path, &st) != 0) {
            return 0;
        }
        set_look(&looks->target, &st);
    }
    return 1;
}

/* The hash of these looks and of those before them. */
static apr_uint64_t add_looks(const mssl_memo_t *memo, apr_uint64_t before, looks_t *looks)
{
    looks->before = before;
    return mssl_hash_bytes(&memo->seed, looks, sizeof(*looks));
}

static int is_young(const look_t *look, apr_time_t now)
{
    apr_time_t changed = apr_time_make(look->ctime.tv_sec, look->ctime.tv_nsec / 1000);

    return look->ino != 0 && changed > now - YOUNG && changed < now + YOUNG;
}

static void add_seen(mssl_sight_t *sight, mssl_seen_t *seen, const char *path, apr_time_t now)
{
    if (is_young(&seen->looks.self, now) || is_young(&seen->looks.target, now)) {
        sight->is_unsure = 1;
        return;
    }
    seen->path = apr_pstrdup(sight->pool, path);
    seen->next = sight->first;
    sight->first = seen;
}

void mssl_sight_add(mssl_sight_t *sight, const char *path, const struct stat *self,
                    const struct stat *target, apr_time_t now)
{
    mssl_seen_t *seen = apr_pcalloc(sight->pool, sizeof(*seen));

    set_look(&seen->looks.self, self);
    if (target != NULL) {
        set_look(&seen->looks.target, target);
    }
    add_seen(sight, seen, path, now);
}

void mssl_sight_look(mssl_sight_t *sight, const char *path, apr_time_t now)
{
    mssl_seen_t *seen = apr_pcalloc(sight->pool, sizeof(*seen));

    if (take_look(path, &seen->looks)) {
        add_seen(sight, seen, path, now);
    }
    else {
        sight->is_unsure = 1;
    }
}

static entry_t **find_slot(mssl_memo_t *memo, const char *key)
{
    return &memo->slot[mssl_hash_bytes(&memo->seed, key, strlen(key)) & (SLOTS - 1)];
}

/* Under the lock. */
static void unref(entry_t *entry)
{
    if (entry != NULL && --entry->refs == 0) {
        free(entry);
    }
}

static char *put_text(char *at, const char *text)
{
    size_t len = strlen(text) + 1;

    memcpy(at, text, len);
    return at + len;
}

static entry_t *make_entry(const mssl_memo_t *memo, const char *key, const mssl_stamp_t *stamp,
                           const mssl_sight_t *sight)
{
    size_t size = sizeof(entry_t) + strlen(key) + 1;
    mssl_seen_t *seen;
    entry_t *entry;
    char *at;

    for (seen = sight->first; seen != NULL; seen = seen->next) {
        size += strlen(seen->path) + 1;
    }
    entry = malloc(size);
    if (entry == NULL) {
        return NULL;
    }
    entry->refs = 1;
    entry->n = 0;
    entry->stamp = *stamp;
    entry->hash = 0;
    at = put_text(entry->text, key);
    for (seen = sight->first; seen != NULL; seen = seen->next) {
        entry->hash = add_looks(memo, entry->hash, &seen->looks);
        entry->n++;
        at = put_text(at, seen->path);
    }
    return entry;
}

void mssl_memo_put(mssl_memo_t *memo, const char *key, const mssl_stamp_t *stamp,
                   const mssl_sight_t *sight)
{
    entry_t *entry = sight->is_unsure ? NULL : make_entry(memo, key, stamp, sight);
    entry_t **slot = find_slot(memo, key);

    pthread_mutex_lock(&memo->lock);
    unref(*slot);
    *slot = entry;
    pthread_mutex_unlock(&memo->lock);
}

static int is_as_it_was(const mssl_memo_t *memo, const entry_t *entry)
{
    const char *path = entry->text + strlen(entry->text) + 1;
    apr_uint64_t hash = 0;
    looks_t looks;
    int i;

    for (i = 0; i < entry->n; i++) {
        if (!take_look(path, &looks)) {
            return 0;
        }
        hash = add_looks(memo, hash, &looks);
        path += strlen(path) + 1;
    }
    return entry->n > 0 && hash == entry->hash;
}

int mssl_memo_is_same(mssl_memo_t *memo, const char *key, const mssl_stamp_t *stamp)
{
    entry_t *entry;
    int same = 0;

    pthread_mutex_lock(&memo->lock);
    entry = *find_slot(memo, key);
    if (entry != NULL && strcmp(entry->text, key) == 0
        && memcmp(&entry->stamp, stamp, sizeof(*stamp)) == 0) {
        entry->refs++;
    }
    else {
        entry = NULL;
    }
    pthread_mutex_unlock(&memo->lock);
    if (entry != NULL) {
        same = is_as_it_was(memo, entry);
        pthread_mutex_lock(&memo->lock);
        unref(entry);
        pthread_mutex_unlock(&memo->lock);
    }
    return same;
}
