/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_HTTPD_TLS_OWN_H
#define MSSL_HTTPD_TLS_OWN_H

/**
 * @file own.h
 * The certificates that virtual hosts have without us: by SSLCertificateFile, or because another
 * module gave them some (mod_md). What mod_ssl loaded for a vhost is asked of its context, whoever
 * put it there; a light vhost has no context, and the other modules are asked themselves.
 */

#include "httpd/server/address.h"

/**
 * Fill own_pairs of a vhost, and of the light vhosts of the address that it is the first of. From
 * init_server: mod_md must hear of the light ones before mod_ssl's post_config ends, so that it takes
 * them for vhosts with TLS.
 */
void mssl_own_collect(server_rec *s, SSL_CTX *ctx, apr_pool_t *p);

#endif /* MSSL_HTTPD_TLS_OWN_H */
