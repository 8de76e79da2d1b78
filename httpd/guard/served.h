/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_HTTPD_GUARD_SERVED_H
#define MSSL_HTTPD_GUARD_SERVED_H

/**
 * @file served.h
 * The host that a connection was served for last. A further request for the same host and vhost is
 * not judged anew: what the connection proves of it cannot change but for a resumed session's names
 * beside the bound one, and those are believed for MSSLCheckInterval. Any thread.
 */

#include "httpd/guard/proof.h"

/** Whether the request is for the host and vhost that the connection was served for last. */
int mssl_served_find(const request_rec *r, mssl_conn_t *cc);

/** Keep what was found of a request whose host the certificate covers. */
void mssl_served_keep(const request_rec *r, mssl_conn_t *cc, const mssl_host_t *host);

#endif /* MSSL_HTTPD_GUARD_SERVED_H */
