/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_HTTPD_START_REACH_H
#define MSSL_HTTPD_START_REACH_H

/**
 * @file reach.h
 * Can clients without SNI reach the sites? Since httpd 2.4.66 mod_ssl answers 421 (AH02032) where
 * the vhost that the Host selects has another TLS configuration than the first (SSLVHostSNIPolicy;
 * CVE-2025-23048). What is missing is said once at start, with the exact lines.
 */

#include "httpd/server/address.h"

/** After mod_ssl's post_config; logs warnings, changes nothing. */
void mssl_reach_check(const mssl_global_t *global, server_rec *main_server, apr_pool_t *ptemp);

/**
 * Say where both MSSLTrustNoSNI and PROXY lines are in use: who is trusted is then the sender's to
 * say, too. In post_config, once the configuration is read.
 */
void mssl_reach_check_trust(server_rec *main_server);

/** Whether a listener of this configuration reads PROXY lines (RemoteIPProxyProtocol). Parent, at start. */
int mssl_reach_takes_proxy_lines(void);

#endif /* MSSL_HTTPD_START_REACH_H */
