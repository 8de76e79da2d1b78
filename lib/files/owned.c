/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "lib/files/owned.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/reason.h"

/* Nothing of a folder is read: permission to search it is enough. */
#ifdef O_PATH
#define OPEN_FOLDER (O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
#else
#define OPEN_FOLDER (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
#endif
/* A pipe makes nobody wait, and no terminal becomes ours. */
#define OPEN_FILE (O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)

/* How far we are: a folder that is open, and the text of it, for reasons. */
typedef struct way_t {
    int fd;
    uid_t owner;
    size_t len;
    char path[PATH_MAX];
} way_t;

static int is_owner(const way_t *way, const struct stat *st)
{
    return st->st_uid == 0 || st->st_uid == way->owner;
}

static apr_status_t judge(const way_t *way, int may_be_sticky, mssl_reason_t *why)
{
    const char *path = way->len > 0 ? way->path : "/";
    struct stat st;

    if (fstat(way->fd, &st) != 0) {
        return mssl_reason_set(why, APR_EACCES, "'%s' cannot be looked at (%s)", path,
                               strerror(errno));
    }
    if (!is_owner(way, &st)) {
        return mssl_reason_set(why, APR_EACCES, "'%s' belongs to uid %lu, who could put anything "
                               "there: run 'chown root %s'", path, (unsigned long)st.st_uid, path);
    }
    if ((st.st_mode & 022) != 0 && !(may_be_sticky && (st.st_mode & S_ISVTX) != 0)) {
        return mssl_reason_set(why, APR_EACCES, "others than its owner can write into '%s': run "
                               "'chmod go-w %s'", path, path);
    }
    return APR_SUCCESS;
}

/*
 * Something in the folder at hand cannot be opened. The reason is one for all names in it: those may
 * be a stranger's, and whether there is such a file cannot be told.
 */
static apr_status_t tell_closed(way_t *way, const char *name, int error, mssl_reason_t *why)
{
    way->path[name - 1 - way->path] = '\0';
    if (error == ENAMETOOLONG) {
        return mssl_reason_set(why, APR_ENOENT, "'%s/' has nothing of so long a name", way->path);
    }
    if (error == EACCES) {
        return mssl_reason_set(why, APR_EACCES, "'%s/' cannot be entered by httpd's user: run 'chmod "
                               "go+x %s/'", way->path, way->path);
    }
    return mssl_reason_set(why, APR_EACCES, "what is in '%s/' cannot be opened (%s)", way->path,
                           strerror(error));
}

/* Why a folder could not be opened. */
static apr_status_t tell_unopened(way_t *way, const char *name, int error, mssl_reason_t *why)
{
    struct stat st;

    if (error == ENOENT) {
        return mssl_reason_set(why, APR_ENOENT, "'%s' is not there", way->path);
    }
    if ((error != ENOTDIR && error != ELOOP)
        || fstatat(way->fd, name, &st, AT_SYMLINK_NOFOLLOW) != 0) {
        return tell_closed(way, name, error, why);
    }
    return mssl_reason_set(why, APR_EACCES, S_ISLNK(st.st_mode)
                           ? "'%s' is a link, and none is followed: use the path that it leads to"
                           : "'%s' is no folder", way->path);
}

/* Add a name to the text of the way. @return where it stands there; NULL: it is too long */
static char *append(way_t *way, const char *name, size_t len)
{
    char *at = way->path + way->len;

    if (len >= sizeof(way->path) - way->len - 1) {
        return NULL;
    }
    *at++ = '/';
    memcpy(at, name, len);
    at[len] = '\0';
    way->len += len + 1;
    return at;
}

static apr_status_t step(way_t *way, const char *name, size_t len, int may_be_sticky,
                         mssl_reason_t *why)
{
    const char *at = append(way, name, len);
    int fd;

    if (at == NULL || strcmp(at, ".") == 0 || strcmp(at, "..") == 0) {
        return mssl_reason_set(why, APR_EACCES, "a path of that kind is not gone");
    }
    fd = openat(way->fd, at, OPEN_FOLDER);
    if (fd < 0) {
        return tell_unopened(way, at, errno, why);
    }
    close(way->fd);
    way->fd = fd;
    return judge(way, may_be_sticky, why);
}

/* @return where the name at a place ends; those in front of it are slashes */
static const char *next_name(const char **at)
{
    *at += strspn(*at, "/");
    return *at + strcspn(*at, "/");
}

static apr_status_t open_dir(way_t *way, const char *dir, uid_t owner, mssl_reason_t *why)
{
    const char *at = dir, *end;
    apr_status_t rv;

    way->owner = owner;
    way->len = 0;
    way->path[0] = '\0';
    way->fd = open("/", OPEN_FOLDER);
    if (way->fd < 0) {
        return mssl_reason_set(why, APR_EACCES, "'/' cannot be opened (%s)", strerror(errno));
    }
    rv = judge(way, 1, why);
    for (end = next_name(&at); rv == APR_SUCCESS && end > at; end = next_name(&at)) {
        const char *rest = end + strspn(end, "/");

        rv = step(way, at, (size_t)(end - at), *rest != '\0', why);
        at = end;
    }
    return rv;
}

