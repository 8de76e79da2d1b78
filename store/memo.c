/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "store/memo.h"

#include <apr_strings.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* Places, a power of two; two keys of one place push each other out. */
#define SLOTS 8192
/*
 * The coarsest clock of a file system, as in store/stamp.c: until then a change may go unnoticed.
 */
#define YOUNG (2 * APR_USEC_PER_SEC)

/** How a path looked: itself, and what it points to. */
typedef struct look_t {
    struct timespec mtime, ctime;
    dev_t dev;
    ino_t ino;
    off_t size;
    mode_t mode;
} look_t;

struct mssl_seen_t {
    mssl_seen_t *next;
    const char *path;
    look_t self, target;
};

/** Immutable and counted; one piece of memory with its paths behind it. */
typedef struct entry_t {
    int refs; /* under the lock */
    char key[254];
    mssl_stamp_t stamp;
    int n;
    mssl_seen_t seen[];
} entry_t;

struct mssl_memo_t {
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

/* Padding does not count: the structures are zeroed before. */
static int take_look(const char *path, look_t *self, look_t *target)
{
    struct stat st;

    memset(self, 0, sizeof(*self));
    memset(target, 0, sizeof(*target));
    if (lstat(path, &st) != 0) {
        return 0;
    }
    set_look(self, &st);
    if (S_ISLNK(st.st_mode)) {
        if (stat(path, &st) != 0) {
            return 0;
        }
        set_look(target, &st);
    }
    return 1;
}

static int is_young(const look_t *look, apr_time_t now)
{
    apr_time_t changed = apr_time_make(look->ctime.tv_sec, look->ctime.tv_nsec / 1000);

    return look->ino != 0 && changed > now - YOUNG && changed < now + YOUNG;
}

static void add_seen(mssl_sight_t *sight, mssl_seen_t *seen, const char *path, apr_time_t now)
{
    if (is_young(&seen->self, now) || is_young(&seen->target, now)) {
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

    set_look(&seen->self, self);
    if (target != NULL) {
        set_look(&seen->target, target);
    }
    add_seen(sight, seen, path, now);
}

void mssl_sight_look(mssl_sight_t *sight, const char *path, apr_time_t now)
{
    mssl_seen_t *seen = apr_pcalloc(sight->pool, sizeof(*seen));

    if (take_look(path, &seen->self, &seen->target)) {
        add_seen(sight, seen, path, now);
    }
    else {
        sight->is_unsure = 1;
    }
}

static entry_t **find_slot(mssl_memo_t *memo, const char *key)
{
    apr_uint64_t h = APR_UINT64_C(14695981039346656037); /* FNV-1a */

    for (; *key != '\0'; key++) {
        h = (h ^ (unsigned char)*key) * APR_UINT64_C(1099511628211);
    }
    return &memo->slot[(h ^ h >> 32) & (SLOTS - 1)];
}

/* Under the lock. */
static void unref(entry_t *entry)
{
    if (entry != NULL && --entry->refs == 0) {
        free(entry);
    }
}

static entry_t *make_entry(const char *key, const mssl_stamp_t *stamp, const mssl_sight_t *sight)
{
    const mssl_seen_t *seen;
    size_t size = sizeof(entry_t);
    entry_t *entry;
    char *text;
    int n = 0;

    for (seen = sight->first; seen != NULL; seen = seen->next) {
        size += sizeof(*seen) + strlen(seen->path) + 1;
        n++;
    }
    if (strlen(key) >= sizeof(entry->key) || (entry = malloc(size)) == NULL) {
        return NULL;
    }
    entry->refs = 1;
    apr_cpystrn(entry->key, key, sizeof(entry->key));
    entry->stamp = *stamp;
    entry->n = n;
    text = (char *)&entry->seen[n];
    for (seen = sight->first; seen != NULL; seen = seen->next) {
        size_t len = strlen(seen->path) + 1;

        n--;
        entry->seen[n] = *seen;
        entry->seen[n].next = NULL;
        entry->seen[n].path = memcpy(text, seen->path, len);
        text += len;
    }
    return entry;
}

void mssl_memo_put(mssl_memo_t *memo, const char *key, const mssl_stamp_t *stamp,
                   const mssl_sight_t *sight)
{
    entry_t *entry = sight->is_unsure ? NULL : make_entry(key, stamp, sight);
    entry_t **slot = find_slot(memo, key);

    pthread_mutex_lock(&memo->lock);
    unref(*slot);
    *slot = entry;
    pthread_mutex_unlock(&memo->lock);
}

static int is_as_it_was(const entry_t *entry)
{
    look_t self;
    look_t target;
    int i;

    for (i = 0; i < entry->n; i++) {
        if (!take_look(entry->seen[i].path, &self, &target)
            || memcmp(&self, &entry->seen[i].self, sizeof(self)) != 0
            || memcmp(&target, &entry->seen[i].target, sizeof(target)) != 0) {
            return 0;
        }
    }
    return entry->n > 0;
}

int mssl_memo_is_same(mssl_memo_t *memo, const char *key, const mssl_stamp_t *stamp)
{
    entry_t *entry;
    int same = 0;

    pthread_mutex_lock(&memo->lock);
    entry = *find_slot(memo, key);
    if (entry != NULL && strcmp(entry->key, key) == 0
        && memcmp(&entry->stamp, stamp, sizeof(*stamp)) == 0) {
        entry->refs++;
    }
    else {
        entry = NULL;
    }
    pthread_mutex_unlock(&memo->lock);
    if (entry != NULL) {
        same = is_as_it_was(entry);
        pthread_mutex_lock(&memo->lock);
        unref(entry);
        pthread_mutex_unlock(&memo->lock);
    }
    return same;
}
