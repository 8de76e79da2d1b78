/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "lib/files/read.h"

#include <apr_strings.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "lib/base/reason.h"

#define OPEN_LOOK (O_PATH | O_NOFOLLOW | O_CLOEXEC)
/** A FIFO must not hang the opener, a terminal not become ours. */
#define OPEN_READ (O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)
#define LINK_TARGET_MAX 4096

/** One way from a directory to a file. */
typedef struct walk_t {
    const char *path;    /* for reasons */
    apr_pool_t *pool;    /* for the targets of links */
    mssl_reason_t *why;
    int links;           /* followed so far */
    int is_checked;      /* whether directories are held to the rule by now */
} walk_t;

/** What a step of the way leads to: an open descriptor and its state. */
typedef struct spot_t {
    int fd;
    struct stat st;
} spot_t;

static apr_status_t fail_open(mssl_reason_t *why, const char *path, int err)
{
    if (err == ENOENT) {
        return mssl_reason_set(why, APR_ENOENT, "%s: no such file", path);
    }
    if (err == EACCES || err == EPERM) {
        return mssl_reason_set(why, err, "%s: permission denied; let uid %lu read it and enter its "
                               "directories", path, (unsigned long)geteuid());
    }
    if (err == ELOOP) {
        return mssl_reason_set(why, err, "%s: a loop of links; remove it", path);
    }
    return mssl_reason_set(why, err, "%s: cannot be opened (%s)", path, strerror(err));
}

int mssl_file_may_follow(const struct stat *link, const struct stat *target)
{
    return link->st_uid == 0 || link->st_uid == target->st_uid;
}

int mssl_file_is_open_to_others(const char *path, const struct stat *st)
{
    struct statvfs fs;

    return (st->st_mode & S_IWOTH) != 0
           && (statvfs(path, &fs) != 0 || (fs.f_flag & ST_RDONLY) == 0);
}

/* The same of a directory that is open as a place. */
static int is_open_to_others(const spot_t *dir)
{
    struct statvfs fs;

    return (dir->st.st_mode & S_IWOTH) != 0
           && (fstatvfs(dir->fd, &fs) != 0 || (fs.f_flag & ST_RDONLY) == 0);
}

/* "writable by others" of a directory that has no name here but the one the kernel knows. */
static apr_status_t fail_open_dir(const walk_t *walk, const spot_t *dir)
{
    char link[40], name[LINK_TARGET_MAX];
    ssize_t len;

    apr_snprintf(link, sizeof(link), "/proc/self/fd/%d", dir->fd);
    len = readlink(link, name, sizeof(name) - 1);
    if (len <= 0) {
        return mssl_reason_set(walk->why, APR_EACCES, "%s: a directory on the way there is "
                               "writable by others; chmod o-w that directory", walk->path);
    }
    name[len] = '\0';
    return mssl_reason_set(walk->why, APR_EACCES, "%s: the directory %s on the way there is "
                           "writable by others; chmod o-w %s", walk->path, name, name);
}

static apr_status_t check_dir(const walk_t *walk, const spot_t *dir)
{
    if (!S_ISDIR(dir->st.st_mode)) {
        return mssl_reason_set(walk->why, APR_ENOTDIR, "%s: a part of the way is no directory",
                               walk->path);
    }
    /* The sticky bit does not help: others could still put their own there. */
    if (walk->is_checked && is_open_to_others(dir)) {
        return fail_open_dir(walk, dir);
    }
    return APR_SUCCESS;
}

static apr_status_t look(const walk_t *walk, int dirfd, const char *name, int flags, spot_t *out)
{
    int err;

    out->fd = openat(dirfd, name, flags);
    if (out->fd < 0) {
        return fail_open(walk->why, walk->path, errno);
    }
    if (fstat(out->fd, &out->st) != 0) {
        err = errno;
        close(out->fd);
        out->fd = -1;
        return fail_open(walk->why, walk->path, err);
    }
    return APR_SUCCESS;
}

static apr_status_t resolve(walk_t *walk, const spot_t *from, const char *path, spot_t *out);

