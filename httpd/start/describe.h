/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_HTTPD_START_DESCRIBE_H
#define MSSL_HTTPD_START_DESCRIBE_H

/**
 * @file describe.h
 * What is configured, told to those who do not read httpd's configuration: MSSLStateDir/server.json
 * (docs/server-json.md has its schema) and MSSLStateDir/vhosts, for msslctl and the steward; and
 * "httpd -t -D DUMP_MSSL", which prints the first. Parent, one thread.
 */

#include "httpd/conf/conf.h"

/**
 * post_config, when addresses are known: write both, where they are not so already. Neither stops a
 * start: what cannot be written is one warning.
 */
void mssl_describe_write(mssl_global_t *global, server_rec *s, apr_pool_t *ptemp);

/** test_config hook. */
void mssl_describe_test_config(apr_pool_t *pconf, server_rec *s);

#endif /* MSSL_HTTPD_START_DESCRIBE_H */
