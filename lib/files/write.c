/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "lib/files/write.h"

#include <apr_strings.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <string.h>
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

/* Content first, then whose it is: nobody else ever has a descriptor of it half written. */
static const char *fill(int fd, const char *data, size_t len, const mssl_owner_t *owner)
{
    if (!write_all(fd, data, len)) {
        return "cannot be written";
    }
    if ((owner->uid != (uid_t)-1 || owner->gid != (gid_t)-1)
        && fchown(fd, owner->uid, owner->gid) != 0) {
        return "its owner cannot be set";
    }
    if (fchmod(fd, owner->mode) != 0) {
        return "its mode cannot be set";
    }
    return fsync(fd) == 0 ? NULL : "cannot be brought to the disk";
}

apr_status_t mssl_file_write(int dir, const char *name, const void *data, size_t len,
                             const mssl_owner_t *owner, mssl_reason_t *why)
{
    char temp[NAME_MAX + 1];
    unsigned char random[8];
    const char *wrong;
    apr_status_t rv;
    int fd;

    if (strlen(name) > NAME_MAX - 24 || strchr(name, '/') != NULL
        || RAND_bytes(random, sizeof(random)) != 1) {
        errno = ENAMETOOLONG;
        return fail(why, "no name for a file", name);
    }
    apr_snprintf(temp, sizeof(temp), ".%s.%02x%02x%02x%02x%02x%02x%02x%02x.new", name, random[0],
                 random[1], random[2], random[3], random[4], random[5], random[6], random[7]);
    fd = openat(dir, temp, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0) {
        return fail(why, "no file can be made beside it", name);
    }
    errno = 0;
    wrong = fill(fd, data, len, owner);
    rv = wrong != NULL ? fail(why, wrong, name) : APR_SUCCESS;
    if (close(fd) != 0 && rv == APR_SUCCESS) {
        rv = fail(why, "cannot be written", name);
    }
    if (rv == APR_SUCCESS && renameat(dir, temp, dir, name) != 0) {
        rv = fail(why, "cannot be put in its place", name);
    }
    if (rv != APR_SUCCESS) {
        unlinkat(dir, temp, 0);
        return rv;
    }
    fsync(dir); /* it is in its place; a file system that knows no such call syncs by itself */
    return APR_SUCCESS;
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
