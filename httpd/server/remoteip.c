/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "httpd/server/remoteip.h"

#include <http_log.h>
#include <unistd.h>

#include "lib/base/tags.h"

APLOG_USE_MODULE(mssl);

/** Its record, as we know it. */
typedef struct remoteip_conn_t {
    apr_sockaddr_t *client_addr;
    char *client_ip;
} remoteip_conn_t;

typedef enum { UNKNOWN = 0, RIGHT, WRONG } layout_t;

/* NULL: not loaded. httpd finds a module by comparing names, too slow for each connection. */
static const module *remoteip;
/* A layout_t, atomic; of this process. */
static int found_layout;

void mssl_remoteip_init(void)
{
    remoteip = ap_find_linked_module("mod_remoteip.c");
    found_layout = UNKNOWN;
}

/*
 * Read memory that may not be there: the kernel says EFAULT where we would crash.
 * @return the bytes read, -1: could not be tried
 */
static ssize_t read_memory(void *to, const void *from, size_t len)
{
    int ends[2];
    ssize_t n = -1;

    if (pipe(ends) == 0) {
        n = write(ends[1], from, len) == (ssize_t)len ? read(ends[0], to, len) : 0;
        close(ends[0]);
        close(ends[1]);
    }
    return n;
}

/* Whether something is an address, by what APR keeps of each more than once. */
static layout_t judge(const apr_sockaddr_t *addr)
{
    apr_sockaddr_t copy;
    ssize_t n = read_memory(&copy, addr, sizeof(copy));

    if (n < 0) {
        return UNKNOWN;
    }
    if (n != (ssize_t)sizeof(copy) || copy.sa.sin.sin_family != copy.family) {
        return WRONG;
    }
    if (copy.family == APR_INET) {
        return copy.ipaddr_len == (int)sizeof(copy.sa.sin.sin_addr)
            && copy.ipaddr_ptr == &addr->sa.sin.sin_addr ? RIGHT : WRONG;
    }
#if APR_HAVE_IPV6
    if (copy.family == APR_INET6) {
        return copy.ipaddr_len == (int)sizeof(copy.sa.sin6.sin6_addr)
            && copy.ipaddr_ptr == &addr->sa.sin6.sin6_addr ? RIGHT : WRONG;
    }
#endif
    return WRONG;
}

static void report(conn_rec *c)
{
    mssl_told_t *told = mssl_conf_get_global(c->base_server)->told;

    if (mssl_told_is_news(told, MSSL_TOLD_NOTE, "mod_remoteip", "", 1)) {
        ap_log_cerror(APLOG_MARK, APLOG_ERR, 0, c, MSSLNO(0189) "mod_remoteip keeps the address of "
                      "a PROXY line in another way than this mod_mssl knows: clients behind one "
                      "are unknown, MSSLTrustNoSNI does not hold for them, and those without SNI "
                      "get no further than the switch; install a newer mod_mssl");
    }
}

int mssl_remoteip_get(conn_rec *c, const apr_sockaddr_t **addr)
{
    const remoteip_conn_t *record = NULL;
    int layout;

    *addr = NULL;
    if (remoteip != NULL) {
        record = ap_get_module_config(c->conn_config, remoteip);
    }
    if (record == NULL) {
        return 0;
    }
    if (record->client_addr == NULL) {
        return 1;
    }
    layout = __atomic_load_n(&found_layout, __ATOMIC_RELAXED);
    if (layout == UNKNOWN) {
        layout = judge(record->client_addr);
        __atomic_store_n(&found_layout, layout, __ATOMIC_RELAXED);
        if (layout == WRONG) {
            report(c);
        }
    }
    *addr = layout == RIGHT ? record->client_addr : NULL;
    return 1;
}
