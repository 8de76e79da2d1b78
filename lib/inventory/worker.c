/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "lib/inventory/worker.h"

#include <apr_strings.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lib/base/monotonic.h"
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
    apr_uint32_t looked;
    mssl_finding_t known, finding;
    /* of a name that is not listed */
    mssl_finding_t known_extra, extra;
};

/** How a key comes to be looked at. */
typedef enum {
    LOOK_USED = 1, /**< before its turn */
    LOOK_LISTED,   /**< in its turn: the walk has come so far */
    LOOK_OTHER     /**< no list has it */
} turn_t;

static void note_time(mssl_worker_t *worker)
{
    __atomic_store_n(&worker->time, mssl_monotonic_now(), __ATOMIC_RELAXED);
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

/* What is known of a key. @param out of it @return NULL: nothing */
static const mssl_finding_t *get_known(mssl_worker_t *worker, const char *key, mssl_finding_t *out,
                                       int *has_last, apr_pool_t *pool)
{
    mssl_desk_t *desk = worker->desk;
    const mssl_shelf_t *shelf = &desk->book->shelf[worker->source];
    apr_uint32_t place;
    int is_there;

    pthread_mutex_lock(&desk->lock);
    is_there = mssl_book_find(shelf, key, &place);
    if (is_there) {
        mssl_entry_get_finding(desk->book, worker->source, shelf->entry[place], out, pool);
        /* What a server had that was stopped meanwhile serves no more. */
        *has_last = mssl_entry_get_walk(shelf->entry[place]) >= desk->progress.first;
    }
    pthread_mutex_unlock(&desk->lock);
    return is_there ? out : NULL;
}

/* Under the lock. */
static void put_down(mssl_worker_t *worker, const char *key, apr_status_t rv,
                     const mssl_finding_t *finding)
{
    mssl_desk_t *desk = worker->desk;
    mssl_shelf_t *shelf = &desk->book->shelf[worker->source];
    apr_uint32_t place;
    int is_there;

    if (rv == APR_SUCCESS) {
        mssl_book_put(desk->book, worker->source, key, finding, worker->number);
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
    desk->progress.walk.seen++;
}

/* Under the lock: whether this walk has looked at it. */
static int is_done(const mssl_worker_t *worker, const char *key)
{
    const mssl_shelf_t *shelf = &worker->desk->book->shelf[worker->source];
    apr_uint32_t place;

    return mssl_book_find(shelf, key, &place)
           && mssl_entry_get_walk(shelf->entry[place]) == worker->number;
}

/* In its turn: whether it was before. */
static int take_turn(mssl_worker_t *worker, const char *key, turn_t turn)
{
    int had;

    pthread_mutex_lock(&worker->desk->lock);
    had = turn != LOOK_USED && is_done(worker, key);
    if (had && turn == LOOK_LISTED && !worker->is_given_up) {
        apr_cpystrn(worker->desk->progress.key, key, sizeof(worker->desk->progress.key));
    }
    pthread_mutex_unlock(&worker->desk->lock);
    return had;
}

/* Names that a look came upon. */
typedef struct extras_t {
    apr_pool_t *pool;
    apr_array_header_t *names; /* const char * */
} extras_t;

static void take_extra(void *baton, const char *name)
{
    extras_t *extras = baton;

    if (extras->names->nelts < MSSL_FIND_NAMES_MAX) {
        APR_ARRAY_PUSH(extras->names, const char *) = apr_pstrdup(extras->pool, name);
    }
}

/* A name that no list has. @return APR_SUCCESS: go on */
static apr_status_t look_at_extra(mssl_worker_t *worker, const char *name, mssl_briefs_t *briefs,
                                  apr_pool_t *pool)
{
    const mssl_look_t where = { worker->desk->store, worker->source, worker->desk->serving, briefs,
                                NULL, NULL };
    int has_last = 0, is_over;
    const mssl_finding_t *known;
    apr_status_t rv;

    if (take_turn(worker, name, LOOK_OTHER)) {
        return APR_SUCCESS;
    }
    known = get_known(worker, name, &worker->known_extra, &has_last, pool);
    rv = mssl_find_key(&where, name, known, has_last, &worker->extra, pool, &worker->why);
    note_time(worker);
    worker->looked++;
    pthread_mutex_lock(&worker->desk->lock);
    is_over = worker->is_given_up;
    if (!is_over) {
        put_down(worker, name, rv, &worker->extra);
    }
    pthread_mutex_unlock(&worker->desk->lock);
    return is_over ? APR_EINTR
           : rv == APR_EEXIST || rv == APR_NOTFOUND ? APR_SUCCESS : rv;
}

/*
 * The names first that it brings along: were it taken down before, an end in between would lose them.
 * @return APR_SUCCESS: go on
 */
static apr_status_t look(mssl_worker_t *worker, const char *key, turn_t turn,
                         mssl_briefs_t *briefs, apr_pool_t *pool)
{
    extras_t extras = { pool, apr_array_make(pool, 1, sizeof(const char *)) };
    const mssl_look_t where = { worker->desk->store, worker->source, worker->desk->serving, briefs,
                                take_extra, &extras };
    int has_last = 0, is_over, i;
    const mssl_finding_t *known = get_known(worker, key, &worker->known, &has_last, pool);
    apr_status_t rv = mssl_find_key(&where, key, known, has_last, &worker->finding, pool,
                                    &worker->why);
    apr_status_t extra = APR_SUCCESS;

    note_time(worker);
    worker->looked++;
    for (i = 0; rv == APR_SUCCESS && extra == APR_SUCCESS && i < extras.names->nelts; i++) {
        extra = look_at_extra(worker, APR_ARRAY_IDX(extras.names, i, const char *), briefs, pool);
    }
    if (extra != APR_SUCCESS) {
        return extra;
    }
    pthread_mutex_lock(&worker->desk->lock);
    is_over = worker->is_given_up;
    if (!is_over) {
        put_down(worker, key, rv, &worker->finding);
        if (turn == LOOK_LISTED) {
            apr_cpystrn(worker->desk->progress.key, key, sizeof(worker->desk->progress.key));
        }
    }
    pthread_mutex_unlock(&worker->desk->lock);
    return is_over ? APR_EINTR
           : rv == APR_EEXIST || rv == APR_NOTFOUND ? APR_SUCCESS : rv;
}

/* Stay behind the pace, since then. */
static void rest(mssl_worker_t *worker, apr_time_t since)
{
    int rate = worker->desk->rate;
    apr_interval_time_t ahead;
    struct timespec nap;

    if (rate <= 0) {
        return;
    }
    ahead = (apr_interval_time_t)worker->looked * APR_USEC_PER_SEC / rate - (mssl_monotonic_now() - since);
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

/** A walk under way. */
typedef struct round_t {
    mssl_briefs_t *briefs;
    apr_time_t begun;
    apr_pool_t *pool; /* of the key at hand */
} round_t;

static int is_used(const mssl_worker_t *worker, const char *key)
{
    const mssl_desk_t *desk = worker->desk;

    return desk->is_used != NULL && desk->is_used(desk->used_baton, worker->source, key);
}

/* The keys that the source lists: those in use, or all that were not looked at. */
static apr_status_t walk_listed(mssl_worker_t *worker, round_t *round, turn_t turn)
{
    const char *key = worker->keys;
    apr_status_t rv = APR_SUCCESS;
    apr_uint32_t i;

    for (i = 0; rv == APR_SUCCESS && i < worker->nkeys; i++, key += strlen(key) + 1) {
        if (turn == LOOK_USED ? !is_used(worker, key) : take_turn(worker, key, turn)) {
            continue;
        }
        apr_pool_clear(round->pool);
        rv = look(worker, key, turn, round->briefs, round->pool);
        rest(worker, round->begun);
    }
    return rv;
}

/* The next key behind the last one that this walk has not met. @return 0: there is none */
static int find_unmet(mssl_worker_t *worker, char last[MSSL_NAME_SIZE])
{
    const mssl_shelf_t *shelf = &worker->desk->book->shelf[worker->source];
    apr_uint32_t place;
    int found;

    pthread_mutex_lock(&worker->desk->lock);
    place = mssl_book_find(shelf, last, &place) ? place + 1 : place;
    while (place < shelf->n && mssl_entry_get_walk(shelf->entry[place]) == worker->number) {
        place++;
    }
    found = place < shelf->n;
    if (found) {
        apr_cpystrn(last, mssl_entry_get_key(shelf->entry[place]), MSSL_NAME_SIZE);
    }
    pthread_mutex_unlock(&worker->desk->lock);
    return found;
}

static apr_status_t walk_unmet(mssl_worker_t *worker, round_t *round)
{
    char key[MSSL_NAME_SIZE] = "";
    apr_status_t rv = APR_SUCCESS;

    while (rv == APR_SUCCESS && find_unmet(worker, key)) {
        apr_pool_clear(round->pool);
        rv = look_at_extra(worker, key, round->briefs, round->pool);
        rest(worker, round->begun);
    }
    return rv;
}

static apr_status_t walk(mssl_worker_t *worker, apr_pool_t *pool)
{
    round_t round = { .begun = mssl_monotonic_now() };
    apr_status_t rv = apr_pool_create(&round.pool, pool);

    if (rv == APR_SUCCESS) {
        rv = list(worker);
    }
    if (rv == APR_SUCCESS) {
        rv = mssl_briefs_make(&round.briefs, pool);
    }
    if (rv == APR_SUCCESS) {
        rv = walk_listed(worker, &round, LOOK_USED);
    }
    if (rv == APR_SUCCESS) {
        rv = walk_listed(worker, &round, LOOK_LISTED);
    }
    return rv == APR_SUCCESS ? walk_unmet(worker, &round) : rv;
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
