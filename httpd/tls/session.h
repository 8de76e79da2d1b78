/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_HTTPD_TLS_SESSION_H
#define MSSL_HTTPD_TLS_SESSION_H

/**
 * @file session.h
 * What travels inside a TLS session: the bound name, and the certificate's SHA-256 and validity, as
 * OpenSSL's ticket application data. One mechanism for a TLS 1.2 ticket, a TLS 1.2 session id, a
 * TLS 1.3 ticket and a TLS 1.3 stateful ticket. The client holds the ticket but cannot read or
 * change it; what comes back is checked all the same, as the key may outlive this version of the
 * module (SSLSessionTicketKeyFile).
 */

#include "httpd/server/conn.h"

/** Write it into the session under negotiation. @return 1, or 0: the session must not be resumed */
int mssl_session_bind(SSL *ssl, const mssl_bound_t *bound);

/** Read it. @return 1; 0 with bound zeroed when the session has none, or not one of ours */
int mssl_session_get_bound(const SSL_SESSION *session, mssl_bound_t *bound);

/**
 * SSL_CTX_set_session_ticket_cb: a ticket made for another name than the ClientHello's falls
 * back silently to a full handshake.
 */
SSL_TICKET_RETURN mssl_session_decrypt_ticket(SSL *ssl, SSL_SESSION *session,
                                              const unsigned char *key_name, size_t key_name_len,
                                              SSL_TICKET_STATUS status, void *arg);

/**
 * SSL_CTX_sess_set_get_cb: the same for sessions in mod_ssl's cache, whose own callback is asked
 * first.
 */
SSL_SESSION *mssl_session_get(SSL *ssl, const unsigned char *id, int len, int *copy);

#endif /* MSSL_HTTPD_TLS_SESSION_H */
