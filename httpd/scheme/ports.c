/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "httpd/scheme/ports.h"

#include <ap_listen.h>

static int has_tls(const mssl_addr_t *addr)
{
    int i;

    for (i = 0; addr != NULL && i < addr->servers->nelts; i++) {
        if (mssl_conf_get(APR_ARRAY_IDX(addr->servers, i, server_rec *))->ssl.engine == MSSL_ON) {
            return 1;
        }
    }
    return 0;
}

/** The one port so far; -1: there are several. */
static int add_port(int so_far, int port)
{
    return so_far == 0 || so_far == port ? port : -1;
}

static int is_tls_port(const ap_listen_rec *listener, const server_rec *s)
{
    const server_addr_rec *sar;

    if (listener->protocol != NULL && strcmp(listener->protocol, "https") == 0) {
        return 1;
    }
    for (; s != NULL; s = s->next) {
        for (sar = s->addrs; sar != NULL && mssl_conf_get(s)->ssl.engine == MSSL_ON;
             sar = sar->next) {
            if (sar->host_port == listener->bind_addr->port) {
                return 1;
            }
        }
    }
    return 0;
}

static int find_plain_port(const server_rec *main_server)
{
    const ap_listen_rec *listener;
    int plain = 0;

    for (listener = ap_listeners; listener != NULL; listener = listener->next) {
        if (is_tls_port(listener, main_server)) {
            continue;
        }
        if (listener->bind_addr->port == DEFAULT_HTTP_PORT) {
            return DEFAULT_HTTP_PORT;
        }
        plain = add_port(plain, listener->bind_addr->port);
    }
    return plain;
}

static int find_guarded_port(const server_rec *s)
{
    const server_addr_rec *sar;
    int guarded = 0;

    for (; s != NULL; s = s->next) {
        const mssl_server_conf_t *sc = mssl_conf_get(s);

        for (sar = s->addrs; sar != NULL && sc->engine == MSSL_ON && sc->ssl.engine == MSSL_ON;
             sar = sar->next) {
            guarded = sar->host_port != 0 ? add_port(guarded, sar->host_port) : guarded;
        }
    }
    return guarded;
}

void mssl_ports_init(mssl_global_t *global, const server_rec *main_server)
{
    int plain = find_plain_port(main_server);
    int guarded = find_guarded_port(main_server);

    global->plain_port = (apr_port_t)(plain > 0 ? plain : 0);
    global->guarded_port = (apr_port_t)(guarded > 0 ? guarded : 0);
}

/** What has TLS on a port at the local address of a request; or NULL. */
static const mssl_addr_t *get_addr(const request_rec *r, apr_port_t port)
{
    const conn_rec *c = r->connection->master != NULL ? r->connection->master : r->connection;
    const mssl_addr_t *addr = mssl_addr_get_at(mssl_conf_get_global(r->server), c->local_addr, port,
                                               r->pool);

    return has_tls(addr) ? addr : NULL;
}

apr_port_t mssl_ports_get_https(const request_rec *r, int is_behind_proxy,
                                apr_port_t configured, const mssl_addr_t **addr)
{
    const mssl_global_t *global = mssl_conf_get_global(r->server);
    apr_port_t port = configured != 0 ? configured : DEFAULT_HTTPS_PORT;

    *addr = get_addr(r, port);
    if (*addr == NULL && configured == 0 && !is_behind_proxy) {
        port = global->guarded_port;
        *addr = port != 0 ? get_addr(r, port) : NULL;
    }
    return port;
}
