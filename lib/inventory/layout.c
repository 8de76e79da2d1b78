/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "lib/inventory/layout.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

static apr_status_t destroy(void *data)
{
    mssl_index_t *index = data;

    mssl_index_close(index);
    close(index->reader);
    return APR_SUCCESS;
}

/* For good: a mapping can be made writable where its descriptor was, so it is opened anew. */
static int open_for_reading(int fd)
{
    char path[40];

    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    return open(path, O_RDONLY | O_CLOEXEC);
}

apr_status_t mssl_index_make(mssl_index_t **out, apr_pool_t *pool)
{
    mssl_index_t *index = apr_pcalloc(pool, sizeof(*index));
    apr_status_t rv;

    *out = NULL;
    index->fd = memfd_create("mssl-inventory", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (index->fd < 0) {
        return errno;
    }
    /* Sealed: nobody's mapping can lose its ground. */
    if (ftruncate(index->fd, (off_t)MSSL_LAYOUT_SIZE) != 0
        || fcntl(index->fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW) != 0
        || (index->reader = open_for_reading(index->fd)) < 0) {
        rv = errno;
        close(index->fd);
        return rv;
    }
    apr_pool_cleanup_register(pool, index, destroy, apr_pool_cleanup_null);
    *out = index;
    return APR_SUCCESS;
}

void mssl_index_keep(const mssl_index_t *index, mssl_kept_t *kept)
{
    mssl_kept_add_fd(kept, index->fd);
}

void mssl_index_close(mssl_index_t *index)
{
    if (index->fd >= 0) {
        close(index->fd);
        index->fd = -1;
    }
}