/* Replace a link by what it points to, where its owner had the right to point there. */
static apr_status_t follow(walk_t *walk, const spot_t *dir, spot_t *spot)
{
    spot_t target = { .fd = -1 };
    char *text;
    ssize_t len;
    apr_status_t rv;

    if (++walk->links > MSSL_LINKS_MAX) {
        return fail_open(walk->why, walk->path, ELOOP);
    }
    text = apr_palloc(walk->pool, LINK_TARGET_MAX + 1);
    len = readlinkat(spot->fd, "", text, LINK_TARGET_MAX);
    if (len <= 0 || len == LINK_TARGET_MAX) {
        return mssl_reason_set(walk->why, APR_EINVAL, "%s: a link that cannot be read",
                               walk->path);
    }
    text[len] = '\0';
    walk->is_checked = 1;
    rv = resolve(walk, dir, text, &target);
    if (rv == APR_SUCCESS && !mssl_file_may_follow(&spot->st, &target.st)) {
        rv = mssl_reason_set(walk->why, APR_EACCES, "%s: a link of uid %lu to a file of uid %lu is "
                             "not followed; chown -h the link to root, or to the file's owner",
                             walk->path, (unsigned long)spot->st.st_uid,
                             (unsigned long)target.st.st_uid);
        close(target.fd);
    }
    else if (APR_STATUS_IS_ENOENT(rv)) {
        rv = mssl_reason_set(walk->why, APR_EINVAL, "%s: a link to nothing; remove it or mend it",
                             walk->path);
    }
    if (rv == APR_SUCCESS) {
        close(spot->fd);
        *spot = target;
    }
    return rv;
}

/* One component: to a directory (opened as a place), or to a regular file (opened for reading). */
static apr_status_t step(walk_t *walk, const spot_t *dir, const char *name, spot_t *out)
{
    spot_t seen;
    apr_status_t rv = check_dir(walk, dir);

    if (rv == APR_SUCCESS) {
        rv = look(walk, dir->fd, name, OPEN_LOOK, &seen);
    }
    if (rv != APR_SUCCESS) {
        return rv;
    }
    if (S_ISLNK(seen.st.st_mode)) {
        rv = follow(walk, dir, &seen);
    }
    else if (S_ISREG(seen.st.st_mode)) {
        rv = look(walk, dir->fd, name, OPEN_READ | O_NOFOLLOW, out);
        close(seen.fd);
        return rv;
    }
    else if (!S_ISDIR(seen.st.st_mode)) {
        rv = mssl_reason_set(walk->why, APR_EINVAL, "%s: not a regular file; put a file there",
                             walk->path);
    }
    if (rv != APR_SUCCESS) {
        close(seen.fd);
        return rv;
    }
    *out = seen;
    return APR_SUCCESS;
}

/* Walk a path. out->fd is the caller's on success only. */
static apr_status_t resolve(walk_t *walk, const spot_t *from, const char *path, spot_t *out)
{
    spot_t at, next;
    apr_status_t rv;
    char *copy = apr_pstrdup(walk->pool, path), *state, *name;

    rv = path[0] == '/' ? look(walk, AT_FDCWD, "/", O_PATH | O_CLOEXEC, &at)
                        : look(walk, from->fd, ".", O_PATH | O_CLOEXEC, &at);
    for (name = apr_strtok(copy, "/", &state); rv == APR_SUCCESS && name != NULL;
         name = apr_strtok(NULL, "/", &state)) {
        rv = step(walk, &at, name, &next);
        close(at.fd);
        if (rv == APR_SUCCESS) {
            at = next;
        }
    }
    if (rv == APR_SUCCESS) {
        *out = at;
    }
    return rv;
}

static apr_status_t open_ruled(const char *root, const char *path, apr_pool_t *pool,
                               mssl_reason_t *why, spot_t *out)
{
    walk_t walk = { .path = path, .pool = pool, .why = why };
    size_t len = strlen(root);
    spot_t start;
    apr_status_t rv;

    walk.is_checked = strcmp(root, "/") != 0;
    if (strncmp(path, root, len) != 0 || (walk.is_checked && path[len] != '/')) {
        return mssl_reason_set(why, APR_EINVAL, "%s: not below %s", path, root);
    }
    rv = look(&walk, AT_FDCWD, root, O_PATH | O_CLOEXEC, &start);
    if (rv == APR_SUCCESS) {
        rv = resolve(&walk, &start, path + len + strspn(path + len, "/"), out);
        close(start.fd);
    }
    return rv;
}

