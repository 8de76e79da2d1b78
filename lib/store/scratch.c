/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "lib/store/scratch.h"

#include <apr_allocator.h>
#include <apr_thread_mutex.h>
#include <stdlib.h>
#include <string.h>

/** So many stand ready, one for each thread that loads at the same time; others are made and go. */
#define DESKS 4
/** Memory that an idle scratch may keep, bytes: a pair's files fit. */
#define KEEP ((apr_size_t)64 * 1024)

struct mssl_scratches_t {
    apr_thread_mutex_t *lock;
    mssl_scratch_t *idle;
    int nidle;
};

static void free_scratch(mssl_scratch_t *scratch)
{
    apr_pool_destroy(scratch->pool);
    free(scratch);
}

static apr_status_t free_idle(void *data)
{
    mssl_scratches_t *scratches = data;
    mssl_scratch_t *scratch;

    while ((scratch = scratches->idle) != NULL) {
        scratches->idle = scratch->next;
        free_scratch(scratch);
    }
    return APR_SUCCESS;
}

apr_status_t mssl_scratches_make(mssl_scratches_t **out, apr_pool_t *pool)
{
    mssl_scratches_t *scratches = apr_pcalloc(pool, sizeof(*scratches));
    apr_status_t rv = apr_thread_mutex_create(&scratches->lock, APR_THREAD_MUTEX_DEFAULT, pool);

    *out = NULL;
    if (rv == APR_SUCCESS) {
        apr_pool_cleanup_register(pool, scratches, free_idle, apr_pool_cleanup_null);
        *out = scratches;
    }
    return rv;
}

static mssl_scratch_t *make_scratch(void)
{
    mssl_scratch_t *scratch = calloc(1, sizeof(*scratch));

    /* With an allocator of its own: other pools' locks are not ours, and a thread may end. */
    if (scratch != NULL && apr_pool_create_unmanaged_ex(&scratch->pool, NULL, NULL) != APR_SUCCESS) {
        free(scratch);
        scratch = NULL;
    }
    if (scratch != NULL) {
        apr_allocator_max_free_set(apr_pool_allocator_get(scratch->pool), KEEP);
    }
    return scratch;
}

mssl_scratch_t *mssl_scratch_take(mssl_scratches_t *scratches)
{
    mssl_scratch_t *scratch;

    apr_thread_mutex_lock(scratches->lock);
    scratch = scratches->idle;
    if (scratch != NULL) {
        scratches->idle = scratch->next;
        scratches->nidle--;
    }
    apr_thread_mutex_unlock(scratches->lock);
    return scratch != NULL ? scratch : make_scratch();
}

void mssl_scratch_give(mssl_scratches_t *scratches, mssl_scratch_t *scratch)
{
    apr_pool_clear(scratch->pool);
    memset(&scratch->material, 0, sizeof(scratch->material));
    apr_thread_mutex_lock(scratches->lock);
    if (scratches->nidle < DESKS) {
        scratch->next = scratches->idle;
        scratches->idle = scratch;
        scratches->nidle++;
        scratch = NULL;
    }
    apr_thread_mutex_unlock(scratches->lock);
    if (scratch != NULL) {
        free_scratch(scratch);
    }
}
