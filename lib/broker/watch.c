/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "lib/broker/watch.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lib/base/hash.h"
#include "lib/base/material.h"
#include "lib/base/monotonic.h"
#include "lib/base/name.h"

/** A key has a few places, side by side in one line of the processor's cache. */
#define WAYS 4
#define SETS (MSSL_WATCH_NAMES / WAYS)
/** Looks that are due are done together, at most so often: waking up costs, too. */
#define ROUND (APR_USEC_PER_SEC / 50)

/**
 * A place of the table: a look that found files as they were known. as_of is 0 while the place is
 * written, and where there is nothing.
 */
typedef struct look_t {
    apr_uint64_t tag; /**< of source, key and stamp */
    apr_time_t as_of;
} look_t;

/** When a source answered last, monotonic: sources are told apart in so many places. */
#define SOURCES 64

/** What is shared. */
typedef struct table_t {
    look_t look[MSSL_WATCH_NAMES];
    apr_time_t answered[SOURCES];
    apr_uint64_t used[MSSL_WATCH_NAMES]; /**< hashes of source and key; 0: none */
} table_t;

/** A name that is looked at. */
typedef struct watched_t {
    struct watched_t *next, *prev; /**< by due: each look puts it at the end */
    int place;
    int source;
    int looks;     /**< so many are left */
    apr_time_t due; /**< monotonic */
    mssl_stamp_t stamp;
    char key[];
} watched_t;

struct mssl_watch_t {
    apr_interval_time_t interval;
    mssl_hash_seed_t seed;
    const table_t *reader; /**< the table, for reading */
    int fd;                /**< of the table, or -1 */
    /* The broker's. What follows the lock is under it. */
    table_t *table;
    mssl_ask_fn fetch;
    void *baton;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    watched_t **name; /**< by place, or NULL */
    watched_t *first, *last;
    int is_looking, is_over;
    int is_alone; /**< the thread, after the end */
};

static apr_status_t unmap(void *data)
{
    mssl_watch_t *watch = data;

    mssl_watch_close(watch);
    munmap((void *)watch->reader, sizeof(table_t));
    return APR_SUCCESS;
}

/*
 * Read-only for good: a mapping can be made writable where its descriptor was, so the descriptor is
 * opened anew for reading.
 */
static const table_t *map_for_reading(int fd)
{
    char path[40];
    void *at = MAP_FAILED;
    int reader;

    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    reader = open(path, O_RDONLY | O_CLOEXEC);
    if (reader >= 0) {
        at = mmap(NULL, sizeof(table_t), PROT_READ, MAP_SHARED, reader, 0);
        close(reader);
    }
    return at != MAP_FAILED ? at : NULL;
}

