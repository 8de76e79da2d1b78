/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "lib/steward/late.h"

#include <apr_strings.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/reason.h"
#include "lib/notify/standing.h"

#define PATH MSSL_STANDING_FOLDER "/" MSSL_LATE_FILE
#define ISSUED "issued"
#define FAILED "failed"

apr_status_t mssl_late_add(int dir, const char *issuer, int is_issued, mssl_reason_t *why)
{
    char line[MSSL_STANDING_WORD + sizeof(" " ISSUED "\n")];
    int fd = openat(dir, PATH, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC,
                    0600);
    int len = apr_snprintf(line, sizeof(line), "%s %s\n", issuer, is_issued ? ISSUED : FAILED);
    int err = 0;
    struct stat st;

    if (fd < 0 || flock(fd, LOCK_EX) != 0 || fstat(fd, &st) != 0) {
        err = errno;
    }
    else if (st.st_size + len > MSSL_LATE_MAX || write(fd, line, (size_t)len) != len) {
        err = ENOSPC;
    }
    if (fd >= 0) {
        close(fd);
    }
    return err == 0 ? APR_SUCCESS : mssl_reason_set(why, err, PATH ": %s", strerror(err));
}

static void take_lines(char *text, void (*count)(void *baton, const char *issuer, int is_issued),
                       void *baton)
{
    char *state, *line, *result;

    for (line = apr_strtok(text, "\n", &state); line != NULL;
         line = apr_strtok(NULL, "\n", &state)) {
        result = strchr(line, ' ');
        if (result != NULL) {
            *result++ = '\0';
            if (strcmp(result, ISSUED) == 0 || strcmp(result, FAILED) == 0) {
                count(baton, line, strcmp(result, ISSUED) == 0);
            }
        }
    }
}

void mssl_late_take(int dir, void (*count)(void *baton, const char *issuer, int is_issued),
                    void *baton)
{
    struct stat st;
    char *text;
    ssize_t n;
    int fd;

    /* Nothing, nearly always. */
    if (fstatat(dir, PATH, &st, AT_SYMLINK_NOFOLLOW) != 0 || st.st_size == 0) {
        return;
    }
    fd = openat(dir, PATH, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    text = fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) == 0 ? malloc(MSSL_LATE_MAX + 1) : NULL;
    n = text != NULL ? read(fd, text, MSSL_LATE_MAX) : -1;
    /* First, so that nothing is counted twice. */
    if (n > 0 && ftruncate(fd, 0) == 0) {
        text[n] = '\0';
        take_lines(text, count, baton);
    }
    free(text);
    if (fd >= 0) {
        close(fd);
    }
}
