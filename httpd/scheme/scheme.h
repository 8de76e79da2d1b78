/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_HTTPD_SCHEME_SCHEME_H
#define MSSL_HTTPD_SCHEME_SCHEME_H

/**
 * @file scheme.h
 * Over http or https (contract, section 12): what is believed, and how websites are told so that the
 * rules which customers write do not loop. A request is https on its own TLS, or where a
 * MSSLTrustedProxy, which has ended TLS, says so over plain HTTP.
 *
 * Websites are told before mod_setenvif and .htaccess look: MSSLSchemeHeader's request headers, which
 * nobody else can send, and the variable HTTPS. For a trusted proxy's request %{HTTPS},
 * REQUEST_SCHEME and SERVER_PORT say it, too. On a guarded address only TLS counts: the guard is
 * never told of https that is none.
 */

#include "httpd/conf/conf.h"
#include "lib/base/forwarded.h"

/** post_config: whether any of it is to be done. */
void mssl_scheme_init(mssl_global_t *global, const server_rec *main_server);

/** How the visitor himself came, for MSSLForceHTTPS alone. Any thread. */
mssl_scheme_t mssl_scheme_get_visitor(const request_rec *r);

/** Whether the peer of the connection, before any PROXY line, is a MSSLTrustedProxy. Any thread. */
int mssl_scheme_has_trusted_peer(const request_rec *r);

/** post_read_request hook, after the guard and before all that look at headers and variables. */
int mssl_scheme_post_read_request(request_rec *r);

/** ssl_conn_is_ssl hook: OK while a request that a trusted proxy calls https is in progress. */
int mssl_scheme_conn_is_ssl(conn_rec *c);

/** http_scheme hook: "https" for such a request, else NULL. */
const char *mssl_scheme_http_scheme(const request_rec *r);

/** default_port hook: 443 for such a request, else 0. */
apr_port_t mssl_scheme_default_port(const request_rec *r);

#endif /* MSSL_HTTPD_SCHEME_SCHEME_H */
