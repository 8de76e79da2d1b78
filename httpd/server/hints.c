/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "httpd/server/hints.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/base/recent.h"

struct mssl_hints_t {
    int sender, receiver;
    mssl_recent_t *recent;
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

apr_status_t mssl_hints_start(mssl_global_t *global, apr_pool_t *pconf)
{
    mssl_hints_t *hints = apr_palloc(pconf, sizeof(*hints));
    int ends[2];

    hints->recent = mssl_recent_make(pconf);
    if (hints->recent == NULL) {
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

void mssl_hints_send(mssl_global_t *global, const char *name)
{
    int is_sent = send(global->hints->sender, name, strlen(name), MSG_DONTWAIT | MSG_NOSIGNAL) >= 0;

    mssl_counters_add(&global->counters, is_sent ? MSSL_COUNT_HINTS_SENT : MSSL_COUNT_HINTS_DROPPED);
}
