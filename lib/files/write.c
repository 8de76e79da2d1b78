/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "lib/files/write.h"

#include <apr_strings.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/reason.h"

static apr_status_t fail(mssl_reason_t *why, const char *what, const char *name)
{
    int err = errno != 0 ? errno : EIO;

    return mssl_reason_set(why, err, "%s: %s (%s)", name, what, strerror(err));
}

static int write_all(int fd, const char *data, size_t len)
{
    while (len > 0) {
        ssize_t n = write(fd, data, len);

        if (n < 0 && errno != EINTR) {
            return 0;
        }
        if (n > 0) {
            data += n;
            len -= (size_t)n;
        }
    }
    return 1;
}

/** What is handed to the kernel at once, bytes. */
#define BUFFER 65536

struct mssl_writing_t {
    int dir, fd;
    int is_lazy;       /* the disk is not waited for */
    const char *wrong; /* what failed first, with err */
    int err;
    mssl_owner_t owner;
    size_t used;
    char name[NAME_MAX + 1], temp[NAME_MAX + 1];
    char buffer[BUFFER];
};

static void note(mssl_writing_t *writing, const char *wrong)
{
    if (writing->wrong == NULL) {
        writing->wrong = wrong;
        writing->err = errno;
    }
}

static void flush(mssl_writing_t *writing)
{
    if (writing->wrong == NULL && !write_all(writing->fd, writing->buffer, writing->used)) {
        note(writing, "cannot be written");
    }
    writing->used = 0;
}

apr_status_t mssl_file_begin(mssl_writing_t **out, int dir, const char *name,
                             const mssl_owner_t *owner, mssl_reason_t *why)
{
    mssl_writing_t *writing = malloc(sizeof(*writing));
    unsigned char random[8];
    apr_status_t rv;

    *out = NULL;
    if (writing == NULL || strlen(name) > NAME_MAX || strchr(name, '/') != NULL
        || RAND_bytes(random, sizeof(random)) != 1) {
        free(writing);
        errno = ENAMETOOLONG;
        return fail(why, "no name for a file", name);
    }
    writing->dir = dir;
    writing->is_lazy = 0;
    writing->wrong = NULL;
    writing->owner = *owner;
    writing->used = 0;
    apr_cpystrn(writing->name, name, sizeof(writing->name));
    /* A long one's beginning will do: the random bytes make it one of its own. */
    apr_snprintf(writing->temp, sizeof(writing->temp), ".%.*s.%02x%02x%02x%02x%02x%02x%02x%02x.new",
                 NAME_MAX - 24, name, random[0], random[1], random[2], random[3], random[4], random[5],
                 random[6], random[7]);
    writing->fd = openat(dir, writing->temp, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
                         0600);
    if (writing->fd < 0) {
        rv = fail(why, "no file can be made beside it", name);
        free(writing);
        return rv;
    }
    errno = 0;
    *out = writing;
    return APR_SUCCESS;
}

void mssl_file_add(mssl_writing_t *writing, const void *data, size_t len)
{
    const char *from = data;
    size_t part;

    while (len > 0) {
        part = len < BUFFER - writing->used ? len : BUFFER - writing->used;
        memcpy(writing->buffer + writing->used, from, part);
        writing->used += part;
        from += part;
        len -= part;
        if (writing->used == BUFFER) {
            flush(writing);
        }
    }
}

/* Content first, then whose it is: nobody else ever has a descriptor of it half written. */
static void finish(mssl_writing_t *writing)
{
    const mssl_owner_t *owner = &writing->owner;

    flush(writing);
    if ((owner->uid != (uid_t)-1 || owner->gid != (gid_t)-1)
        && fchown(writing->fd, owner->uid, owner->gid) != 0) {
        note(writing, "its owner cannot be set");
    }
    if (fchmod(writing->fd, owner->mode) != 0) {
        note(writing, "its mode cannot be set");
    }
    if (!writing->is_lazy && fsync(writing->fd) != 0) {
        note(writing, "cannot be brought to the disk");
    }
    if (close(writing->fd) != 0) {
        note(writing, "cannot be written");
    }
    if (writing->wrong == NULL
        && renameat(writing->dir, writing->temp, writing->dir, writing->name) != 0) {
        note(writing, "cannot be put in its place");
    }
}

