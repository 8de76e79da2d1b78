/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "httpd/start/hot.h"

#include <apr_strings.h>
#include <http_log.h>
#include <pthread.h>
#include <scoreboard.h>
#include <signal.h>
#include <stdlib.h>

#include "httpd/start/memory.h"
#include "lib/base/hash.h"
#include "lib/base/tags.h"

APLOG_USE_MODULE(mssl);

/* Places in the table: a power of two. */
#define SLOTS 2048
#define WAYS 4
#define SOURCE_MAX 240
/* What was not looked at for so long is not hot. */
#define HOT_FOR apr_time_from_sec(600)
/*
 * What a new child loads before it is asked: so many names, the latest first, and no longer than
 * this. All children of a restart do it at once, so it is a question of the broker's time.
 */
#define WARM_NAMES 512
#define WARM_FOR apr_time_from_sec(2)
/*
 * ... and those that begin so soon after the restart. One that takes another's place later may live
 * for some connections only (MaxConnectionsPerChild, mpm_itk): it would load hundreds of names for
 * them.
 */
#define WARM_WHILE apr_time_from_sec(30)

typedef struct slot_t {
    apr_time_t seen;
    char key[MSSL_NAME_SIZE];
    char source[SOURCE_MAX];
} slot_t;

/** Lives in memory that all generations share. */
struct mssl_hot_t {
    mssl_hash_seed_t seed; /* so that nobody chooses names that push out others */
    slot_t slots[SLOTS];
};

/** One child's way to the files, with the table beside it. */
typedef struct noting_t {
    mssl_hot_t *hot;
    mssl_store_t *store;
    mssl_ask_fn opener;
    void *baton;
    const int *is_over; /* atomic: the child ends */
} noting_t;

static unsigned int hash(const mssl_hot_t *hot, const char *source, const char *key)
{
    return (unsigned int)(mssl_hash_bytes(&hot->seed, source, strlen(source))
                          + mssl_hash_bytes(&hot->seed, key, strlen(key))) & (SLOTS - 1);
}

/* Its own of the four that may be its own, else the one that was not seen for the longest time. */
static slot_t *find_slot(mssl_hot_t *hot, const char *source, const char *key)
{
    slot_t *set = &hot->slots[hash(hot, source, key) & ~(unsigned int)(WAYS - 1)], *oldest = set;
    int i;

    for (i = 0; i < WAYS; i++) {
        if (strcmp(set[i].key, key) == 0 && strcmp(set[i].source, source) == 0) {
            return &set[i];
        }
        oldest = set[i].seen < oldest->seen ? &set[i] : oldest;
    }
    return oldest;
}

static apr_status_t note_and_open(void *baton, int source_id, mssl_question_t *question)
{
    noting_t *noting = baton;
    apr_status_t rv = noting->opener != NULL
        ? noting->opener(noting->baton, source_id, question)
        : mssl_store_fetch(noting->store, source_id, question);

    if (rv == APR_SUCCESS || rv == APR_EEXIST) {
        const char *source = mssl_store_get_label(noting->store, source_id);

        if (source != NULL && strlen(source) < SOURCE_MAX) {
            slot_t *slot = find_slot(noting->hot, source, question->key);

            apr_cpystrn(slot->key, question->key, sizeof(slot->key));
            apr_cpystrn(slot->source, source, sizeof(slot->source));
            slot->seen = apr_time_now();
        }
    }
    else if (__atomic_load_n(noting->is_over, __ATOMIC_RELAXED) && rv != APR_NOTFOUND) {
        /* At a stop the broker may be gone before its children: that says nothing of the name. */
        question->why->text[0] = '\0';
        rv = APR_EBUSY;
    }
    return rv;
}

static mssl_hot_t *get_table(server_rec *s)
{
    int is_new;
    mssl_hot_t *hot = mssl_memory_get(s, "hot", sizeof(mssl_hot_t), &is_new);

    if (hot != NULL && is_new) {
        mssl_hash_seed_init(&hot->seed);
    }
    return hot;
}

static int compare_latest_first(const void *a, const void *b)
{
    apr_time_t x = ((const slot_t *)a)->seen;
    apr_time_t y = ((const slot_t *)b)->seen;

    return x < y ? 1 : x > y ? -1 : 0;
}

/**
 * Children write into the table meanwhile: judge a copy.
 * @return the latest first; @param n out: how many
 */
