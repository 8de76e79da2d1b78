/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_HTTPD_START_HOT_H
#define MSSL_HTTPD_START_HOT_H

/**
 * @file hot.h
 * Names that were hot are warm again after a graceful restart. A child looks at a name's files
 * again once per MSSLCheckInterval as long as the name is used: each such look notes the name in a
 * table that all children and generations share. A child that begins at the restart loads the
 * latest of them in the background, through the broker where there is one: httpd's parent, which is
 * root, opens no file of a store, and a store that hangs or a file that is slow delays no restart.
 *
 * The table is a bounded map without locks: two names on one place overwrite each other, a torn
 * entry names nothing that is there. Losing entries costs a cold load each.
 */

#include "httpd/conf/conf.h"

typedef struct mssl_hot_t mssl_hot_t;

/**
 * What else a child does in the background, behind the names.
 * @param is_over atomic: the child ends
 * @param pool the thread's own
 */
typedef void (*mssl_hot_then_fn)(mssl_global_t *global, const int *is_over, apr_pool_t *pool);

/** post_config: has the table ready. */
void mssl_hot_start(mssl_global_t *global, server_rec *s);

/**
 * child_init: note what the store asks for from here on, and load what was in use. The last thing
 * that sets the store up, as a thread uses it from then on. Once pchild is to go, what cannot be
 * read is not reported any more: the broker may be gone first. Under mpm_itk there is no thread, and
 * neither is anything loaded in advance nor is then called.
 * @param opener who opens files, NULL: this process
 * @param pool outlives all threads of the child
 * @param pchild ends the thread first of all
 */
void mssl_hot_child_init(mssl_global_t *global, server_rec *s, mssl_ask_fn opener, void *baton,
                         mssl_hot_then_fn then, apr_pool_t *pool, apr_pool_t *pchild);

#endif /* MSSL_HTTPD_START_HOT_H */
