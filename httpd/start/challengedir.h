/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_HTTPD_START_CHALLENGEDIR_H
#define MSSL_HTTPD_START_CHALLENGEDIR_H

/**
 * @file challengedir.h
 * Where the files lie that certificate authorities ask for (MSSLChallengeDir, contract 14), and who
 * may put them there: root, and the steward, the second user of MSSLUser. Parent, one thread.
 *
 * Without the directive it is "challenge" in MSSLStateDir, where anything of ours is configured; that
 * folder need not be there. With it nothing else is needed: no store, no TLS, no broker.
 *
 * A folder that others could write into is told of once for the server, and nothing of it is
 * answered; that ends no start, as it is looked at anew for each challenge.
 */

#include "httpd/conf/conf.h"

/** Where it is: as configured, else in MSSLStateDir. @param p pconf */
const char *mssl_challengedir_get(mssl_global_t *global, apr_pool_t *p);

/** check_config: "httpd -t" says what is wrong with the folder. */
void mssl_challengedir_check(mssl_global_t *global, server_rec *s, apr_pool_t *ptemp);

/**
 * post_config: make global->challenges, and say what is wrong with the folder.
 * @param is_used whether anything else of ours is configured
 */
void mssl_challengedir_start(mssl_global_t *global, server_rec *s, apr_pool_t *pconf, int is_used);

#endif /* MSSL_HTTPD_START_CHALLENGEDIR_H */