/* Whether a file can be read whole, and how long it is. */
static apr_status_t check_file(const spot_t *file, const char *path, apr_off_t max,
                               mssl_reason_t *why)
{
    if (!S_ISREG(file->st.st_mode)) {
        return mssl_reason_set(why, APR_EINVAL, "%s: not a regular file; put a file there", path);
    }
    if (file->st.st_size > max) {
        return mssl_reason_set(why, APR_EINVAL, "%s: larger than %lu KB; this is no such file",
                               path, (unsigned long)(max / 1024));
    }
    return APR_SUCCESS;
}

/* Not ctime: that changes, too, when another file takes its name, and this one is whole. */
static int is_same_content(const struct stat *a, const struct stat *b)
{
    return a->st_size == b->st_size && a->st_mtim.tv_sec == b->st_mtim.tv_sec
           && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

/* Read st_size bytes into a buffer that has one more. */
static apr_status_t read_bytes(const spot_t *file, const char *path, char *buffer,
                               mssl_reason_t *why)
{
    size_t size = (size_t)file->st.st_size, done = 0;
    struct stat after;
    ssize_t got;

    do {
        got = read(file->fd, buffer + done, size + 1 - done);
        if (got > 0) {
            done += (size_t)got;
        }
    } while ((got > 0 && done <= size) || (got < 0 && errno == EINTR));
    if (got < 0) {
        OPENSSL_cleanse(buffer, done);
        return mssl_reason_set(why, errno, "%s: cannot be read (%s)", path, strerror(errno));
    }
    if (done != size || fstat(file->fd, &after) != 0 || !is_same_content(&file->st, &after)) {
        OPENSSL_cleanse(buffer, done);
        return mssl_reason_set(why, APR_EAGAIN, "%s: being written while it was read; write it "
                               "under another name and rename it", path);
    }
    buffer[size] = '\0';
    return APR_SUCCESS;
}

apr_status_t mssl_file_read(mssl_blob_t *blob, const char *root, const char *path,
                            apr_pool_t *pool, mssl_reason_t *why)
{
    walk_t plain = { .path = path, .pool = pool, .why = why };
    spot_t file;
    apr_status_t rv;
    char *buffer;

    blob->data = NULL;
    blob->len = 0;
    rv = root != NULL ? open_ruled(root, path, pool, why, &file)
                      : look(&plain, AT_FDCWD, path, OPEN_READ, &file);
    if (rv != APR_SUCCESS) {
        return rv;
    }
    rv = check_file(&file, path, MSSL_FILE_MAX, why);
    if (rv == APR_SUCCESS) {
        buffer = apr_palloc(pool, (apr_size_t)file.st.st_size + 1);
        rv = read_bytes(&file, path, buffer, why);
        if (rv == APR_SUCCESS) {
            blob->data = buffer;
            blob->len = (apr_size_t)file.st.st_size;
        }
        else {
            OPENSSL_cleanse(buffer, (size_t)file.st.st_size + 1);
        }
    }
    close(file.fd);
    return rv;
}

apr_status_t mssl_file_load(char **data, apr_size_t *len, const char *path, mssl_reason_t *why)
{
    walk_t plain = { .path = path, .why = why };
    spot_t file;
    apr_status_t rv;
    char *buffer = NULL;

    *data = NULL;
    *len = 0;
    rv = look(&plain, AT_FDCWD, path, OPEN_READ, &file);
    if (rv != APR_SUCCESS) {
        return rv;
    }
    rv = check_file(&file, path, MSSL_FILE_LOAD_MAX, why);
    if (rv == APR_SUCCESS && (buffer = malloc((size_t)file.st.st_size + 1)) == NULL) {
        rv = mssl_reason_set(why, APR_ENOMEM, "%s: out of memory", path);
    }
    if (rv == APR_SUCCESS) {
        rv = read_bytes(&file, path, buffer, why);
    }
    close(file.fd);
    if (rv != APR_SUCCESS) {
        free(buffer);
        return rv;
    }
    *data = buffer;
    *len = (apr_size_t)file.st.st_size;
    return APR_SUCCESS;
}
