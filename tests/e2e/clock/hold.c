/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

/*
 * Loaded before all others (LD_PRELOAD): who maps a file to read what others write waits while there
 * is a file HOLD, and says so by a line in HOLD.seen.
 */

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

static void hold(int protection, int flags)
{
    const char *path = getenv("HOLD");
    char seen[4096];
    int fd;

    if (path == NULL || protection != PROT_READ || flags != MAP_SHARED || access(path, F_OK) != 0) {
        return;
    }
    snprintf(seen, sizeof(seen), "%s.seen", path);
    fd = open(seen, O_WRONLY | O_APPEND | O_CLOEXEC);
    if (fd < 0 || write(fd, "held\n", 5) != 5) {
        abort();
    }
    close(fd);
    while (access(path, F_OK) == 0) {
        usleep(2000);
    }
}

void *mmap(void *at, size_t size, int protection, int flags, int fd, off_t offset)
{
    hold(protection, flags);
    return (void *)syscall(SYS_mmap, at, size, protection, flags, fd, offset);
}

void *mmap64(void *at, size_t size, int protection, int flags, int fd, off64_t offset)
{
    hold(protection, flags);
    return (void *)syscall(SYS_mmap, at, size, protection, flags, fd, offset);
}
