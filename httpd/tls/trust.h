/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_HTTPD_TLS_TRUST_H
#define MSSL_HTTPD_TLS_TRUST_H

/**
 * @file trust.h
 * MSSLTrustNoSNI: who may come without SNI and be served every known host.
 */

#include "httpd/server/conn.h"

/**
 * The line of MSSLTrustNoSNI that fits a connection, which both the client's address and the
 * machine's that it came from have to be in: anybody can write a PROXY line. In the handshake.
 * @return borrowed from the configuration; NULL: none
 */
const mssl_trust_t *mssl_trust_find(const mssl_conn_t *cc);

#endif /* MSSL_HTTPD_TLS_TRUST_H */
