/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_HTTPD_START_REACH_H
#define MSSL_HTTPD_START_REACH_H

/**
 * @file reach.h
 * Can clients without SNI reach the sites? Since httpd 2.4.64 mod_ssl answers 421 (AH02032) where
 * the vhost that the Host selects has another TLS configuration than the first (CVE-2025-23048).
 * Distributions have that in older versions, too; the number does not tell. SSLVHostSNIPolicy, which
 * turns it, came with 2.4.66. What is missing is said once at start, with the exact lines; and where
 * there is no such directive, that only one vhost for all sites or a newer httpd helps.
 */

#include "httpd/server/address.h"

/** After mod_ssl's post_config; logs warnings, changes nothing. */
void mssl_reach_check(const mssl_global_t *global, server_rec *main_server, apr_pool_t *ptemp);

/** Say where SSLVHostSNIPolicy stands and mod_ssl does not know it. In post_config. */
void mssl_reach_check_policy(server_rec *main_server);

/**
 * Say where both MSSLTrustNoSNI and PROXY lines are in use: who is trusted is then the sender's to
 * say, too. In post_config, once the configuration is read.
 */
void mssl_reach_check_trust(server_rec *main_server);

/** Whether a listener of this configuration reads PROXY lines (RemoteIPProxyProtocol). Parent, at start. */
int mssl_reach_takes_proxy_lines(void);

#endif /* MSSL_HTTPD_START_REACH_H */
