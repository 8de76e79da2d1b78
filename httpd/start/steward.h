/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_HTTPD_START_STEWARD_H
#define MSSL_HTTPD_START_STEWARD_H

/**
 * @file steward.h
 * The steward (lib/steward/steward.h) as a process of httpd (process.h), one for each generation: the
 * program mssl-steward, as the second user of MSSLUser, where MSSLNotifyCommand is set or certificates
 * are issued (issuance.h). It is told what is configured by MSSLStateDir/notify.json and issue.json. A
 * graceful restart asks the old one to end.
 */

#include "httpd/conf/conf.h"

typedef struct mssl_steward_process_t mssl_steward_process_t;

/**
 * Parent, post_config, behind the inventory: write what is configured, and begin it. Nothing of that
 * ends a start: what is missing is one line.
 */
void mssl_steward_start(mssl_global_t *global, server_rec *s, apr_pool_t *pconf);

/** Parent, monitor hook: begin one that died too often, after a while. NULL is fine. */
void mssl_steward_tick(mssl_steward_process_t *steward);

#endif /* MSSL_HTTPD_START_STEWARD_H */
