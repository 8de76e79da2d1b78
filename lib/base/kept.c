/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "lib/base/kept.h"

#include <stdint.h>
#include <stdlib.h>

void mssl_kept_add_fd(mssl_kept_t *kept, int fd)
{
    if (fd < 0) {
        return;
    }
    if (kept->nfds == MSSL_KEPT_MAX) {
        abort();
    }
    kept->fds[kept->nfds++] = fd;
}

void mssl_kept_add_map(mssl_kept_t *kept, const void *at, size_t len)
{
    if (at == NULL) {
        return;
    }
    if (kept->nmaps == MSSL_KEPT_MAX) {
        abort();
    }
    kept->maps[kept->nmaps].at = at;
    kept->maps[kept->nmaps++].len = len;
}

int mssl_kept_has_map(const mssl_kept_t *kept, const void *from, const void *to)
{
    int i;

    for (i = 0; i < kept->nmaps; i++) {
        uintptr_t at = (uintptr_t)kept->maps[i].at;

        if ((uintptr_t)from < at + kept->maps[i].len && at < (uintptr_t)to) {
            return 1;
        }
    }
    return 0;
}