static void close_dir(way_t *way)
{
    if (way->fd >= 0) {
        close(way->fd);
    }
}

apr_status_t mssl_owned_check(const char *dir, uid_t owner, mssl_reason_t *why)
{
    way_t way;
    apr_status_t rv = open_dir(&way, dir, owner, why);

    close_dir(&way);
    return rv;
}

apr_status_t mssl_owned_open(int *fd, const char *dir, uid_t owner, mssl_reason_t *why)
{
    way_t way;
    apr_status_t rv = open_dir(&way, dir, owner, why);

    *fd = -1;
    if (rv == APR_SUCCESS) {
        *fd = openat(way.fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        rv = *fd >= 0 ? APR_SUCCESS
             : mssl_reason_set(why, APR_EACCES, "'%s' cannot be read (%s)", way.path,
                               strerror(errno));
    }
    close_dir(&way);
    return rv;
}

/* The file grows or shrinks only by who may write it: what came so far counts, up to max. */
static apr_status_t fill(int fd, char *data, apr_size_t *len, apr_size_t max)
{
    ssize_t n;

    *len = 0;
    do {
        n = read(fd, data + *len, max - *len);
        *len += n > 0 ? (apr_size_t)n : 0;
    } while ((n > 0 && *len < max) || (n < 0 && errno == EINTR));
    return n < 0 ? errno : APR_SUCCESS;
}

static apr_status_t judge_file(const way_t *way, const struct stat *st, apr_size_t max,
                               mssl_reason_t *why)
{
    if (!S_ISREG(st->st_mode)) {
        return mssl_reason_set(why, APR_EINVAL, "'%s' is no regular file", way->path);
    }
    if (!is_owner(way, st) || (st->st_mode & 022) != 0) {
        return mssl_reason_set(why, APR_EINVAL, "'%s' is another user's, or can be written by one: "
                               "run 'chown root %s; chmod 644 %s'", way->path, way->path, way->path);
    }
    if (st->st_size <= 0 || (apr_uint64_t)st->st_size > max) {
        return mssl_reason_set(why, APR_EINVAL, "'%s' has %ld bytes, and is to have 1 to %lu",
                               way->path, (long)st->st_size, (unsigned long)max);
    }
    return APR_SUCCESS;
}

/* Why a file could not be opened. */
static apr_status_t tell_unread(way_t *way, const char *name, int error, mssl_reason_t *why)
{
    struct stat st;

    if (error == ENOENT) {
        return mssl_reason_set(why, APR_ENOENT, "'%s' is not there", way->path);
    }
    if ((error != ELOOP && error != EACCES && error != ENXIO)
        || fstatat(way->fd, name, &st, AT_SYMLINK_NOFOLLOW) != 0) {
        return tell_closed(way, name, error, why);
    }
    if (error == EACCES) {
        return mssl_reason_set(why, APR_EINVAL, "'%s' cannot be read by httpd's user: run 'chmod "
                               "644 %s'", way->path, way->path);
    }
    return mssl_reason_set(why, APR_EINVAL, S_ISLNK(st.st_mode)
                           ? "'%s' is a link, and none is followed" : "'%s' is no regular file",
                           way->path);
}

static apr_status_t read_file(way_t *way, const char *name, char *data, apr_size_t *len,
                              apr_size_t max, mssl_reason_t *why)
{
    const char *at = append(way, name, strlen(name));
    struct stat st;
    apr_status_t rv;
    int fd;

    if (at == NULL) {
        return mssl_reason_set(why, APR_EINVAL, "the path is too long");
    }
    fd = openat(way->fd, at, OPEN_FILE);
    if (fd < 0) {
        return tell_unread(way, at, errno, why);
    }
    rv = fstat(fd, &st) == 0 ? judge_file(way, &st, max, why)
         : mssl_reason_set(why, APR_EINVAL, "'%s' cannot be looked at", way->path);
    if (rv == APR_SUCCESS && fill(fd, data, len, max) != APR_SUCCESS) {
        rv = mssl_reason_set(why, APR_EINVAL, "'%s' cannot be read", way->path);
    }
    close(fd);
    return rv;
}

apr_status_t mssl_owned_read(char *data, apr_size_t *len, apr_size_t max, const char *dir,
                             const char *below, uid_t owner, mssl_reason_t *why)
{
    const char *slash;
    apr_status_t rv;
    way_t way;

    *len = 0;
    rv = open_dir(&way, dir, owner, why);
    while (rv == APR_SUCCESS && (slash = strchr(below, '/')) != NULL) {
        rv = step(&way, below, (size_t)(slash - below), 0, why);
        below = slash + 1;
    }
    if (rv == APR_SUCCESS) {
        rv = read_file(&way, below, data, len, max, why);
    }
    close_dir(&way);
    return rv;
}
