/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_HTTPD_TLS_STAPLE_H
#define MSSL_HTTPD_TLS_STAPLE_H

/**
 * @file staple.h
 * Sending the staple that lies beside a pair (RFC 6066 section 8, RFC 8446 section 4.4.2.1) while
 * it is fresh. Every other certificate's stapling stays mod_ssl's.
 */

#include "httpd/server/conn.h"

/** Put our status callback before mod_ssl's. From init_server. */
void mssl_staple_init(server_rec *s, SSL_CTX *ctx);

/**
 * post_config hook, after mod_ssl's: where SSLUseStapling is on and pairs come from elsewhere, say
 * once what it does not do for them.
 */
int mssl_staple_post_config(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp, server_rec *s);

#endif /* MSSL_HTTPD_TLS_STAPLE_H */
