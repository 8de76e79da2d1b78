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
#define HOUR apr_time_from_sec(3600)

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

/* A folder of MSSLChallengeDir/.well-known. */
static int open_folder(const char *challenge_dir, const char *name, int makes)
{
    int top = open_top(challenge_dir);
    int parent = open_in(top, MSSL_CHALLENGE_PARENT, makes);
    int fd = open_in(parent, name, makes);

    if (parent >= 0) {
        close(parent);
    }
    if (top >= 0) {
        close(top);
    }
    return fd;
}

int mssl_tokens_open(const char *challenge_dir, int makes)
{
    return open_folder(challenge_dir, MSSL_TOKENS_DIR, makes);
}

/* What httpd answers with, as far as it matters here. */
static int is_proof(const char *file)
{
    return *file != '.';
}

/* @param fd of a folder; is closed */
static void sweep(int fd, int (*is_ours)(const char *file), apr_time_t before)
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
            && S_ISREG(st.st_mode) && st.st_uid == geteuid()
            && apr_time_from_sec((apr_time_t)st.st_mtime) < before) {
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

    sweep(mssl_tokens_open(challenge_dir, 0), is_token, now - MSSL_TOKEN_LIFE);
    if (top >= 0) {
        sweep(mssl_folder_open(top, MSSL_CHALLENGE_ALPN), is_pair, now - MSSL_TOKEN_LIFE);
        close(top);
    }
}

/* @param fd of the folder, is closed @return whether that was the last of it */
static int sweep_some(int fd, int *at, apr_time_t before)
{
    DIR *list = fd >= 0 ? fdopendir(fd) : NULL;
    const struct dirent *entry = NULL;
    char name[MSSL_NAME_SIZE];
    int i;

    if (list == NULL) {
        if (fd >= 0) {
            close(fd);
        }
        return 1;
    }
    for (i = 0; i < *at + MSSL_TOKENS_MAX && (entry = readdir(list)) != NULL; i++) {
        if (i >= *at && mssl_name_canon(name, entry->d_name, strlen(entry->d_name))
            && strcmp(name, entry->d_name) == 0) {
            sweep(mssl_folder_open(fd, name), is_proof, before);
        }
    }
    closedir(list);
    *at = i;
    return entry == NULL;
}

void mssl_tokens_turn(mssl_tokens_t *tokens, const char *challenge_dir, apr_time_t now)
{
    if (now < tokens->next && tokens->next - now <= HOUR) { /* else the clock was set back */
        return;
    }
    if (tokens->at == 0) {
        mssl_tokens_sweep(challenge_dir, now);
    }
    if (sweep_some(open_folder(challenge_dir, MSSL_PROOFS_DIR, 0), &tokens->at,
                   now - MSSL_PROOF_LIFE)) {
        tokens->at = 0;
        tokens->next = now + HOUR;
    }
}