static slot_t *copy_hot(const mssl_hot_t *hot, apr_time_t now, int *n, apr_pool_t *pool)
{
    slot_t *copy;
    int i, max = 0;

    for (i = 0; i < SLOTS; i++) {
        max += hot->slots[i].seen != 0;
    }
    copy = apr_palloc(pool, (apr_size_t)(max + 1) * sizeof(*copy));
    *n = 0;
    for (i = 0; i < SLOTS && *n < max; i++) {
        slot_t *slot = &copy[*n];

        *slot = hot->slots[i];
        slot->key[sizeof(slot->key) - 1] = '\0';
        slot->source[sizeof(slot->source) - 1] = '\0';
        /* Other children note what they load, so it may be later than now. */
        *n += slot->seen != 0 && now - slot->seen < HOT_FOR;
    }
    qsort(copy, (size_t)*n, sizeof(*copy), compare_latest_first);
    return copy;
}

/** What one child loads in advance, in the background. */
typedef struct warming_t {
    server_rec *s;
    mssl_global_t *global;
    mssl_hot_then_fn then;
    const slot_t *hot;
    int n;
    int is_over; /* atomic: the child ends */
    int has_thread;
    pthread_t thread;
} warming_t;

static void *warm(void *data)
{
    warming_t *warming = data;
    apr_time_t begin = apr_time_now(), now = begin;
    char key[MSSL_NAME_SIZE];
    apr_pool_t *pool;
    int i;

    for (i = 0; i < warming->n && now - begin < WARM_FOR
         && !__atomic_load_n(&warming->is_over, __ATOMIC_RELAXED); i++) {
        const slot_t *slot = &warming->hot[i];

        if (mssl_name_canon_pattern(key, slot->key, strlen(slot->key))) {
            mssl_store_warm(warming->global->store, slot->source, key, now);
        }
        now = apr_time_now();
    }
    if (warming->n > 0) {
        ap_log_error(APLOG_MARK, APLOG_INFO, 0, warming->s, MSSLNO(0117) "%d of %d names in use "
                     "were loaded in advance in %" APR_TIME_T_FMT " ms", i, warming->n,
                     apr_time_as_msec(now - begin));
    }
    if (apr_pool_create_unmanaged_ex(&pool, NULL, NULL) == APR_SUCCESS) {
        warming->then(warming->global, &warming->is_over, pool);
        apr_pool_destroy(pool);
    }
    return NULL;
}

/* Before the child ends: OpenSSL is taken down under a thread that goes on. */
static apr_status_t stop_warming(void *data)
{
    warming_t *warming = data;

    __atomic_store_n(&warming->is_over, 1, __ATOMIC_RELAXED);
    if (warming->has_thread) {
        pthread_join(warming->thread, NULL);
    }
    return APR_SUCCESS;
}

static void start_warming(warming_t *warming, apr_pool_t *pool)
{
    const mssl_global_t *global = warming->global;
    sigset_t all, before;

    if (global->hot != NULL) {
        warming->hot = copy_hot(global->hot, apr_time_now(), &warming->n, pool);
    }
    warming->n = warming->n < WARM_NAMES ? warming->n : WARM_NAMES;
    warming->n = warming->n < global->cache_size ? warming->n : global->cache_size;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before); /* signals are for httpd's own threads */
    /* Without it names are read when they are asked for. */
    warming->has_thread = pthread_create(&warming->thread, NULL, warm, warming) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}

void mssl_hot_start(mssl_global_t *global, server_rec *s)
{
    global->hot = get_table(s);
    if (global->hot == NULL) {
        ap_log_error(APLOG_MARK, APLOG_WARNING, 0, s, MSSLNO(0116) "no shared memory for the names "
                     "in use: they are read anew by each child after a graceful restart");
    }
}

void mssl_hot_child_init(mssl_global_t *global, server_rec *s, mssl_ask_fn opener, void *baton,
                         mssl_hot_then_fn then, apr_pool_t *pool, apr_pool_t *pchild)
{
    warming_t *warming = apr_pcalloc(pool, sizeof(*warming));
    noting_t *noting;

    warming->s = s;
    warming->global = global;
    warming->then = then;
    if (global->hot != NULL) {
        noting = apr_pcalloc(pool, sizeof(*noting));
        noting->hot = global->hot;
        noting->store = global->store;
        noting->opener = opener;
        noting->baton = baton;
        noting->is_over = &warming->is_over;
        mssl_store_set_opener(global->store, note_and_open, noting);
    }
    else if (opener != NULL) {
        mssl_store_set_opener(global->store, opener, baton);
    }
    apr_pool_pre_cleanup_register(pchild, warming, stop_warming);
    /* mpm_itk forks for each connection: what a thread of ours has locked then stays locked there. */
    if (ap_find_linked_module("mpm_itk.c") == NULL
        && apr_time_now() - ap_scoreboard_image->global->restart_time < WARM_WHILE) {
        start_warming(warming, pool);
    }
}
