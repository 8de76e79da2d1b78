/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "tools/msslctl/small.h"

#include <fcntl.h>
#include <openssl/crypto.h>
#include <sys/stat.h>
#include <unistd.h>

void ctl_small_read(mssl_buffer_t *text, const char *path, size_t max)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    char part[4096];
    struct stat st;
    ssize_t n;

    *text = (mssl_buffer_t){ .max = max };
    if (fd < 0) {
        return;
    }
    if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode)) {
        while ((n = read(fd, part, sizeof(part))) > 0
               && mssl_buffer_add(text, part, (size_t)n) == APR_SUCCESS) {
        }
    }
    OPENSSL_cleanse(part, sizeof(part)); /* there may be passwords in it */
    close(fd);
}
