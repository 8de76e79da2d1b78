/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_HTTPD_GUARD_FACTS_H
#define MSSL_HTTPD_GUARD_FACTS_H

/**
 * @file facts.h
 * What the verdict is asked about, taken from a request and its connection. Any thread.
 */

#include "httpd/guard/proof.h"
#include "lib/verdict/verdict.h"

/** Take all facts but is_looping, which counts, and is_other_handler, which httpd finds out later. */
void mssl_facts_take(mssl_facts_t *facts, request_rec *r, const mssl_conn_t *cc,
                     const mssl_host_t *host);

/** Whether the request is for the host, port and path of MSSLSwitchURL. */
int mssl_facts_is_switch(request_rec *r, const mssl_conn_t *cc);

/** The switch of the handshake's vhost, or of the one that the Host selects; NULL: none. */
const mssl_url_t *mssl_facts_get_switch(const request_rec *r, const mssl_conn_t *cc);

/**
 * Whether the request's vhost did the handshake and has TLS settings of its own: mod_ssl enforces
 * SSLVerifyClient nowhere else (CVE-2025-23048), and would pass over a light vhost's.
 */
int mssl_facts_is_own_handshake(const request_rec *r, const mssl_conn_t *cc);

/**
 * Whether the vhost of the request, or of the handshake, asks for client certificates, and the
 * request may for that reason not be served.
 */
int mssl_facts_is_other_clients(const request_rec *r, const mssl_conn_t *cc);

#endif /* MSSL_HTTPD_GUARD_FACTS_H */
