/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "httpd/start/hot.h"

#include <apr_shm.h>
#include <apr_strings.h>
#include <http_log.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "lib/base/tags.h"

APLOG_USE_MODULE(mssl);

/* Places in the table: a power of two. */
#define SLOTS 8192
#define SOURCE_MAX 240
/* What was not looked at for so long is not hot. */
#define HOT_FOR apr_time_from_sec(600)
/* New connections wait until the new children accept: no longer than this for names in advance. */
#define WARM_FOR apr_time_from_msec(100)
/* Threads that help with it, at most; and how many names are worth one. */
#define WARMERS 15
#define FOR_A_THREAD 16

typedef struct slot_t {
    apr_time_t seen;
    char key[MSSL_NAME_SIZE];
    char source[SOURCE_MAX];
} slot_t;

/** Lives in the process's pool, over all generations. */
struct mssl_hot_t {
    slot_t *slots;
};

/** One child's way to the files, with the table beside it. */
typedef struct noting_t {
    mssl_hot_t *hot;
    mssl_store_t *store;
    mssl_opener_fn opener;
    void *baton;
} noting_t;

static unsigned int hash(const char *source, const char *key)
{
    apr_uint64_t h = APR_UINT64_C(14695981039346656037); /* FNV-1a */

    for (; *source != '\0'; source++) {
        h = (h ^ (unsigned char)*source) * APR_UINT64_C(1099511628211);
    }
    for (; *key != '\0'; key++) {
        h = (h ^ (unsigned char)*key) * APR_UINT64_C(1099511628211);
    }
    return (unsigned int)(h ^ h >> 32) & (SLOTS - 1);
}

static apr_status_t note_and_open(void *baton, int source_id, const char *key,
                                  const mssl_stamp_t *known, mssl_material_t *out,
                                  apr_time_t *as_of, apr_pool_t *pool, mssl_reason_t *why)
{
    noting_t *noting = baton;
    apr_status_t rv;

    if (noting->opener == NULL) {
        rv = mssl_store_fetch(noting->store, source_id, key, known, out, pool, why);
    }
    else {
        rv = noting->opener(noting->baton, source_id, key, known, out, as_of, pool, why);
    }
    if (rv == APR_SUCCESS || rv == APR_EEXIST) {
        const char *source = mssl_store_get_label(noting->store, source_id);

        if (source != NULL && strlen(source) < SOURCE_MAX) {
            slot_t *slot = &noting->hot->slots[hash(source, key)];

            apr_cpystrn(slot->key, key, sizeof(slot->key));
            apr_cpystrn(slot->source, source, sizeof(slot->source));
            slot->seen = apr_time_now();
        }
    }
    return rv;
}

/** Made once per process: shared memory without a name, inherited by every child. */
static mssl_hot_t *get_table(server_rec *s)
{
    static const char name[] = "mssl_hot";
    apr_pool_t *p = s->process->pool;
    void *hot = NULL;
    apr_shm_t *shm;

    apr_pool_userdata_get(&hot, name, p);
    if (hot == NULL && apr_shm_create(&shm, SLOTS * sizeof(slot_t), NULL, p) == APR_SUCCESS) {
        mssl_hot_t *made = apr_palloc(p, sizeof(*made));

        made->slots = apr_shm_baseaddr_get(shm);
        memset(made->slots, 0, SLOTS * sizeof(slot_t));
        apr_pool_userdata_set(made, name, apr_pool_cleanup_null, p);
        hot = made;
    }
    return hot;
}

static int compare_latest_first(const void *a, const void *b)
{
    apr_time_t x = ((const slot_t *)a)->seen;
    apr_time_t y = ((const slot_t *)b)->seen;

    return x < y ? 1 : x > y ? -1 : 0;
}

/** Children of the generation before write into the table meanwhile: judge a copy. */
static slot_t *copy_hot(const mssl_hot_t *hot, apr_time_t now, int *n, apr_pool_t *ptemp)
{
    slot_t *copy = apr_palloc(ptemp, SLOTS * sizeof(*copy));
    int i;

    *n = 0;
    for (i = 0; i < SLOTS; i++) {
        if (hot->slots[i].seen != 0) {
            copy[*n] = hot->slots[i];
            copy[*n].key[sizeof(copy[*n].key) - 1] = '\0';
            copy[*n].source[sizeof(copy[*n].source) - 1] = '\0';
            *n += copy[*n].seen <= now && now - copy[*n].seen < HOT_FOR;
        }
    }
    qsort(copy, *n, sizeof(*copy), compare_latest_first);
    return copy;
}

/** Names that are being loaded in advance, by several threads. */
typedef struct warming_t {
    mssl_store_t *store;
    const slot_t *hot;
    int n;
    apr_time_t until;
    int next; /* atomic */
    int done; /* atomic */
} warming_t;

static void *warm(void *data)
{
    warming_t *warming = data;
    char key[MSSL_NAME_SIZE];
    int i;

    while (apr_time_now() < warming->until
           && (i = __atomic_fetch_add(&warming->next, 1, __ATOMIC_RELAXED)) < warming->n) {
        const slot_t *slot = &warming->hot[i];

        if (mssl_name_canon_pattern(key, slot->key, strlen(slot->key))) {
            mssl_store_warm(warming->store, slot->source, key, apr_time_now());
            __atomic_add_fetch(&warming->done, 1, __ATOMIC_RELAXED);
        }
    }
    return NULL;
}

/** By as many threads as there are processors, as the time is short. They end before this does. */
static void warm_all(warming_t *warming)
{
    int wanted = (int)sysconf(_SC_NPROCESSORS_ONLN) - 1, started = 0;
    pthread_t threads[WARMERS];
    sigset_t all, before;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before); /* signals are for httpd's own thread */
    while (started < wanted && started < WARMERS && warming->n > (started + 1) * FOR_A_THREAD
           && pthread_create(&threads[started], NULL, warm, warming) == 0) {
        started++;
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    warm(warming);
    while (started > 0) {
        pthread_join(threads[--started], NULL);
    }
}

void mssl_hot_start(mssl_global_t *global, server_rec *s, apr_pool_t *ptemp)
{
    apr_time_t begin = apr_time_now();
    warming_t warming = { .store = global->store, .until = begin + WARM_FOR };
    int n;

    global->hot = get_table(s);
    if (global->hot == NULL) {
        ap_log_error(APLOG_MARK, APLOG_WARNING, 0, s, MSSLNO(0116) "no shared memory for the names "
                     "in use: they are read anew by each child after a graceful restart");
        return;
    }
    warming.hot = copy_hot(global->hot, begin, &n, ptemp);
    warming.n = n < global->cache_size ? n : global->cache_size;
    warm_all(&warming);
    if (warming.done > 0) {
        ap_log_error(APLOG_MARK, APLOG_INFO, 0, s, MSSLNO(0117) "%d of %d names in use were loaded "
                     "in advance in %" APR_TIME_T_FMT " ms", warming.done, n,
                     apr_time_as_msec(apr_time_now() - begin));
    }
}

void mssl_hot_child_init(mssl_global_t *global, mssl_opener_fn opener, void *baton,
                         apr_pool_t *pchild)
{
    noting_t *noting;

    if (global->hot == NULL) {
        if (opener != NULL) {
            mssl_store_set_opener(global->store, opener, baton);
        }
        return;
    }
    noting = apr_pcalloc(pchild, sizeof(*noting));
    noting->hot = global->hot;
    noting->store = global->store;
    noting->opener = opener;
    noting->baton = baton;
    mssl_store_set_opener(global->store, note_and_open, noting);
}
