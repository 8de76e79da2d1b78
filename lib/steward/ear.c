/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "lib/steward/ear.h"

#include <apr_strings.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "lib/base/reason.h"
#include "lib/files/folder.h"
#include "lib/issue/settings.h"
#include "lib/steward/asked.h"
#include "lib/steward/lost.h"

/* It is bound by its path, as a socket cannot be otherwise: root alone may change what leads there. */
static int bind_at(int folder, const struct sockaddr_un *at)
{
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), err;

    if (fd >= 0
        && ((unlinkat(folder, MSSL_HINTS_SOCKET, 0) != 0 && errno != ENOENT)
            || bind(fd, (const struct sockaddr *)at, sizeof(*at)) != 0
            || fchmodat(folder, MSSL_HINTS_SOCKET, 0620, 0) != 0)) {
        err = errno;
        close(fd);
        errno = err;
        return -1;
    }
    return fd;
}

/* @return -1: there is no folder, or with why */
static int listen_at(int dir, const char *state_dir, mssl_reason_t *why)
{
    struct sockaddr_un at = { .sun_family = AF_UNIX };
    int folder = mssl_folder_open(dir, MSSL_HINTS_DIR), fd = -1, len;
    struct stat st;

    if (folder < 0) {
        if (errno != ENOENT) {
            mssl_reason_set(why, errno, MSSL_HINTS_DIR ": %s", strerror(errno));
        }
        return -1;
    }
    len = snprintf(at.sun_path, sizeof(at.sun_path), "%s/" MSSL_HINTS_DIR "/" MSSL_HINTS_SOCKET,
                   state_dir);
    if (fstat(folder, &st) != 0 || st.st_uid != geteuid() || (st.st_mode & 0022) != 0) {
        mssl_reason_set(why, EACCES, MSSL_HINTS_DIR ": is not the steward's alone to write in");
    }
    else if (len < 0 || (size_t)len >= sizeof(at.sun_path)) {
        mssl_reason_set(why, ENAMETOOLONG, MSSL_HINTS_DIR ": the path of a socket there is too long");
    }
    else if ((fd = bind_at(folder, &at)) < 0) {
        mssl_reason_set(why, errno, MSSL_HINTS_DIR "/" MSSL_HINTS_SOCKET ": %s", strerror(errno));
    }
    close(folder);
    return fd;
}

void mssl_ear_init(mssl_ear_t *ear, int inherited, int dir, const char *state_dir)
{
    memset(ear, 0, sizeof(*ear));
    ear->fd = inherited;
    ear->is_inherited = inherited >= 0;
    ear->dir = dir;
    ear->state_dir = state_dir;
}

/* The folder is new, or something happened in it. @return 0: with why, there is no socket */
static int look(mssl_ear_t *ear, mssl_reason_t *why)
{
    if (ear->is_inherited || !mssl_sight_has_changed(&ear->sight, ear->dir, MSSL_HINTS_DIR)) {
        return 1;
    }
    if (ear->fd >= 0) {
        close(ear->fd);
    }
    ear->fd = listen_at(ear->dir, ear->state_dir, why);
    mssl_sight_has_changed(&ear->sight, ear->dir, MSSL_HINTS_DIR); /* by us */
    return ear->fd >= 0 || why->text[0] == '\0';
}

/** What a hint needs. */
typedef struct hearing_t {
    mssl_ear_t *ear;
    mssl_schedule_t *schedule;
    void (*unknown)(void *baton, const char *name);
    void (*report)(void *baton, const char *text);
    void *baton;
} hearing_t;

static void take(void *baton, const char *name)
{
    const hearing_t *hearing = baton;
    apr_time_t now = apr_time_now();
    char pattern[MSSL_NAME_SIZE];

    if (!mssl_schedule_hint(hearing->schedule, name, now)) {
        if (!mssl_name_pattern(pattern, name)
            || !mssl_schedule_hint(hearing->schedule, pattern, now)) {
            hearing->unknown(hearing->baton, name);
            return;
        }
        name = pattern;
    }
    mssl_lost_look(hearing->schedule, hearing->ear->dir, name, hearing->report, hearing->baton);
}

void mssl_ear_hear(mssl_ear_t *ear, mssl_schedule_t *schedule,
                   void (*unknown)(void *baton, const char *name),
                   void (*report)(void *baton, const char *text), void *baton)
{
    hearing_t hearing = { ear, schedule, unknown, report, baton };
    mssl_reason_t why = { "" };
    char text[sizeof(why.text) + 64];

    if (!look(ear, &why)) {
        apr_snprintf(text, sizeof(text), "%s; who asks for a name brings nothing forward", why.text);
        report(baton, text);
    }
    mssl_asked_hints(ear->fd, take, &hearing);
}
