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

#include "lib/base/filename.h"
#include "lib/files/folder.h"
#include "lib/inventory/history.h"
#include "lib/inventory/served.h"

#define GONE ".gone"
/** What is being written. */
#define NEW ".new"
#define KEPT_FOR apr_time_from_sec(7 * 86400)
#define LEFT_FOR apr_time_from_sec(86400)

/* Where what follows the name begins in "NAME.N", "NAME.N.bad" or "NAME.gone". @return NULL: it is none */
static const char *find_ending(const char *entry)
{
    size_t len = strlen(entry), bad = strlen(MSSL_HISTORY_BAD);
    const char *end = entry + len, *digits;

    if (len > strlen(GONE) && strcmp(end - strlen(GONE), GONE) == 0) {
        return end - strlen(GONE);
    }
    if (len > bad && strcmp(end - bad, MSSL_HISTORY_BAD) == 0) {
        end -= bad;
    }
    for (digits = end; digits > entry && digits[-1] >= '0' && digits[-1] <= '9'; digits--) {
        continue;
    }
    return digits < end && digits > entry && digits[-1] == '.' ? digits - 1 : NULL;
}

/* What the name that one of these is of is called. @return 0: it is none of them */
static int parse_entry(char file[MSSL_NAME_SIZE], const char *entry)
{
    const char *ending = find_ending(entry);
    char name[MSSL_NAME_SIZE];

    if (ending == NULL || (size_t)(ending - entry) >= MSSL_NAME_SIZE) {
        return 0;
    }
    apr_cpystrn(file, entry, (apr_size_t)(ending - entry) + 1);
    return mssl_filename_is_cut(file) || mssl_filename_parse(name, file);
}

static int is_temp(const char *entry)
{
    size_t len = strlen(entry), n = strlen(NEW);

    return entry[0] == '.' && len > n && strcmp(entry + len - n, NEW) == 0;
}

static int is_ours(const char *entry)
{
    char file[MSSL_NAME_SIZE], source[MSSL_SERVED_SOURCE_SIZE];

    return is_temp(entry) || parse_entry(file, entry) || mssl_served_parse(file, source, entry);
}

/* The entries of one folder that we made. */
static apr_array_header_t *list_folder(int fd, apr_pool_t *pool)
{
    apr_array_header_t *entries = apr_array_make(pool, 64, sizeof(const char *));
    int copy = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC); /* dup() is no call of ours */
    DIR *dir = copy >= 0 ? fdopendir(copy) : NULL;
    const struct dirent *entry;

    if (dir == NULL) {
        if (copy >= 0) {
            close(copy);
        }
        return entries;
    }
    while ((entry = readdir(dir)) != NULL) {
        if (is_ours(entry->d_name)) {
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

/* What becomes of a name's entry. */
static void sweep_name(int fd, const char *entry, int is_there, apr_time_t now, apr_pool_t *pool)
{
    const char *ending = find_ending(entry);
    const char *file = apr_pstrcat(pool, apr_pstrmemdup(pool, entry, (apr_size_t)(ending - entry)),
                                   GONE, NULL);
    int is_mark = strcmp(ending, GONE) == 0;
    apr_time_t since;

    if (is_there) {
        if (is_mark) {
            unlinkat(fd, file, 0);
        }
    }
    else if (!is_mark) {
        since = mark(fd, file);
        if (since != 0 && now - since > KEPT_FOR) {
            unlinkat(fd, entry, 0);
        }
    }
    else if (now - mark(fd, file) > 2 * KEPT_FOR) {
        unlinkat(fd, file, 0); /* nothing is beside it any more */
    }
}

static void sweep_temp(int fd, const char *entry, apr_time_t now)
{
    struct stat st;

    if (fstatat(fd, entry, &st, AT_SYMLINK_NOFOLLOW) == 0
        && now - apr_time_from_sec(st.st_mtime) > LEFT_FOR) {
        unlinkat(fd, entry, 0);
    }
}

/** A sweep under way. */
typedef struct sweep_t {
    mssl_sweep_fn is_there;
    void *baton;
    apr_time_t now;
} sweep_t;

static void sweep_entry(const sweep_t *sweep, int fd, const char *entry, apr_pool_t *pool)
{
    char file[MSSL_NAME_SIZE], source[MSSL_SERVED_SOURCE_SIZE];

    if (is_temp(entry)) {
        sweep_temp(fd, entry, sweep->now);
    }
    else if (mssl_served_parse(file, source, entry)) {
        if (!sweep->is_there(sweep->baton, file, source)) {
            unlinkat(fd, entry, 0);
        }
    }
    else if (parse_entry(file, entry)) {
        sweep_name(fd, entry, sweep->is_there(sweep->baton, file, NULL), sweep->now, pool);
    }
}

void mssl_history_sweep(int dir, mssl_sweep_fn is_there, void *baton, apr_time_t now,
                        apr_pool_t *pool)
{
    const sweep_t sweep = { is_there, baton, now };
    char fan[MSSL_HISTORY_FAN_SIZE];
    apr_array_header_t *entries;
    apr_pool_t *sub;
    int i, j, fd;

    if (apr_pool_create(&sub, pool) != APR_SUCCESS) {
        return;
    }
    for (i = 0; i < 256; i++) {
        apr_snprintf(fan, sizeof(fan), "%02x", (unsigned)i);
        fd = mssl_folder_open(dir, fan);
        if (fd < 0) {
            continue;
        }
        entries = list_folder(fd, sub);
        for (j = 0; j < entries->nelts; j++) {
            sweep_entry(&sweep, fd, APR_ARRAY_IDX(entries, j, const char *), sub);
        }
        close(fd);
        apr_pool_clear(sub);
    }
    apr_pool_destroy(sub);
}
