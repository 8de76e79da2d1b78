/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "lib/inventory/history.h"

#include <apr_strings.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/filename.h"
#include "lib/base/reason.h"
#include "lib/files/folder.h"
#include "lib/files/write.h"

/** Longer than any number that counts. */
#define DIGITS_MAX 9

/** Others may take a number before us so often in a row. */
#define TRIES 64

const char *mssl_history_locate(char fan[MSSL_HISTORY_FAN_SIZE], const char *name,
                                apr_pool_t *pool)
{
    unsigned char digest[EVP_MAX_MD_SIZE] = { 0 };

    EVP_Digest(name, strlen(name), digest, NULL, EVP_sha256(), NULL);
    apr_snprintf(fan, MSSL_HISTORY_FAN_SIZE, "%02x", digest[0]);
    return mssl_filename(apr_palloc(pool, MSSL_NAME_SIZE), name);
}

/* @return the N of "BASE.N", or of "BASE.N.bad"; 0: it is another name's */
static apr_uint32_t parse_number(const char *entry, const char *base, const char *ending)
{
    size_t len = strlen(base), n;
    const char *digits = entry + len + 1;

    if (strncmp(entry, base, len) != 0 || entry[len] != '.' || *digits < '1' || *digits > '9') {
        return 0;
    }
    n = strspn(digits, "0123456789");
    return n <= DIGITS_MAX && strcmp(digits + n, ending) == 0
               ? (apr_uint32_t)strtoul(digits, NULL, 10) : 0;
}

static int compare(const void *a, const void *b)
{
    const mssl_version_t *one = a, *other = b;

    return one->number < other->number ? -1 : one->number > other->number;
}

