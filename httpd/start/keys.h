/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_HTTPD_START_KEYS_H
#define MSSL_HTTPD_START_KEYS_H

/**
 * @file keys.h
 * Who opens certificate and key files (MSSLKeyAccess): wires the store to the broker, which do not
 * know each other.
 */

#include "httpd/conf/conf.h"
#include "httpd/start/hot.h"

/** check_config: whether what was written can be had. @return OK or an HTTP error */
int mssl_keys_check(const mssl_global_t *global, server_rec *s);

/**
 * Whether what the history has serves where the files of a name are bad, by what is configured: whoever
 * reads them then is its owner, or root. Not children that read the files themselves as httpd's user:
 * keys that this one may not read are in it, too.
 */
int mssl_keys_has_history(const mssl_global_t *global);

/**
 * post_config, last, with the store frozen: starts the broker, or says what is readable by all
 * without one.
 */
int mssl_keys_start(mssl_global_t *global, server_rec *s, apr_pool_t *pconf, apr_pool_t *ptemp);

/**
 * drop_privileges hook, behind mod_unixd's: nobody who runs as this child's user may look into its
 * memory or take its descriptors.
 */
int mssl_keys_drop_privileges(apr_pool_t *pchild, server_rec *s);

/**
 * child_init, with a pool that outlives the worker threads: from here on the store asks the broker.
 */
void mssl_keys_child_init(mssl_global_t *global, server_rec *s, mssl_hot_then_fn then,
                          apr_pool_t *pool, apr_pool_t *pchild);

/** monitor hook. */
int mssl_keys_monitor(apr_pool_t *p, server_rec *s);

#endif /* MSSL_HTTPD_START_KEYS_H */