apr_status_t mssl_watch_make(mssl_watch_t **out, apr_interval_time_t interval, apr_pool_t *pool)
{
    mssl_watch_t *watch = apr_pcalloc(pool, sizeof(*watch));
    apr_status_t rv;

    *out = NULL;
    watch->interval = interval;
    mssl_hash_seed_init(&watch->seed);
    watch->fd = memfd_create("mssl-watch", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (watch->fd < 0) {
        return errno;
    }
    /* Sealed: nobody's mapping can lose its ground. */
    if (ftruncate(watch->fd, sizeof(table_t)) != 0
        || fcntl(watch->fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW) != 0
        || (watch->reader = map_for_reading(watch->fd)) == NULL) {
        rv = errno;
        close(watch->fd);
        return rv;
    }
    apr_pool_cleanup_register(pool, watch, unmap, apr_pool_cleanup_null);
    *out = watch;
    return APR_SUCCESS;
}

void mssl_watch_keep(const mssl_watch_t *watch, mssl_kept_t *kept)
{
    mssl_kept_add_fd(kept, watch->fd);
    mssl_kept_add_map(kept, watch->reader, sizeof(table_t));
}

void mssl_watch_keep_reading(const mssl_watch_t *watch, mssl_kept_t *kept)
{
    mssl_kept_add_map(kept, watch->reader, sizeof(table_t));
}

void mssl_watch_close(mssl_watch_t *watch)
{
    if (watch->fd >= 0) {
        close(watch->fd);
        watch->fd = -1;
    }
}

/* The first place of a key. */
static int places_of(const mssl_watch_t *watch, int source, const char *key)
{
    apr_uint64_t hash = mssl_hash_bytes(&watch->seed, key, strlen(key)) + (unsigned int)source;

    return (int)(hash % SETS) * WAYS;
}

static apr_uint64_t tag_of(const mssl_watch_t *watch, int source, const char *key,
                           const mssl_stamp_t *stamp)
{
    unsigned char text[sizeof(*stamp) + sizeof(source) + MSSL_NAME_SIZE];
    size_t len = strnlen(key, MSSL_NAME_SIZE);

    memcpy(text, stamp, sizeof(*stamp));
    memcpy(text + sizeof(*stamp), &source, sizeof(source));
    memcpy(text + sizeof(*stamp) + sizeof(source), key, len);
    return mssl_hash_bytes(&watch->seed, text, sizeof(*stamp) + sizeof(source) + len);
}

int mssl_watch_has_looked(const mssl_watch_t *watch, int source, const char *key,
                          const mssl_stamp_t *known, apr_time_t *as_of)
{
    const look_t *at = &watch->reader->look[places_of(watch, source, key)], *end = at + WAYS;
    apr_uint64_t tag = tag_of(watch, source, key, known);
    apr_time_t now = apr_time_now(), looked;

    for (; at < end; at++) {
        /* The time, the tag, and the time again: else it may be another name's. */
        looked = __atomic_load_n(&at->as_of, __ATOMIC_ACQUIRE);
        if (looked != 0 && __atomic_load_n(&at->tag, __ATOMIC_ACQUIRE) == tag
            && __atomic_load_n(&at->as_of, __ATOMIC_ACQUIRE) == looked) {
            *as_of = looked;
            return looked <= now && now - looked < watch->interval;
        }
    }
    return 0;
}

int mssl_watch_has_answered(const mssl_watch_t *watch, int source, apr_time_t since)
{
    return __atomic_load_n(&watch->reader->answered[(unsigned)source % SOURCES], __ATOMIC_RELAXED)
           >= since;
}

/* Never 0. */
static apr_uint64_t use_of(const mssl_watch_t *watch, int source, const char *key)
{
    return (mssl_hash_bytes(&watch->seed, key, strlen(key)) + (unsigned int)source)
           | ((apr_uint64_t)1 << 63);
}

int mssl_watch_is_used(const mssl_watch_t *watch, int source, const char *key)
{
    apr_uint64_t use = use_of(watch, source, key);

    return __atomic_load_n(&watch->reader->used[use % MSSL_WATCH_NAMES], __ATOMIC_RELAXED) == use;
}

void mssl_watch_note_use(mssl_watch_t *watch, int source, const char *key)
{
    apr_uint64_t use = use_of(watch, source, key);

    __atomic_store_n(&watch->table->used[use % MSSL_WATCH_NAMES], use, __ATOMIC_RELAXED);
}

void mssl_watch_note_answer(mssl_watch_t *watch, int source)
{
    __atomic_store_n(&watch->table->answered[(unsigned)source % SOURCES], mssl_monotonic_now(),
                     __ATOMIC_RELAXED);
}

static void publish(mssl_watch_t *watch, const watched_t *name, apr_time_t as_of)
{
    look_t *at = &watch->table->look[name->place];

    __atomic_store_n(&at->as_of, 0, __ATOMIC_RELEASE);
    __atomic_store_n(&at->tag, tag_of(watch, name->source, name->key, &name->stamp),
                     __ATOMIC_RELEASE);
    __atomic_store_n(&at->as_of, as_of, __ATOMIC_RELEASE);
}

static void unlink_name(mssl_watch_t *watch, watched_t *name)
{
    *(name->prev != NULL ? &name->prev->next : &watch->first) = name->next;
    *(name->next != NULL ? &name->next->prev : &watch->last) = name->prev;
}

static void append_name(mssl_watch_t *watch, watched_t *name)
{
    name->due = mssl_monotonic_now() + watch->interval;
    name->next = NULL;
    name->prev = watch->last;
    *(watch->last != NULL ? &watch->last->next : &watch->first) = name;
    watch->last = name;
}

static void drop_name(mssl_watch_t *watch, watched_t *name)
{
    __atomic_store_n(&watch->table->look[name->place].as_of, 0, __ATOMIC_RELEASE);
    unlink_name(watch, name);
    watch->name[name->place] = NULL;
    free(name);
}

static watched_t *find_name(const mssl_watch_t *watch, int source, const char *key)
{
    int place = places_of(watch, source, key), end = place + WAYS;

    for (; place < end; place++) {
        watched_t *name = watch->name[place];

        if (name != NULL && name->source == source && strcmp(name->key, key) == 0) {
            return name;
        }
    }
    return NULL;
}

/* In an empty place, or in that of the one with the fewest looks left. */
static watched_t *add_name(mssl_watch_t *watch, int source, const char *key)
{
    int place = places_of(watch, source, key), best = place, end = place + WAYS;
    size_t len = strlen(key) + 1;
    watched_t *name = calloc(1, sizeof(*name) + len);

    if (name == NULL) {
        return NULL;
    }
    for (; place < end && watch->name[best] != NULL; place++) {
        if (watch->name[place] == NULL || watch->name[place]->looks < watch->name[best]->looks) {
            best = place;
        }
    }
    if (watch->name[best] != NULL) {
        drop_name(watch, watch->name[best]);
    }
    watch->name[best] = name;
    name->place = best;
    name->source = source;
    memcpy(name->key, key, len);
    append_name(watch, name);
    return name;
}

void mssl_watch_note(mssl_watch_t *watch, int source, const char *key, const mssl_stamp_t *stamp,
                     apr_time_t as_of)
{
    watched_t *name;

    if (watch->interval <= 0 || strlen(key) >= MSSL_NAME_SIZE) {
        return;
    }
    pthread_mutex_lock(&watch->lock);
    if (watch->first == NULL) {
        pthread_cond_signal(&watch->wake);
    }
    name = find_name(watch, source, key);
    if (name == NULL) {
        name = add_name(watch, source, key);
    }
    else {
        unlink_name(watch, name);
        append_name(watch, name);
    }
    if (name != NULL) {
        name->looks = MSSL_WATCH_LOOKS;
        name->stamp = *stamp;
        publish(watch, name, as_of);
    }
    pthread_mutex_unlock(&watch->lock);
}

/* Look at the first name. Under the lock, which is not held over the look. */
static void look(mssl_watch_t *watch, mssl_material_t *material, apr_pool_t *pool)
{
    watched_t *name = watch->first;
    int source = name->source;
    mssl_stamp_t stamp = name->stamp;
    apr_time_t as_of = apr_time_now();
    mssl_reason_t why = { "" };
    char key[MSSL_NAME_SIZE];
    mssl_question_t question = { .key = key, .known = &stamp, .pool = pool, .out = material,
                                 .why = &why };
    apr_status_t rv;

    memcpy(key, name->key, strlen(name->key) + 1);
    watch->is_looking = 1;
    pthread_mutex_unlock(&watch->lock);
    memset(material, 0, sizeof(*material));
    rv = watch->fetch(watch->baton, source, &question);
    mssl_watch_note_answer(watch, source);
    mssl_material_wipe(material);
    apr_pool_clear(pool);
    pthread_mutex_lock(&watch->lock);
    watch->is_looking = 0;
    name = find_name(watch, source, key);
    if (name == NULL || memcmp(&name->stamp, &stamp, sizeof(stamp)) != 0) {
        return; /* a worker knows better meanwhile */
    }
    if (rv != APR_EEXIST || --name->looks <= 0) {
        drop_name(watch, name); /* children ask, and learn what there is */
        return;
    }
    publish(watch, name, as_of);
    unlink_name(watch, name);
    append_name(watch, name);
}

/* Wait until the first name is due, and a round has passed since the last one began. */
static void wait_for_round(mssl_watch_t *watch, apr_time_t round)
{
    mssl_monotonic_wait(&watch->wake, &watch->lock,
                        watch->first->due > round ? watch->first->due : round);
}

static void tidy_up(mssl_watch_t *watch)
{
    while (watch->first != NULL) {
        drop_name(watch, watch->first);
    }
    free(watch->name);
    munmap(watch->table, sizeof(table_t));
    pthread_cond_destroy(&watch->wake);
    pthread_mutex_destroy(&watch->lock);
}

static void *run(void *data)
{
    mssl_watch_t *watch = data;
    mssl_material_t material;
    apr_time_t begun = 0, step = watch->interval / 8;
    apr_pool_t *pool;
    int is_alone;

    if (apr_pool_create_unmanaged_ex(&pool, NULL, NULL) != APR_SUCCESS) {
        return NULL;
    }
    pthread_mutex_lock(&watch->lock);
    while (!watch->is_over) {
        if (watch->first == NULL) {
            pthread_cond_wait(&watch->wake, &watch->lock);
        }
        else if (watch->first->due <= mssl_monotonic_now()) {
            look(watch, &material, pool);
        }
        else {
            wait_for_round(watch, begun + (step < ROUND ? step : ROUND));
            begun = mssl_monotonic_now();
        }
    }
    is_alone = watch->is_alone;
    pthread_mutex_unlock(&watch->lock);
    apr_pool_destroy(pool);
    if (is_alone) {
        tidy_up(watch);
    }
    return NULL;
}

static int start_thread(mssl_watch_t *watch)
{
    int rc = pthread_mutex_init(&watch->lock, NULL);

    if (rc != 0) {
        return rc;
    }
    rc = mssl_monotonic_init_cond(&watch->wake);
    if (rc == 0) {
        rc = pthread_create(&watch->thread, NULL, run, watch);
        if (rc != 0) {
            pthread_cond_destroy(&watch->wake);
        }
    }
    if (rc != 0) {
        pthread_mutex_destroy(&watch->lock);
    }
    return rc;
}

apr_status_t mssl_watch_begin(mssl_watch_t *watch, mssl_ask_fn fetch, void *baton)
{
    int rc;

    watch->name = calloc(MSSL_WATCH_NAMES, sizeof(*watch->name));
    if (watch->name == NULL) {
        return APR_ENOMEM;
    }
    watch->table = mmap(NULL, sizeof(table_t), PROT_READ | PROT_WRITE,
                        MAP_SHARED, watch->fd, 0);
    /* Emptied: a broker may have died while it wrote. */
    if (watch->table == MAP_FAILED
        || fallocate(watch->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0,
                     sizeof(table_t)) != 0) {
        rc = errno;
        free(watch->name);
        return rc;
    }
    watch->fetch = fetch;
    watch->baton = baton;
    rc = start_thread(watch);
    if (rc != 0) {
        munmap(watch->table, sizeof(table_t));
        free(watch->name);
    }
    return rc;
}

void mssl_watch_end(mssl_watch_t *watch)
{
    int is_looking;

    pthread_mutex_lock(&watch->lock);
    watch->is_over = 1;
    is_looking = watch->is_looking;
    if (is_looking) {
        pthread_detach(watch->thread); /* tidies up, should it ever come back */
        watch->is_alone = 1;
    }
    pthread_cond_signal(&watch->wake);
    pthread_mutex_unlock(&watch->lock);
    if (!is_looking) {
        pthread_join(watch->thread, NULL);
        tidy_up(watch);
    }
}
