/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "lib/files/sight.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

int mssl_sight_has_changed(mssl_sight_t *sight, int dir, const char *name)
{
    mssl_sight_t now;
    struct stat st;
    int changed;

    memset(&now, 0, sizeof(now));
    if (dir != -1 && fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0) {
        now.is_there = 1;
        now.dev = st.st_dev;
        now.ino = st.st_ino;
        now.size = st.st_size;
        now.changed = st.st_ctim;
    }
    changed = memcmp(sight, &now, sizeof(now)) != 0;
    *sight = now;
    return changed;
}
