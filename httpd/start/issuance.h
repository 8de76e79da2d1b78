/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_HTTPD_START_ISSUANCE_H
#define MSSL_HTTPD_START_ISSUANCE_H

/**
 * @file issuance.h
 * Issuing (contract 14) as httpd's parent sees it: whether anything is issued here at all, the folders
 * of MSSLStateDir that the steward works in, what it is told, and the store of what was issued, which
 * stands behind all others. Parent, one thread.
 *
 * Nothing is issued without MSSLIssueFor and MSSLIssuer, a virtual host with MSSLEngine, the broker
 * (or an httpd that is not root), and the second user of MSSLUser: what is missing is one warning,
 * and ends no start.
 */

#include "httpd/conf/conf.h"
#include "lib/files/write.h"

/** check_config: "httpd -t" says what is in the way of issuing. */
void mssl_issuance_check(const mssl_global_t *global, server_rec *s, apr_pool_t *ptemp);

/** Set global->issued by what is configured; nothing is made or said. For -D DUMP_MSSL. */
void mssl_issuance_plan(mssl_global_t *global, const server_rec *s, apr_pool_t *pconf);

/**
 * post_config, before anything looks at the stores: set global->issued and is_issuing, with the folders
 * made, or say what is in the way. What was issued before is a store also where no folder can be made.
 */
void mssl_issuance_start(mssl_global_t *global, server_rec *s, apr_pool_t *pconf);

/**
 * Write what the steward is told, if it is another one than before; or take it away where nothing is
 * issued.
 * @param dir descriptor of MSSLStateDir
 * @return APR_SUCCESS; other, with why
 */
apr_status_t mssl_issuance_tell(mssl_global_t *global, const server_rec *s, int dir,
                                const mssl_owner_t *owner, apr_pool_t *pconf, mssl_reason_t *why);

/** Whether a virtual host has the store of what was issued behind its own. */
int mssl_issuance_has_store(const mssl_global_t *global, const server_rec *s);

#endif /* MSSL_HTTPD_START_ISSUANCE_H */
