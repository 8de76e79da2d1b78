/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_HTTPD_SERVER_TESTED_H
#define MSSL_HTTPD_SERVER_TESTED_H

/**
 * @file tested.h
 * Whether this mod_ssl is one whose inside we know. A short cut that leans on what mod_ssl does in
 * between its hooks (httpd/tls/vhost.h) is taken only there: with an httpd that came later it is
 * left out, which costs time and nothing else.
 */

/** post_config. */
void mssl_tested_init(void);

/** Any thread, in the processes that were forked since. */
int mssl_tested_is_mod_ssl(void);

#endif /* MSSL_HTTPD_SERVER_TESTED_H */
