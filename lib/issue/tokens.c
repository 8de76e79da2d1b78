/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "lib/issue/tokens.h"

#include <apr_lib.h>
#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/challenge.h"
#include "lib/base/name.h"
#include "lib/files/folder.h"

/** Somebody may have filled the folder: the rest has time. */
#define ENTRIES_MAX 10000

/* As RFC 8555 section 8.3 has it. */
static int is_token(const char *name)
{
    for (; *name != '\0'; name++) {
        if (!apr_isalnum(*name) && *name != '-' && *name != '_') {
            return 0;
        }
    }
    return 1;
}

/* httpd's children have to enter what is made, whatever the umask; what is another user's is his. */
static int open_in(int parent, const char *name, int makes)
{
    int fd = parent < 0 ? -1
             : makes    ? mssl_folder_make(parent, name, 0755)
                        : mssl_folder_open(parent, name);
    struct stat st;

    if (fd >= 0 && makes && fstat(fd, &st) == 0 && st.st_uid == geteuid()
        && (st.st_mode & S_IXOTH) == 0) {
        fchmod(fd, 0755);
    }
    return fd;
}

/* "NAME.pem" */
static int is_pair(const char *file)
{
    size_t len = strlen(file), end = sizeof(MSSL_CHALLENGE_ALPN_SUFFIX) - 1;
    char name[MSSL_NAME_SIZE];

    return len > end && strcmp(file + len - end, MSSL_CHALLENGE_ALPN_SUFFIX) == 0
           && mssl_name_canon(name, file, len - end);
}

static int open_top(const char *challenge_dir)
{
    return open(challenge_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

int mssl_tokens_open(const char *challenge_dir, int makes)
{
    int top = open_top(challenge_dir);
    int parent = open_in(top, MSSL_CHALLENGE_PARENT, makes);
    int fd = open_in(parent, MSSL_TOKENS_DIR, makes);

    if (parent >= 0) {
        close(parent);
    }
    if (top >= 0) {
        close(top);
    }
    return fd;
}

/* @param fd of a folder; is closed */
static void sweep(int fd, int (*is_ours)(const char *file), apr_time_t now)
{
    int n = 0;
    DIR *list = fd >= 0 ? fdopendir(fd) : NULL;
    const struct dirent *entry;
    struct stat st;

    if (list == NULL && fd >= 0) {
        close(fd);
    }
    while (list != NULL && (entry = readdir(list)) != NULL && n++ < ENTRIES_MAX) {
        if (is_ours(entry->d_name) && fstatat(fd, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0
            && S_ISREG(st.st_mode)
            && apr_time_from_sec((apr_time_t)st.st_mtime) < now - MSSL_TOKEN_LIFE) {
            unlinkat(fd, entry->d_name, 0);
        }
    }
    if (list != NULL) {
        closedir(list);
    }
}

void mssl_tokens_sweep(const char *challenge_dir, apr_time_t now)
{
    int top = open_top(challenge_dir);

    sweep(mssl_tokens_open(challenge_dir, 0), is_token, now);
    if (top >= 0) {
        sweep(mssl_folder_open(top, MSSL_CHALLENGE_ALPN), is_pair, now);
        close(top);
    }
}
