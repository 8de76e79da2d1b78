/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_HTTPD_SCHEME_PORTS_H
#define MSSL_HTTPD_SCHEME_PORTS_H

/**
 * @file ports.h
 * To which port a visitor is sent who is to change between http and https.
 */

#include "httpd/server/address.h"

/** post_config, which ports have TLS. */
void mssl_ports_init(mssl_global_t *global, const server_rec *main_server);

/**
 * The port of https where a request arrived: the one that was configured, else 443 where httpd has TLS there, else the one port of all
 * guarded addresses; behind a proxy that ends TLS, 443 is the proxy's.
 * @param configured 0: none
 * @param addr out: what is there; NULL: TLS is none of ours
 * @return 0: there is none. Any thread
 */
apr_port_t mssl_ports_get_https(const request_rec *r, int is_behind_proxy,
                                apr_port_t configured, const mssl_addr_t **addr);

#endif /* MSSL_HTTPD_SCHEME_PORTS_H */
