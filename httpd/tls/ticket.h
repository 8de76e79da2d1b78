/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_HTTPD_TLS_TICKET_H
#define MSSL_HTTPD_TLS_TICKET_H

/**
 * @file ticket.h
 * SSLSessionTicketKeyFile for all vhosts of a guarded address. mod_ssl's own callback takes the key
 * of the vhost that the SNI selects, which has none where that is a light vhost: every handshake
 * for it then ends with internal_error. Same file, same format (RFC 5077 section 4: AES-128-CBC,
 * HMAC-SHA256), so tickets stay good when the module comes or goes.
 */

#include "httpd/server/conn.h"

/**
 * Read the vhost's key file, where it has one, and set the callback. From init_server, the parent.
 * @return 1; 0 when the file cannot be read, after logging
 */
int mssl_ticket_init(server_rec *s, SSL_CTX *ctx, apr_pool_t *p);

#endif /* MSSL_HTTPD_TLS_TICKET_H */
