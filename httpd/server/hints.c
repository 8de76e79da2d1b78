/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "httpd/server/hints.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "lib/base/recent.h"
#include "lib/issue/settings.h"

struct mssl_hints_t {
    int sender, receiver;
    mssl_recent_t *recent;
    struct sockaddr_un to; /* of an external steward; no path: the other end of a pair */
    uid_t owner;           /* whose socket that is */
};

static void close_one(int *fd)
{
    if (*fd >= 0) {
        close(*fd);
        *fd = -1;
    }
}

static apr_status_t close_both(void *data)
{
    mssl_hints_t *hints = data;

    close_one(&hints->sender);
    close_one(&hints->receiver);
    return APR_SUCCESS;
}

/* @return NULL: no memory for it */
static mssl_hints_t *make(apr_pool_t *pconf)
{
    mssl_hints_t *hints = apr_pcalloc(pconf, sizeof(*hints));

    hints->sender = hints->receiver = -1;
    hints->recent = mssl_recent_make(pconf);
    return hints->recent != NULL ? hints : NULL;
}

apr_status_t mssl_hints_start_external(mssl_global_t *global, const char *state_dir, uid_t owner,
                                       apr_pool_t *pconf)
{
    mssl_hints_t *hints = make(pconf);
    int len;

    if (hints == NULL) {
        return APR_ENOMEM;
    }
    hints->to.sun_family = AF_UNIX;
    len = snprintf(hints->to.sun_path, sizeof(hints->to.sun_path),
                   "%s/" MSSL_HINTS_DIR "/" MSSL_HINTS_SOCKET, state_dir);
    if (len < 0 || (size_t)len >= sizeof(hints->to.sun_path)) {
        return APR_ENAMETOOLONG;
    }
    hints->sender = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (hints->sender < 0) {
        return errno;
    }
    hints->owner = owner;
    apr_pool_cleanup_register(pconf, hints, close_both, apr_pool_cleanup_null);
    global->hints = hints;
    return APR_SUCCESS;
}

apr_status_t mssl_hints_start(mssl_global_t *global, apr_pool_t *pconf)
{
    mssl_hints_t *hints = make(pconf);
    int ends[2];

    if (hints == NULL) {
        return APR_ENOMEM;
    }
    if (socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) != 0) {
        return errno;
    }
    /* What the steward's end could write would be read by nobody. */
    shutdown(ends[0], SHUT_RD);
    hints->sender = ends[0];
    hints->receiver = ends[1];
    apr_pool_cleanup_register(pconf, hints, close_both, apr_pool_cleanup_null);
    global->hints = hints;
    return APR_SUCCESS;
}

int mssl_hints_get_receiver(const mssl_global_t *global)
{
    return global->hints != NULL ? global->hints->receiver : -1;
}

void mssl_hints_child_init(mssl_global_t *global)
{
    if (global->hints != NULL) {
        close_one(&global->hints->receiver);
    }
}

int mssl_hints_is_news(const mssl_global_t *global, const char *name, apr_time_t now)
{
    return global->hints != NULL && mssl_recent_is_news(global->hints->recent, name, now);
}

/* What lies in its place, and whose: a link, or a stranger's, is sent nothing. */
static int is_stewards(const mssl_hints_t *hints)
{
    struct stat st;

    return lstat(hints->to.sun_path, &st) == 0 && S_ISSOCK(st.st_mode) && st.st_uid == hints->owner;
}

static int give(const mssl_hints_t *hints, const char *name)
{
    const int flags = MSG_DONTWAIT | MSG_NOSIGNAL;

    if (hints->to.sun_path[0] == '\0') {
        return send(hints->sender, name, strlen(name), flags) >= 0;
    }
    return is_stewards(hints)
           && sendto(hints->sender, name, strlen(name), flags, (const struct sockaddr *)&hints->to,
                     sizeof(hints->to)) >= 0;
}

void mssl_hints_send(mssl_global_t *global, const char *name)
{
    int is_sent = give(global->hints, name);

    mssl_counters_add(&global->counters, is_sent ? MSSL_COUNT_HINTS_SENT : MSSL_COUNT_HINTS_DROPPED);
}
