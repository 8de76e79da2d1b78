/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_HTTPD_START_INVENTORY_H
#define MSSL_HTTPD_START_INVENTORY_H

/**
 * @file inventory.h
 * The inventory as a process of httpd (process.h), one for each generation: it looks at leisure at
 * every certificate of every store, publishes what clients of each name are shown (lib/inventory),
 * and keeps that in MSSLStateDir/inventory. Nobody can ask it anything. A graceful restart tells
 * the old one to end, and the new one goes on where it stopped.
 */

#include "httpd/conf/conf.h"

typedef struct mssl_inventory_t mssl_inventory_t;

/** Whether earlier pairs are kept, by what is configured. @param has_broker there is going to be one */
int mssl_inventory_keeps(const mssl_global_t *global, int has_broker);

/**
 * Parent, post_config, before the broker: open MSSLStateDir/history, where pairs are kept and
 * MSSLStateDir is ours. global->history is set then, until the configuration ends.
 * @param has_broker there is going to be one
 */
void mssl_inventory_open_history(mssl_global_t *global, int has_broker, server_rec *s,
                                 apr_pool_t *pconf);

/** Child, child_init, where it does not read files itself: it has no way to the history. */
void mssl_inventory_close_history(mssl_global_t *global);

/**
 * Parent, post_config, when views and broker are there: start the inventory of this generation,
 * where one is wanted. One that cannot be had ends no start: that is one line.
 */
void mssl_inventory_start(mssl_global_t *global, server_rec *s, apr_pool_t *pconf);

/** Parent, monitor hook: begin one that died too often, after a while. NULL is fine. */
void mssl_inventory_tick(mssl_inventory_t *inventory);

/** Child, child_init: what is the inventory's and the parent's is closed. NULL is fine. */
void mssl_inventory_child_init(mssl_inventory_t *inventory);

#endif /* MSSL_HTTPD_START_INVENTORY_H */
