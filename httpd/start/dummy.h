/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_HTTPD_START_DUMMY_H
#define MSSL_HTTPD_START_DUMMY_H

/**
 * @file dummy.h
 * The dummy that the module makes where the admin gave none: self-signed, P-256, kept in
 * MSSLStateDir and reused across restarts. It covers nothing, whatever it says.
 */

#include "httpd/conf/conf.h"

/**
 * Have the made dummy ready: global->made_file and global->made_pair. In post_config, by the
 * parent.
 * @return OK, or an HTTP status after logging what is wrong with MSSLStateDir and the fix
 */
int mssl_dummy_init(mssl_global_t *global, server_rec *main_server, apr_pool_t *p,
                    apr_pool_t *ptemp);

#endif /* MSSL_HTTPD_START_DUMMY_H */
