/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_HTTPD_START_START_H
#define MSSL_HTTPD_START_START_H

/**
 * @file start.h
 * What happens at start, in httpd's order: check_config (httpd -t runs it, too), post_config before
 * mod_ssl, mod_ssl asking for certificate files, post_config after mod_ssl. All in the parent, one
 * thread.
 */

#include "httpd/conf/conf.h"

/** check_config hook: what can be judged without files and without mod_ssl's contexts. */
int mssl_start_check_config(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp, server_rec *s);

/** post_config hook, before mod_ssl's: addresses, dummy, store, intents. */
int mssl_start_post_config(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp, server_rec *s);

/**
 * mod_ssl's add_cert_files hook, last: a vhost with MSSLEngine to which nobody gave a certificate is
 * lent its address's first vhost's, or the dummy.
 */
int mssl_start_add_cert_files(server_rec *s, apr_pool_t *p, apr_array_header_t *cert_files,
                              apr_array_header_t *key_files);

/**
 * post_config hook, after mod_ssl's: freezes the store; says what is missing for clients without
 * SNI.
 */
int mssl_start_post_ssl(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp, server_rec *s);

/** child_init hook. */
void mssl_start_child_init(apr_pool_t *pchild, server_rec *s);

#endif /* MSSL_HTTPD_START_START_H */
