/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_LIB_BASE_CLIENT_H
#define MSSL_LIB_BASE_CLIENT_H

/**
 * @file client.h
 * Who a client is to the table of intents (contract section 5): its connection's address (IPv6: the
 * /64) together with what tells two TLS stacks behind one address apart. Pure, any thread.
 */

#include <apr.h>
#include <apr_network_io.h>
#include <stddef.h>

typedef struct mssl_client_t {
    unsigned char addr[16]; /**< network order; IPv4-mapped is IPv4; of IPv6 the /64 */
    unsigned char addr_len; /**< 4 or 16; 0: unknown, never stored nor found */
    apr_uint64_t stack;     /**< mssl_client_stack() or mssl_client_program(), 0: none */
} mssl_client_t;

/**
 * Fill addr and addr_len from a connection's address; NULL, another family: unknown. Leaves stack.
 */
void mssl_client_set_addr(mssl_client_t *client, const apr_sockaddr_t *addr);

/**
 * What tells two TLS stacks apart: a digest of the ClientHello's cipher list as
 * SSL_get0_raw_cipherlist() gives it (2 bytes each), in order, without GREASE (RFC 8701) and
 * signalling values (TLS_EMPTY_RENEGOTIATION_INFO_SCSV, RFC 5746; TLS_FALLBACK_SCSV, RFC 7507).
 * The same on every machine of a cluster.
 * @return never 0
 */
apr_uint64_t mssl_client_stack(const unsigned char *ciphers, size_t len);

/**
 * What tells two programs apart where there is no ClientHello to look at: a digest of the
 * User-Agent, the same on every machine of a cluster.
 * @param user_agent NULL: the client sent none @return never 0
 */
apr_uint64_t mssl_client_program(const char *user_agent);

#endif /* MSSL_LIB_BASE_CLIENT_H */