static void add_version(apr_array_header_t *versions, int fd, const char *fan, const char *entry,
                        apr_uint32_t number, apr_pool_t *pool)
{
    mssl_version_t *version;
    struct stat st;

    if (fstatat(fd, entry, &st, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISREG(st.st_mode)) {
        return;
    }
    version = apr_array_push(versions);
    version->number = number;
    version->kept = apr_time_from_sec(st.st_mtime);
    version->path = apr_pstrcat(pool, fan, "/", entry, NULL);
}

/* @param bad out: the highest number that was set aside; 0: none */
static apr_status_t list(int dir, const char *name, apr_array_header_t **versions,
                         apr_uint32_t *bad, apr_pool_t *pool, mssl_reason_t *why)
{
    char fan[MSSL_HISTORY_FAN_SIZE];
    const char *base = mssl_history_locate(fan, name, pool);
    const struct dirent *entry;
    apr_uint32_t number;
    DIR *folder;
    int fd;

    *versions = apr_array_make(pool, 4, sizeof(mssl_version_t));
    *bad = 0;
    fd = mssl_folder_open(dir, fan);
    if (fd < 0) {
        return errno == ENOENT ? APR_SUCCESS
                               : mssl_reason_set(why, errno, "history/%s cannot be opened (%s)",
                                                 fan, strerror(errno));
    }
    folder = fdopendir(fd);
    if (folder == NULL) {
        close(fd);
        return mssl_reason_set(why, APR_EGENERAL, "history/%s cannot be listed", fan);
    }
    while ((entry = readdir(folder)) != NULL) {
        number = parse_number(entry->d_name, base, "");
        if (number != 0) {
            add_version(*versions, fd, fan, entry->d_name, number, pool);
        }
        number = parse_number(entry->d_name, base, MSSL_HISTORY_BAD);
        *bad = number > *bad ? number : *bad;
    }
    closedir(folder);
    qsort((*versions)->elts, (size_t)(*versions)->nelts, sizeof(mssl_version_t), compare);
    return APR_SUCCESS;
}

apr_status_t mssl_history_list(int dir, const char *name, apr_array_header_t **versions,
                               apr_pool_t *pool, mssl_reason_t *why)
{
    apr_uint32_t bad;

    return list(dir, name, versions, &bad, pool, why);
}

void mssl_history_set_aside(int dir, const char *name, const char *path, apr_pool_t *pool)
{
    char fan[MSSL_HISTORY_FAN_SIZE];
    const char *base = mssl_history_locate(fan, name, pool);
    const char *slash = strrchr(path, '/');
    apr_uint32_t number = slash != NULL ? parse_number(slash + 1, base, "") : 0, before;
    apr_array_header_t *versions;
    mssl_reason_t why = { "" };

    if (number == 0) {
        /* No version has it any more: whose number it had is not known. */
        renameat(dir, path, dir, apr_pstrcat(pool, fan, "/", base, ".0" MSSL_HISTORY_BAD, NULL));
        return;
    }
    if (list(dir, name, &versions, &before, pool, &why) != APR_SUCCESS || number < before) {
        unlinkat(dir, path, 0); /* of two damaged ones the later stays */
        return;
    }
    if (renameat(dir, path, dir, apr_pstrcat(pool, path, MSSL_HISTORY_BAD, NULL)) == 0
        && before != 0) {
        unlinkat(dir, apr_psprintf(pool, "%s/%s.%u" MSSL_HISTORY_BAD, fan, base, before), 0);
    }
}

apr_status_t mssl_history_read(int dir, const mssl_version_t *version, mssl_blob_t *blob,
                               apr_pool_t *pool, mssl_reason_t *why)
{
    int fd = openat(dir, version->path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    struct stat st;
    char *data;
    ssize_t n;

    blob->data = NULL;
    blob->len = 0;
    if (fd < 0 || fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) || st.st_size > MSSL_FILE_MAX) {
        if (fd >= 0) {
            close(fd);
        }
        return mssl_reason_set(why, APR_EGENERAL, "history/%s cannot be read", version->path);
    }
    data = apr_palloc(pool, (apr_size_t)st.st_size + 1);
    n = read(fd, data, (size_t)st.st_size);
    close(fd);
    if (n != st.st_size) {
        return mssl_reason_set(why, APR_EGENERAL, "history/%s cannot be read", version->path);
    }
    data[n] = '\0';
    blob->data = data;
    blob->len = (apr_size_t)n;
    return APR_SUCCESS;
}

/* Whether a version is that already. */
static int is_same(int dir, const mssl_version_t *version, const mssl_blob_t *joined,
                   apr_pool_t *pool)
{
    mssl_reason_t why = { "" };
    mssl_blob_t blob;
    int same;

    if (mssl_history_read(dir, version, &blob, pool, &why) != APR_SUCCESS) {
        return 0;
    }
    same = blob.len == joined->len && memcmp(blob.data, joined->data, blob.len) == 0;
    OPENSSL_cleanse((char *)blob.data, blob.len);
    return same;
}

/* What the new one says anew, and the oldest. The new one counts, and is not in the list. */
static void drop_others(int dir, apr_array_header_t *versions, int keep, const mssl_blob_t *joined,
                        apr_pool_t *pool)
{
    mssl_version_t *version = (mssl_version_t *)versions->elts;
    int i, left = 0;

    for (i = 0; i < versions->nelts; i++) {
        if (is_same(dir, &version[i], joined, pool)) {
            unlinkat(dir, version[i].path, 0);
        }
        else {
            version[left++] = version[i];
        }
    }
    for (i = 0; left - i + 1 > keep && i < left; i++) {
        unlinkat(dir, version[i].path, 0);
    }
}

/** A version that is being added. */
typedef struct adding_t {
    int dir, fd;              /* history, and the name's folder in it */
    char fan[MSSL_HISTORY_FAN_SIZE];
    const char *base;
    const mssl_blob_t *joined;
    const char *second;       /* a name that it is to have, or NULL */
    const char *temp;         /* its name until it has its number, and NULL until it is there */
    apr_pool_t *pool;
    mssl_reason_t *why;
} adding_t;

static apr_status_t open_folder(adding_t *adding)
{
    if (mkdirat(adding->dir, adding->fan, 0700) != 0 && errno != EEXIST) {
        return mssl_reason_set(adding->why, errno, "history/%s cannot be made (%s)", adding->fan,
                               strerror(errno));
    }
    adding->fd = mssl_folder_open(adding->dir, adding->fan);
    if (adding->fd < 0) {
        return mssl_reason_set(adding->why, errno, "history/%s cannot be opened (%s)", adding->fan,
                               strerror(errno));
    }
    return APR_SUCCESS;
}

/* A name that nobody has. @return NULL: no random bytes */
static const char *make_temp(apr_pool_t *pool)
{
    unsigned char random[8];

    if (RAND_bytes(random, sizeof(random)) != 1) {
        return NULL;
    }
    return apr_psprintf(pool, ".%02x%02x%02x%02x%02x%02x%02x%02x.new", random[0], random[1],
                        random[2], random[3], random[4], random[5], random[6], random[7]);
}

/* One of the inventory's, which has a second name, is written again where it is lost (served.h). */
static apr_status_t write_file(const adding_t *adding, const char *file)
{
    static const mssl_owner_t mine = { (uid_t)-1, (gid_t)-1, 0600 };

    return (adding->second != NULL ? mssl_file_write_lazily : mssl_file_write)(
        adding->fd, file, adding->joined->data, adding->joined->len, &mine, adding->why);
}

static apr_status_t write_temp(adding_t *adding)
{
    const char *temp = adding->second != NULL ? adding->second : make_temp(adding->pool);
    apr_status_t rv;

    if (temp == NULL) {
        return mssl_reason_set(adding->why, APR_EGENERAL, "no random bytes for the name of a file");
    }
    rv = write_file(adding, temp);
    adding->temp = rv == APR_SUCCESS ? temp : NULL;
    return rv;
}

/* The version that is there gets the second name. */
static apr_status_t link_second(const adding_t *adding, apr_uint32_t number)
{
    const char *file = apr_psprintf(adding->pool, "%s.%u", adding->base, number);
    const char *temp = make_temp(adding->pool);
    apr_status_t rv = APR_SUCCESS;

    if (temp == NULL || linkat(adding->fd, file, adding->fd, temp, 0) != 0
        || renameat(adding->fd, temp, adding->fd, adding->second) != 0) {
        rv = temp != NULL ? errno : APR_EGENERAL;
    }
    if (temp != NULL) {
        unlinkat(adding->fd, temp, 0); /* two names of one file put over each other: both stay */
    }
    return rv == EPERM || rv == EOPNOTSUPP || rv == ENOSYS ? write_file(adding, adding->second)
           : rv == APR_SUCCESS ? rv
           : mssl_reason_set(adding->why, rv, "history/%s/%s cannot be linked (%s)", adding->fan,
                             file, strerror(rv));
}

/* @return APR_SUCCESS; APR_EEXIST: somebody has that number; other */
static apr_status_t take_number(adding_t *adding, apr_uint32_t number)
{
    const char *file = apr_psprintf(adding->pool, "%s.%u", adding->base, number);
    struct stat st;
    int err;

    if (linkat(adding->fd, adding->temp, adding->fd, file, 0) == 0) {
        return APR_SUCCESS;
    }
    err = errno;
    if (err == EEXIST) {
        return APR_EEXIST;
    }
    /* A file system without links: two at the same moment may lose one of their versions there. */
    if ((err == EPERM || err == EOPNOTSUPP || err == ENOSYS)
        && fstatat(adding->fd, file, &st, AT_SYMLINK_NOFOLLOW) != 0) {
        return write_file(adding, file);
    }
    return mssl_reason_set(adding->why, err, "history/%s/%s cannot be made (%s)", adding->fan, file,
                           strerror(err));
}

/*
 * One try.
 * @param versions out: those beside the new one
 * @param number out @return APR_SUCCESS: the new one is there, or is_known: it is the last one already
 */
static apr_status_t try_number(adding_t *adding, const char *name, apr_array_header_t **versions,
                               apr_uint32_t *number, int *is_known)
{
    apr_uint32_t bad;
    apr_status_t rv = list(adding->dir, name, versions, &bad, adding->pool, adding->why);
    const mssl_version_t *last = NULL;

    *number = 0;
    if (rv == APR_SUCCESS && (*versions)->nelts > 0) {
        last = &APR_ARRAY_IDX(*versions, (*versions)->nelts - 1, mssl_version_t);
        *number = last->number;
        *is_known = is_same(adding->dir, last, adding->joined, adding->pool);
    }
    if (rv != APR_SUCCESS || *is_known) {
        return rv;
    }
    rv = adding->temp == NULL ? write_temp(adding) : APR_SUCCESS;
    *number = (*number > bad ? *number : bad) + 1;
    return rv == APR_SUCCESS ? take_number(adding, *number) : rv;
}

static void end_adding(adding_t *adding)
{
    if (adding->temp != NULL && adding->second == NULL) {
        unlinkat(adding->fd, adding->temp, 0);
        fsync(adding->fd);
    }
    close(adding->fd);
}

apr_status_t mssl_history_add(int dir, const char *name, const mssl_blob_t *joined,
                              const char *second, int keep, apr_uint32_t *number,
                              apr_pool_t *pool, mssl_reason_t *why)
{
    adding_t adding = { .dir = dir, .joined = joined, .second = second, .pool = pool, .why = why };
    apr_array_header_t *versions = NULL;
    apr_status_t rv;
    int is_known = 0, i;

    *number = 0;
    adding.base = mssl_history_locate(adding.fan, name, pool);
    rv = open_folder(&adding);
    if (rv != APR_SUCCESS) {
        return rv;
    }
    rv = APR_EEXIST;
    for (i = 0; i < TRIES && rv == APR_EEXIST; i++) {
        rv = try_number(&adding, name, &versions, number, &is_known);
    }
    if (rv == APR_SUCCESS && is_known && second != NULL) {
        rv = link_second(&adding, *number);
    }
    end_adding(&adding);
    if (rv == APR_SUCCESS && !is_known) {
        drop_others(dir, versions, keep, joined, pool);
    }
    return rv == APR_EEXIST ? mssl_reason_set(why, rv, "history/%s: others write there all the time",
                                              adding.fan) : rv;
}
