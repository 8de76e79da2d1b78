/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_HTTPD_START_HOT_H
#define MSSL_HTTPD_START_HOT_H

/**
 * @file hot.h
 * Names that were hot are warm again after a graceful restart. A child looks at a name's files
 * again once per MSSLCheckInterval as long as the name is used: each such look notes the name in a
 * table that all children and generations share. At the next restart the parent loads the latest of
 * them into the new store before it forks, and all new children inherit the pairs, in shared pages.
 * httpd's old children stop accepting when the restart begins, so this takes a tenth of a second at
 * most, on all processors; names beyond that are read when they are asked for.
 *
 * The table is a bounded map without locks: two names on one place overwrite each other, a torn
 * entry names nothing that is there. Losing entries costs a cold load each.
 */

#include "httpd/conf/conf.h"

typedef struct mssl_hot_t mssl_hot_t;

/**
 * post_config, with the store frozen: has the table ready, and loads what it holds from the
 * generation before.
 */
void mssl_hot_start(mssl_global_t *global, server_rec *s, apr_pool_t *ptemp);

/**
 * child_init: note what the store asks for from here on.
 * @param opener who opens files, NULL: this process
 */
void mssl_hot_child_init(mssl_global_t *global, mssl_opener_fn opener, void *baton,
                         apr_pool_t *pchild);

#endif /* MSSL_HTTPD_START_HOT_H */
