/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "lib/inventory/worker.h"

#include <apr_strings.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lib/base/reason.h"
#include "lib/inventory/find.h"
#include "lib/store/catalog.h"

/** A text of one key, on a stack that musl would make too small. */
#define STACK ((size_t)1024 * 1024)
/** More keys of one source are not taken. */
#define KEYS_MAX 5000000
/** Sleeps are no shorter: they cost, too. */
#define NAP (5 * 1000)
#define NAP_MAX (100 * 1000)

struct mssl_worker_t {
    mssl_desk_t *desk;
    int source;
    apr_uint32_t number; /* of the walk */
    char after[MSSL_NAME_SIZE];
    pthread_t thread;
    apr_time_t time;     /* atomic */
    int is_given_up, is_done; /* under the desk's lock */
    apr_status_t rv;
    mssl_reason_t why;
    /* the keys that it told, each with its NUL */
    char *keys;
    size_t used, room;
    apr_uint32_t nkeys;
    mssl_finding_t known, finding;
};

static void note_time(mssl_worker_t *worker)
{
    __atomic_store_n(&worker->time, apr_time_now(), __ATOMIC_RELAXED);
}

static apr_status_t take_key(void *baton, const char *key)
{
    mssl_worker_t *worker = baton;
    size_t len = strlen(key) + 1, room = worker->room * 2 + 65536;
    char *more;

    note_time(worker);
    if (len > MSSL_NAME_SIZE || worker->nkeys == KEYS_MAX) {
        return APR_SUCCESS; /* no key */
    }
    if (len > worker->room - worker->used) {
        more = realloc(worker->keys, room);
        if (more == NULL) {
            return APR_ENOMEM;
        }
        worker->keys = more;
        worker->room = room;
    }
    memcpy(worker->keys + worker->used, key, len);
    worker->used += len;
    worker->nkeys++;
    return APR_SUCCESS;
}

/* What is known of a key. @return NULL: nothing */
static const mssl_finding_t *get_known(mssl_worker_t *worker, const char *key, int *has_last,
                                       apr_pool_t *pool)
{
    mssl_desk_t *desk = worker->desk;
    const mssl_shelf_t *shelf = &desk->book->shelf[worker->source];
    apr_uint32_t place;
    int is_there;

    pthread_mutex_lock(&desk->lock);
    is_there = mssl_book_find(shelf, key, &place);
    if (is_there) {
        mssl_entry_get_finding(desk->book, worker->source, shelf->entry[place], &worker->known,
                               pool);
        /* What a server had that was stopped meanwhile serves no more. */
        *has_last = mssl_entry_get_walk(shelf->entry[place]) >= desk->progress.first;
    }
    pthread_mutex_unlock(&desk->lock);
    return is_there ? &worker->known : NULL;
}

/* Under the lock. */
static void put_down(mssl_worker_t *worker, const char *key, apr_status_t rv)
{
    mssl_desk_t *desk = worker->desk;
    mssl_shelf_t *shelf = &desk->book->shelf[worker->source];
    apr_uint32_t place;
    int is_there;

    if (rv == APR_SUCCESS) {
        mssl_book_put(desk->book, worker->source, key, &worker->finding, worker->number);
    }
    else if (rv == APR_EEXIST || rv == APR_NOTFOUND) {
        is_there = mssl_book_find(shelf, key, &place);
        if (is_there && rv == APR_EEXIST) {
            mssl_entry_set_walk(shelf->entry[place], worker->number);
        }
        else if (is_there) {
            mssl_book_remove(desk->book, worker->source, place);
            desk->has_lost = 1;
        }
    }
    else {
        return;
    }
    apr_cpystrn(desk->progress.key, key, sizeof(desk->progress.key));
    desk->progress.walk.seen++;
}

/* @return APR_SUCCESS: go on */
static apr_status_t look(mssl_worker_t *worker, const char *key, mssl_briefs_t *briefs,
                         apr_pool_t *pool)
{
    int has_last = 0, is_over;
    const mssl_look_t where = { worker->desk->store, worker->source, worker->desk->served,
                                briefs };
    const mssl_finding_t *known = get_known(worker, key, &has_last, pool);
    apr_status_t rv = mssl_find_key(&where, key, known, has_last, &worker->finding, pool,
                                    &worker->why);

    note_time(worker);
    pthread_mutex_lock(&worker->desk->lock);
    is_over = worker->is_given_up;
    if (!is_over) {
        put_down(worker, key, rv);
    }
    pthread_mutex_unlock(&worker->desk->lock);
    return is_over ? APR_EINTR
           : rv == APR_EEXIST || rv == APR_NOTFOUND ? APR_SUCCESS : rv;
}

