/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_HOOKS_HELLO_H
#define MSSL_HOOKS_HELLO_H

/**
 * @file hello.h
 * What we take out of a ClientHello. Only in callbacks that run while OpenSSL holds it: the
 * servername, ticket and session callbacks. Not from SSL_get_servername(), which answers with the
 * session's name on a resumed TLS 1.2 connection.
 */

#include <openssl/ssl.h>

#include "base/name.h"

typedef struct mssl_hello_t {
    int had_sni;               /**< a server_name extension is there, whatever it says (RFC 6066 section 3) */
    char sni[256];             /**< the host_name as it came; "" when there is none, or it is too long or holds a NUL */
    char name[MSSL_NAME_SIZE]; /**< the same as a name; "" when it is none */
    int is_acme;               /**< ALPN offers acme-tls/1 and nothing else (RFC 8737) */
} mssl_hello_t;

/** Read it; a malformed extension reads as had_sni with no name. */
void mssl_hello_read(SSL *ssl, mssl_hello_t *hello);

#endif /* MSSL_HOOKS_HELLO_H */
