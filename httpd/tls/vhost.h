/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_HTTPD_TLS_VHOST_H
#define MSSL_HTTPD_TLS_VHOST_H

/**
 * @file vhost.h
 * mod_ssl, in its ClientHello callback, compares the SNI with every name of every vhost of the
 * address, one after the other: with 10,000 vhosts a third of a handshake. This module knows the
 * vhost from a hash. So while that callback runs, the connection has that one vhost and no list of
 * them, and mod_ssl makes its own judgement of it, to the same end. Only with a mod_ssl that is
 * known to do so (httpd/server/tested.h).
 *
 * In the thread that drives the connection. From OpenSSL's message callback with the ClientHello to
 * its servername callback, or to the next message of either side (an alert); httpd and other
 * modules do not run in between, but for log lines, which go where that vhost's go.
 */

#include "httpd/server/conn.h"

/** Once the ClientHello is read: show mod_ssl the one vhost of the SNI, where that is safe. */
void mssl_vhost_show_one(mssl_conn_t *cc);

/** Put the connection back as it was; also when it is. */
void mssl_vhost_show_all(mssl_conn_t *cc);

#endif /* MSSL_HTTPD_TLS_VHOST_H */
