/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_LIB_BASE_HELLO_H
#define MSSL_LIB_BASE_HELLO_H

/**
 * @file hello.h
 * What we take out of a ClientHello (RFC 8446 section 4.1.2), from its raw bytes. Not from
 * OpenSSL's accessors: SSL_get_servername() answers with the session's name on a resumed TLS 1.2
 * connection, and SSL_client_hello_get0_ext() with an empty extension once OpenSSL has parsed it.
 * Pure, any thread.
 */

#include <apr.h>
#include <stddef.h>

#include "lib/base/name.h"

typedef struct mssl_hello_t {
    /**
     * a server_name extension is there, whatever it says, but for an empty name and an IP literal,
     * which RFC 6066 section 3 forbids: as without (contract, section 1)
     */
    int had_sni;
    /** the host_name as it came; "" when there is none, or it is too long or holds a NUL */
    char sni[256];
    char name[MSSL_NAME_SIZE]; /**< the same as a name; "" when it is none */
    int is_acme;               /**< ALPN offers acme-tls/1 and nothing else (RFC 8737) */
    apr_uint64_t stack;        /**< mssl_client_stack() of its cipher suites */
} mssl_hello_t;

/**
 * @param msg the handshake message with its 4 bytes of header
 * @return 1; 0 with hello zeroed when it is no ClientHello or is cut: OpenSSL refuses those, too
 */
int mssl_hello_parse(mssl_hello_t *hello, const unsigned char *msg, size_t len);

#endif /* MSSL_LIB_BASE_HELLO_H */