apr_status_t mssl_file_end(mssl_writing_t *writing, int is_good, mssl_reason_t *why)
{
    apr_status_t rv = APR_SUCCESS;

    if (is_good) {
        finish(writing);
    }
    else {
        close(writing->fd);
    }
    if (writing->wrong != NULL) {
        errno = writing->err;
        rv = fail(why, writing->wrong, writing->name);
    }
    if (writing->wrong != NULL || !is_good) {
        unlinkat(writing->dir, writing->temp, 0);
    }
    else if (!writing->is_lazy) {
        fsync(writing->dir); /* it is in its place; where no such call is known, it needs none */
    }
    free(writing);
    return rv;
}

static apr_status_t write_whole(int dir, const char *name, const void *data, size_t len,
                                const mssl_owner_t *owner, int is_lazy, mssl_reason_t *why)
{
    mssl_writing_t *writing;
    apr_status_t rv = mssl_file_begin(&writing, dir, name, owner, why);

    if (rv != APR_SUCCESS) {
        return rv;
    }
    writing->is_lazy = is_lazy;
    mssl_file_add(writing, data, len);
    return mssl_file_end(writing, 1, why);
}

apr_status_t mssl_file_write(int dir, const char *name, const void *data, size_t len,
                             const mssl_owner_t *owner, mssl_reason_t *why)
{
    return write_whole(dir, name, data, len, owner, 0, why);
}

apr_status_t mssl_file_write_lazily(int dir, const char *name, const void *data, size_t len,
                                    const mssl_owner_t *owner, mssl_reason_t *why)
{
    return write_whole(dir, name, data, len, owner, 1, why);
}

static int has_owner(const struct stat *st, const mssl_owner_t *owner)
{
    uid_t uid = owner->uid != (uid_t)-1 ? owner->uid : geteuid();
    gid_t gid = owner->gid != (gid_t)-1 ? owner->gid : getegid();

    return st->st_uid == uid && st->st_gid == gid && (st->st_mode & 07777) == owner->mode;
}

/* Whether the file reads exactly so. */
static int reads(int fd, const char *data, size_t len)
{
    char part[4096];

    while (len > 0) {
        ssize_t n = read(fd, part, len < sizeof(part) ? len : sizeof(part));

        if (n <= 0 || memcmp(part, data, (size_t)n) != 0) {
            return 0;
        }
        data += n;
        len -= (size_t)n;
    }
    return 1;
}

static int is_same(int dir, const char *name, const void *data, size_t len,
                   const mssl_owner_t *owner)
{
    int fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    struct stat st;
    int same;

    if (fd < 0) {
        return 0;
    }
    same = fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && (size_t)st.st_size == len
           && has_owner(&st, owner) && reads(fd, data, len);
    close(fd);
    return same;
}

apr_status_t mssl_file_write_changed(int dir, const char *name, const void *data, size_t len,
                                     const mssl_owner_t *owner, int *is_changed,
                                     mssl_reason_t *why)
{
    int same = is_same(dir, name, data, len, owner);

    if (is_changed != NULL) {
        *is_changed = !same;
    }
    return same ? APR_SUCCESS : mssl_file_write(dir, name, data, len, owner, why);
}

int mssl_file_make_memory(const char *label, const void *data, size_t len)
{
    int fd = memfd_create(label, MFD_CLOEXEC);
    int err;

    if (fd >= 0 && (!write_all(fd, data, len) || lseek(fd, 0, SEEK_SET) != 0)) {
        err = errno;
        close(fd);
        errno = err;
        return -1;
    }
    return fd;
}
