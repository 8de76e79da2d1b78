/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_HTTPD_SCHEME_FORCE_H
#define MSSL_HTTPD_SCHEME_FORCE_H

/**
 * @file force.h
 * MSSLForceHTTPS (contract, section 12): visitors are sent to the other scheme once .htaccess is
 * merged, and before access rules and passwords. Facts are taken here, lib/verdict/force.h judges,
 * and the act follows; nothing of the website dresses the redirect.
 */

#include "httpd/conf/conf.h"

/** post_config: warn of what would answer before. */
void mssl_force_check(const server_rec *main_server);

/** header_parser hook, before all others. */
int mssl_force_header_parser(request_rec *r);

#endif /* MSSL_HTTPD_SCHEME_FORCE_H */
