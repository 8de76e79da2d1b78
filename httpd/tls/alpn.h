/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_HTTPD_TLS_ALPN_H
#define MSSL_HTTPD_TLS_ALPN_H

/**
 * @file alpn.h
 * Challenges of tls-alpn-01 (RFC 8737), answered by httpd itself: MSSLChallengeDir/alpn/NAME.pem, which
 * has the certificate and key of the challenge. On guarded addresses alone; only to a ClientHello that
 * offers acme-tls/1 and nothing else, and for whose name such a file lies there. On such a connection
 * nothing but the handshake is answered: the guard refuses each request (httpd/guard/proof.h).
 *
 * httpd agrees to what stands in Protocols alone, so acme-tls/1 is added there, behind http/1.1: what
 * stands behind that is in no Upgrade header. Where Protocols has no http/1.1 nothing is added, and no
 * challenge answered. Where an admin wrote acme-tls/1, mod_md answers its own names as ever.
 *
 * The hooks run in the thread that drives the connection.
 */

#include <httpd.h>

#include "httpd/server/address.h"

/** post_config hook: adds the protocol to all virtual hosts of guarded addresses. */
int mssl_alpn_post_config(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp, server_rec *s);

/** protocol_propose hook, behind mod_md's, which proposes it for any name. */
int mssl_alpn_propose(conn_rec *c, request_rec *r, server_rec *s, const apr_array_header_t *offers,
                      apr_array_header_t *proposals);

/** protocol_switch hook, before mod_md's. */
int mssl_alpn_switch(conn_rec *c, request_rec *r, server_rec *s, const char *protocol);

/** ssl_answer_challenge hook. @param cert, key out: the text of the file, which has both */
int mssl_alpn_answer(conn_rec *c, const char *name, const char **cert, const char **key);

#endif /* MSSL_HTTPD_TLS_ALPN_H */
