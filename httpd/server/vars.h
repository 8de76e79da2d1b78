/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_HTTPD_SERVER_VARS_H
#define MSSL_HTTPD_SERVER_VARS_H

/**
 * @file vars.h
 * What CGI, LogFormat and expressions see of a connection (contract section 8): MSSL_BY, MSSL_NAME,
 * MSSL_CERT_OK and MSSL_DAYS_LEFT. Those of a host that the certificate covers are the same for
 * each request until a day is over, and are made once, together with HTTPS, which is "on" for each
 * request over TLS (httpd/scheme/scheme.h).
 */

#include "httpd/server/conn.h"

/**
 * Make what most requests of a connection will have. In the handshake, once name, certificate and
 * MSSL_BY are final; by the thread that drives the connection. What it makes lives in c->pool, and
 * is not changed by anybody.
 */
void mssl_vars_prepare(mssl_conn_t *cc);

/**
 * Give them to a request whose host the certificate covers, as they were made, and HTTPS with them.
 * Any thread; before anybody has kept r->subprocess_env, which is another table afterwards.
 * @return 0: that cannot be, as there are variables already or the time is another one: set them
 */
int mssl_vars_take(request_rec *r, const mssl_conn_t *cc);

/**
 * Set them for a request. Any thread, once for each request_rec.
 * @param covered whether the certificate covers the host
 */
void mssl_vars_set(request_rec *r, const mssl_conn_t *cc, int covered);

#endif /* MSSL_HTTPD_SERVER_VARS_H */
