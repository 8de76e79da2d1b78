/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "lib/store/scratch.h"

#include <apr_allocator.h>
#include <apr_thread_mutex.h>
#include <stdlib.h>
#include <string.h>

/** So many stand ready, one for each thread that loads at the same time; others are made and go. */
#define DESKS 4
/** Memory that an idle desk may keep, bytes: a pair's files fit. */
#define KEEP ((apr_size_t)64 * 1024)

struct mssl_desks_t {
    apr_thread_mutex_t *lock;
    mssl_desk_t *idle;
    int nidle;
};

static void free_desk(mssl_desk_t *desk)
{
    apr_pool_destroy(desk->pool);
    free(desk);
}

static apr_status_t free_idle(void *data)
{
    mssl_desks_t *desks = data;
    mssl_desk_t *desk;

    while ((desk = desks->idle) != NULL) {
        desks->idle = desk->next;
        free_desk(desk);
    }
    return APR_SUCCESS;
}

apr_status_t mssl_desks_make(mssl_desks_t **out, apr_pool_t *pool)
{
    mssl_desks_t *desks = apr_pcalloc(pool, sizeof(*desks));
    apr_status_t rv = apr_thread_mutex_create(&desks->lock, APR_THREAD_MUTEX_DEFAULT, pool);

    *out = NULL;
    if (rv == APR_SUCCESS) {
        apr_pool_cleanup_register(pool, desks, free_idle, apr_pool_cleanup_null);
        *out = desks;
    }
    return rv;
}

static mssl_desk_t *make_desk(void)
{
    mssl_desk_t *desk = calloc(1, sizeof(*desk));

    /* With an allocator of its own: other pools' locks are not ours, and a thread may end. */
    if (desk != NULL && apr_pool_create_unmanaged_ex(&desk->pool, NULL, NULL) != APR_SUCCESS) {
        free(desk);
        desk = NULL;
    }
    if (desk != NULL) {
        apr_allocator_max_free_set(apr_pool_allocator_get(desk->pool), KEEP);
    }
    return desk;
}

mssl_desk_t *mssl_desk_take(mssl_desks_t *desks)
{
    mssl_desk_t *desk;

    apr_thread_mutex_lock(desks->lock);
    desk = desks->idle;
    if (desk != NULL) {
        desks->idle = desk->next;
        desks->nidle--;
    }
    apr_thread_mutex_unlock(desks->lock);
    return desk != NULL ? desk : make_desk();
}

void mssl_desk_give(mssl_desks_t *desks, mssl_desk_t *desk)
{
    apr_pool_clear(desk->pool);
    memset(&desk->material, 0, sizeof(desk->material));
    apr_thread_mutex_lock(desks->lock);
    if (desks->nidle < DESKS) {
        desk->next = desks->idle;
        desks->idle = desk;
        desks->nidle++;
        desk = NULL;
    }
    apr_thread_mutex_unlock(desks->lock);
    if (desk != NULL) {
        free_desk(desk);
    }
}
