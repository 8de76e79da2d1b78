/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_HTTPD_START_COUNTING_H
#define MSSL_HTTPD_START_COUNTING_H

/**
 * @file counting.h
 * Where the server's counters (lib/base/counters.h) are: in one block that children and
 * configurations share, so that what is counted outlives both. The log has them at the end of each
 * configuration, and of each child what it added.
 */

#include "httpd/conf/conf.h"

/** post_config: has global->counters ready, with what was counted so far. */
void mssl_counting_start(mssl_global_t *global, server_rec *s, apr_pool_t *pconf);

/** child_init. @param pchild says at its end what the child has counted */
void mssl_counting_child_init(mssl_global_t *global, server_rec *s, apr_pool_t *pchild);

#endif /* MSSL_HTTPD_START_COUNTING_H */
