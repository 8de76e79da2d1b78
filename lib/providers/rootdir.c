/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "lib/providers/rootdir.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>

#include "lib/base/reason.h"

apr_status_t mssl_rootdir_check(const char *path, struct stat *st, mssl_reason_t *why)
{
    if (stat(path, st) != 0) {
        return mssl_reason_set(why, errno, "%s: %s; create it or mount it", path, strerror(errno));
    }
    if (!S_ISDIR(st->st_mode)) {
        return mssl_reason_set(why, APR_ENOTDIR, "%s is not a directory; use map: for a file",
                               path);
    }
    return APR_SUCCESS;
}

/* Whether a directory is empty. @return 1 yes, 0 no, -1 it cannot be listed (the broker lists none) */
static int is_empty(const char *path)
{
    DIR *dir = opendir(path);
    struct dirent *entry;
    int empty = 1;

    if (dir == NULL) {
        return -1;
    }
    do {
        errno = 0;
        entry = readdir(dir);
    } while (entry != NULL
             && (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0));
    if (entry != NULL) {
        empty = 0;
    }
    else if (errno != 0) {
        empty = -1;
    }
    closedir(dir);
    return empty;
}

int mssl_rootdir_has_something(const char *path)
{
    return is_empty(path) == 0;
}

void mssl_rootdir_remember(mssl_rootdir_t *seen, const struct stat *st)
{
    __atomic_store_n(&seen->dev, (apr_uint64_t)st->st_dev, __ATOMIC_RELAXED);
    __atomic_store_n(&seen->ino, (apr_uint64_t)st->st_ino, __ATOMIC_RELAXED);
}

/*
 * An empty directory in the place of one that had something is a mount point without its mount.
 * Where it cannot be listed, another file system in that place is taken for one; a directory of the
 * same file system was renamed there.
 */
static int is_vanished(const mssl_rootdir_t *seen, const char *path, const struct stat *st)
{
    apr_uint64_t dev = __atomic_load_n(&seen->dev, __ATOMIC_RELAXED);
    apr_uint64_t ino = __atomic_load_n(&seen->ino, __ATOMIC_RELAXED);
    int is_other_fs = dev != (apr_uint64_t)st->st_dev, empty;

    if (ino == 0 || (!is_other_fs && ino == (apr_uint64_t)st->st_ino)) {
        return 0;
    }
    empty = is_empty(path);
    return empty > 0 || (empty < 0 && is_other_fs);
}

apr_status_t mssl_rootdir_judge(const mssl_rootdir_t *seen, const char *path,
                                const struct stat *st, mssl_reason_t *why)
{
    if (is_vanished(seen, path, st)) {
        return mssl_reason_set(why, APR_ENODIR, "%s is empty and not the directory that it was; "
                               "mount it again", path);
    }
    return APR_NOTFOUND;
}