/* Stay behind the pace: n keys since then. */
static void rest(mssl_worker_t *worker, apr_uint32_t n, apr_time_t since)
{
    int rate = worker->desk->rate;
    apr_interval_time_t ahead;
    struct timespec nap;

    if (rate <= 0) {
        return;
    }
    ahead = (apr_interval_time_t)n * APR_USEC_PER_SEC / rate - (apr_time_now() - since);
    if (ahead >= NAP) {
        ahead = ahead < NAP_MAX ? ahead : NAP_MAX;
        nap.tv_sec = 0;
        nap.tv_nsec = (long)ahead * 1000;
        nanosleep(&nap, NULL);
        note_time(worker);
    }
}

/* In a pool of its own, with what it has of memory: a list of all keys is large. */
static apr_status_t list(mssl_worker_t *worker)
{
    apr_pool_t *pool;
    apr_status_t rv = apr_pool_create_unmanaged_ex(&pool, NULL, NULL);

    if (rv == APR_SUCCESS) {
        rv = mssl_catalog_list(worker->desk->store, worker->source,
                               worker->after[0] != '\0' ? worker->after : NULL, take_key, worker,
                               pool, &worker->why);
        apr_pool_destroy(pool);
    }
    return rv;
}

static apr_status_t walk(mssl_worker_t *worker, apr_pool_t *pool)
{
    apr_time_t begun = apr_time_now();
    mssl_briefs_t *briefs;
    apr_uint32_t i;
    const char *key;
    apr_pool_t *key_pool;
    apr_status_t rv = apr_pool_create(&key_pool, pool);

    if (rv == APR_SUCCESS) {
        rv = list(worker);
    }
    if (rv == APR_SUCCESS) {
        rv = mssl_briefs_make(&briefs, pool);
    }
    for (i = 0, key = worker->keys; rv == APR_SUCCESS && i < worker->nkeys; i++) {
        apr_pool_clear(key_pool);
        rv = look(worker, key, briefs, key_pool);
        key += strlen(key) + 1;
        rest(worker, i + 1, begun);
    }
    return rv;
}

static void *run(void *data)
{
    mssl_worker_t *worker = data;
    apr_status_t rv;
    apr_pool_t *pool;

    /* Of its own: a thread that is left behind shares no pool with anybody. */
    rv = apr_pool_create_unmanaged_ex(&pool, NULL, NULL);
    if (rv == APR_SUCCESS) {
        rv = walk(worker, pool);
        apr_pool_destroy(pool);
    }
    free(worker->keys);
    pthread_mutex_lock(&worker->desk->lock);
    worker->rv = rv;
    worker->is_done = 1;
    pthread_mutex_unlock(&worker->desk->lock);
    return NULL;
}

mssl_worker_t *mssl_worker_begin(mssl_desk_t *desk)
{
    mssl_worker_t *worker = calloc(1, sizeof(*worker));
    pthread_attr_t attr;

    if (worker == NULL) {
        return NULL;
    }
    worker->desk = desk;
    worker->source = desk->progress.source;
    worker->number = desk->progress.number;
    apr_cpystrn(worker->after, desk->progress.key, sizeof(worker->after));
    note_time(worker);
    if (pthread_attr_init(&attr) != 0) {
        free(worker);
        return NULL;
    }
    pthread_attr_setstacksize(&attr, STACK);
    if (pthread_create(&worker->thread, &attr, run, worker) != 0) {
        free(worker);
        worker = NULL;
    }
    pthread_attr_destroy(&attr);
    return worker;
}

apr_time_t mssl_worker_get_time(const mssl_worker_t *worker)
{
    return __atomic_load_n(&worker->time, __ATOMIC_RELAXED);
}

int mssl_worker_is_done(mssl_worker_t *worker)
{
    int is_done;

    pthread_mutex_lock(&worker->desk->lock);
    is_done = worker->is_done;
    pthread_mutex_unlock(&worker->desk->lock);
    return is_done;
}

void mssl_worker_give_up(mssl_worker_t *worker)
{
    pthread_mutex_lock(&worker->desk->lock);
    worker->is_given_up = 1;
    pthread_mutex_unlock(&worker->desk->lock);
}

apr_status_t mssl_worker_end(mssl_worker_t *worker, mssl_reason_t *why)
{
    apr_status_t rv;

    pthread_join(worker->thread, NULL);
    rv = worker->rv;
    *why = worker->why;
    if (rv != APR_SUCCESS && why->text[0] == '\0') {
        mssl_reason_set(why, rv, "it cannot be read (%pm)", &rv);
    }
    free(worker);
    return rv;
}
