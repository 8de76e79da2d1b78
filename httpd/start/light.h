/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_HTTPD_START_LIGHT_H
#define MSSL_HTTPD_START_LIGHT_H

/**
 * @file light.h
 * Light vhosts have no SSLEngine and no TLS settings, and their requests come over TLS all the same.
 * mod_ssl asks the request's vhost whether it has its engine on before it sets HTTPS and SSL_*,
 * grants "Require ssl", checks SSLRequire, and says what scheme and port a request has.
 *
 * So each light vhost gets "SSLEngine on", through mod_ssl's own directive, once mod_ssl has made its
 * contexts: it costs no SSL_CTX, and what follows is mod_ssl's own doing, the same as in a full
 * vhost. A light vhost shares the ciphers of its address's first one, which does the handshake:
 * mod_ssl would renegotiate where they differ.
 */

#include <httpd.h>

#include "httpd/server/address.h"

/** In post_config, behind mod_ssl's: turn mod_ssl on for the light vhosts of the guarded addresses. */
void mssl_light_init(const mssl_global_t *global, apr_pool_t *p);

/**
 * pre_connection hook, before mod_ssl's: a light vhost that is also the first of a plain address has
 * no TLS there.
 */
int mssl_light_pre_connection(conn_rec *c, void *csd);

#endif /* MSSL_HTTPD_START_LIGHT_H */
