/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_HTTPD_GUARD_PROOF_H
#define MSSL_HTTPD_GUARD_PROOF_H

/**
 * @file proof.h
 * What a connection proves about a host, and which vhost did its handshake. Any request of the
 * connection, any thread.
 */

#include "httpd/server/conn.h"

/** The host of a request: a name, an IP literal, or nothing of the sort. */
typedef struct mssl_host_t {
    char name[MSSL_NAME_SIZE]; /**< "": no name */
    unsigned char ip[16];
    int ip_len;                /**< 4, 16; 0: no IP literal */
} mssl_host_t;

/** @param text r->hostname, hostile; may be NULL */
void mssl_host_parse(mssl_host_t *host, const char *text);

/**
 * Whether the certificate of this session covers the host: the iron rule's question. Fails closed.
 */
int mssl_proof_covers(const mssl_conn_t *cc, const mssl_host_t *host);

/**
 * Whether the answer to mssl_proof_covers() is the same for the connection's whole life; else it
 * hangs on the pair in service.
 */
int mssl_proof_is_lasting(const mssl_conn_t *cc, const mssl_host_t *host);

/** The vhost of the handshake as mod_ssl sees it: by the SNI, light vhosts included. */
const server_rec *mssl_proof_get_handshake_server(const mssl_conn_t *cc);

#endif /* MSSL_HTTPD_GUARD_PROOF_H */
