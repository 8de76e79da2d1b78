/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "lib/files/folder.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

int mssl_folder_open(int dir, const char *path)
{
    return openat(dir, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

int mssl_folder_make(int dir, const char *name, mode_t mode)
{
    if (mkdirat(dir, name, mode) == 0) {
        fsync(dir);
    }
    else if (errno != EEXIST) {
        return -1;
    }
    return mssl_folder_open(dir, name);
}
