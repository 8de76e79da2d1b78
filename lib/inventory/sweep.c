/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "lib/inventory/sweep.h"

#include <apr_strings.h>
#include <apr_tables.h>
#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/name.h"

#define GONE ".gone"
#define KEPT_FOR apr_time_from_sec(7 * 86400)

/* The name that "NAME.N" or "NAME.gone" is of. @return 0: it is neither */
static int parse_entry(char name[MSSL_NAME_SIZE], const char *entry)
{
    const char *dot = strrchr(entry, '.');
    char base[MSSL_NAME_SIZE];

    if (dot == NULL || dot[1] == '\0' || (size_t)(dot - entry) >= sizeof(base)
        || (strcmp(dot, GONE) != 0 && strspn(dot + 1, "0123456789") != strlen(dot + 1))) {
        return 0;
    }
    apr_cpystrn(base, entry, (apr_size_t)(dot - entry) + 1);
    if (base[0] == '_' && base[1] == '.') {
        base[0] = '*';
    }
    return mssl_name_canon_pattern(name, base, strlen(base)) && strcmp(name, base) == 0;
}

/* The entries of one folder that are a name's. */
static apr_array_header_t *list_folder(int fd, apr_pool_t *pool)
{
    apr_array_header_t *entries = apr_array_make(pool, 64, sizeof(const char *));
    int copy = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC); /* dup() is no call of ours */
    DIR *dir = copy >= 0 ? fdopendir(copy) : NULL;
    const struct dirent *entry;
    char name[MSSL_NAME_SIZE];

    if (dir == NULL) {
        if (copy >= 0) {
            close(copy);
        }
        return entries;
    }
    while ((entry = readdir(dir)) != NULL) {
        if (parse_entry(name, entry->d_name)) {
            APR_ARRAY_PUSH(entries, const char *) = apr_pstrdup(pool, entry->d_name);
        }
    }
    closedir(dir);
    return entries;
}

/* The mark of a name that is gone, since when. @return 0: it was not there, and is now */
static apr_time_t mark(int fd, const char *file)
{
    struct stat st;
    int made;

    if (fstatat(fd, file, &st, AT_SYMLINK_NOFOLLOW) == 0) {
        return apr_time_from_sec(st.st_mtime);
    }
    made = openat(fd, file, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (made >= 0) {
        close(made);
    }
    return 0;
}

/* What becomes of one entry. */
static void sweep_entry(int fd, const char *entry, int is_there, apr_time_t now, apr_pool_t *pool)
{
    const char *dot = strrchr(entry, '.');
    const char *file = apr_pstrcat(pool, apr_pstrmemdup(pool, entry, (apr_size_t)(dot - entry)),
                                   GONE, NULL);
    apr_time_t since;

    if (is_there) {
        unlinkat(fd, file, 0);
    }
    else if (strcmp(dot, GONE) != 0) {
        since = mark(fd, file);
        if (since != 0 && now - since > KEPT_FOR) {
            unlinkat(fd, entry, 0);
        }
    }
    else if (now - mark(fd, file) > 2 * KEPT_FOR) {
        unlinkat(fd, file, 0); /* nothing is beside it any more */
    }
}

void mssl_history_sweep(int dir, mssl_sweep_fn is_there, void *baton, apr_time_t now,
                        apr_pool_t *pool)
{
    char fan[3], name[MSSL_NAME_SIZE];
    apr_array_header_t *entries;
    apr_pool_t *sub;
    int i, j, fd;

    if (apr_pool_create(&sub, pool) != APR_SUCCESS) {
        return;
    }
    for (i = 0; i < 256; i++) {
        apr_snprintf(fan, sizeof(fan), "%02x", (unsigned)i);
        fd = openat(dir, fan, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (fd < 0) {
            continue;
        }
        entries = list_folder(fd, sub);
        for (j = 0; j < entries->nelts; j++) {
            const char *entry = APR_ARRAY_IDX(entries, j, const char *);

            if (parse_entry(name, entry)) {
                sweep_entry(fd, entry, is_there(baton, name), now, sub);
            }
        }
        close(fd);
        apr_pool_clear(sub);
    }
    apr_pool_destroy(sub);
}
