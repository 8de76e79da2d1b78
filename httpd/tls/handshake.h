/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_HTTPD_TLS_HANDSHAKE_H
#define MSSL_HTTPD_TLS_HANDSHAKE_H

/**
 * @file handshake.h
 * The handshake: which certificate a client gets (contract section 3). mod_ssl owns the SSL_CTX,
 * chooses the vhost in its ClientHello callback and keeps every setting but the certificate; we
 * hook in behind it:
 *
 *   ticket / session callback  a session made for another name is not resumed (httpd/tls/session.h)
 *   servername callback        name and pairs are decided here, as here a handshake can be refused
 *   politely
 *   certificate callback       puts the pairs on this one connection; does not run on a resumed
 *   session
 *   not-resumable callback     the certificate is chosen by now: writes the bound name into the
 *   session
 *
 * All run in the thread that drives the connection.
 */

#include "httpd/server/conn.h"

/**
 * ssl init_server hook: sets the callbacks on the SSL_CTX of a vhost on a guarded address. On
 * others only the ClientHello is noted, for a switch that stands there.
 */
int mssl_handshake_init_server(server_rec *s, apr_pool_t *p, int is_proxy, SSL_CTX *ctx);

/** ssl pre_handshake hook: makes the connection's record. */
int mssl_handshake_pre_handshake(conn_rec *c, SSL *ssl, int is_proxy);

#endif /* MSSL_HTTPD_TLS_HANDSHAKE_H */
