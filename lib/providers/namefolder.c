/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "lib/providers/namefolder.h"

#include <apr_strings.h>
#include <apr_tables.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/name.h"
#include "lib/base/reason.h"
#include "lib/files/folder.h"
#include "lib/files/owned.h"

#define NAME_PART "/%0"

/* Parts of a path that lead elsewhere than they say, or nowhere. */
static int is_direct(const char *path)
{
    const char *part, *end;

    for (part = path; *part == '/'; part = end) {
        size_t len = strcspn(++part, "/");

        end = part + len;
        if (len == 0 || strncmp(part, "..", len) == 0) {
            return 0;
        }
    }
    return 1;
}

const char *mssl_namefolder_parse(const char **folder, const char *pattern, apr_pool_t *pool)
{
    const size_t part = strlen(NAME_PART);
    size_t len = strlen(pattern), i;

    *folder = NULL;
    if (*pattern != '/') {
        return "is no absolute path, use for example folders:/srv/www/%0";
    }
    if (len <= part || len >= PATH_MAX || strcmp(pattern + len - part, NAME_PART) != 0) {
        return "does not end in '/%0', which stands for the name; use for example "
               "folders:/srv/www/%0, whatever lies below each name";
    }
    *folder = apr_pstrmemdup(pool, pattern, len - part);
    if (strpbrk(*folder, "%*?[") != NULL) {
        return "has another '%' or a '*' in it: one folder has all names, as whoever could make one of "
               "several could vouch for any name";
    }
    for (i = 0; i < len; i++) {
        if ((unsigned char)pattern[i] < ' ' || pattern[i] == 0x7f) {
            return "has a control character in it";
        }
    }
    return is_direct(*folder) ? NULL : "has an empty part, '.' or '..' in it, use the plain path";
}

apr_status_t mssl_namefolder_check(const char *folder, uid_t web, struct stat *st,
                                   mssl_reason_t *why)
{
    apr_status_t rv;

    if (lstat(folder, st) != 0) {
        return mssl_reason_set(why, errno, "'%s': %s", folder,
                               errno == ENOENT ? "does not exist; create it or mount it"
                                               : strerror(errno));
    }
    if (st->st_uid != 0 && st->st_uid == web) {
        return mssl_reason_set(why, APR_EACCES, "'%s': belongs to httpd's User, whose scripts could "
                               "permit any name; run: chown root %s", folder, folder);
    }
    if (S_ISDIR(st->st_mode) && (st->st_mode & 022) != 0) {
        return mssl_reason_set(why, APR_EACCES, "'%s': is writable by others than its owner, who could "
                               "permit any name; run: chmod go-w %s", folder, folder);
    }
    rv = mssl_owned_check(folder, st->st_uid, why);
    return APR_STATUS_IS_ENOENT(rv) ? mssl_reason_set(why, rv, "'%s': does not exist", folder) : rv;
}

static int compare(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Whether an entry is a name's folder. As it is written: it is looked for so by who serves it. */
static int is_name(int fd, const char *entry, uid_t web)
{
    char name[MSSL_NAME_SIZE];
    struct stat st;

    return mssl_name_canon(name, entry, strlen(entry)) && strcmp(name, entry) == 0
           && fstatat(fd, entry, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(st.st_mode)
           && (st.st_uid == 0 || st.st_uid != web);
}

/* @return 0, or why it was not read to its end */
static int read_all(mssl_names_t *names, apr_array_header_t *found, DIR *dir, uid_t web,
                    apr_pool_t *pool)
{
    struct dirent *entry;

    for (;;) {
        errno = 0;
        entry = readdir(dir);
        if (entry == NULL) {
            return errno;
        }
        if (!is_name(dirfd(dir), entry->d_name, web)) {
            continue;
        }
        if (found->nelts == MSSL_NAMEFOLDER_MAX) {
            names->is_cut = 1;
            return 0;
        }
        APR_ARRAY_PUSH(found, const char *) = apr_pstrdup(pool, entry->d_name);
        names->len += strlen(entry->d_name) + 1;
    }
}

static void join(mssl_names_t *names, const apr_array_header_t *found, apr_pool_t *pool)
{
    char *at = apr_palloc(pool, names->len + 1);
    int i;

    names->text = at;
    names->n = found->nelts;
    for (i = 0; i < found->nelts; i++) {
        at = apr_cpystrn(at, APR_ARRAY_IDX(found, i, const char *), MSSL_NAME_SIZE);
        *at++ = '\n';
    }
    *at = '\0';
}

apr_status_t mssl_namefolder_list(mssl_names_t *names, const char *folder, uid_t web,
                                  apr_pool_t *pool, mssl_reason_t *why)
{
    int fd = mssl_folder_open(AT_FDCWD, folder), error;
    DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
    apr_array_header_t *found;
    apr_pool_t *sub;

    memset(names, 0, sizeof(*names));
    if (dir == NULL) {
        error = errno;
        if (fd >= 0) {
            close(fd);
        }
        return mssl_reason_set(why, error, "'%s' cannot be listed: %s", folder, strerror(error));
    }
    apr_pool_create_unmanaged_ex(&sub, NULL, NULL);
    found = apr_array_make(sub, 64, sizeof(const char *));
    error = read_all(names, found, dir, web, sub);
    closedir(dir);
    if (error == 0) {
        qsort(found->elts, (size_t)found->nelts, sizeof(const char *), compare);
        join(names, found, pool);
    }
    apr_pool_destroy(sub);
    return error == 0 ? APR_SUCCESS
                      : mssl_reason_set(why, error, "'%s' was not listed to its end: %s", folder,
                                        strerror(error));
}
