/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_HTTPD_START_BROKER_H
#define MSSL_HTTPD_START_BROKER_H

/**
 * @file broker.h
 * The broker as a process of httpd (process.h), one for each generation of children: the old one
 * serves the children of its generation until the last has gone, and then ends by itself.
 */

#include <httpd.h>

#include "lib/broker/client.h"
#include "lib/broker/server.h"

typedef struct mssl_broker_process_t mssl_broker_process_t;

/**
 * Parent, post_config: start the broker of this generation.
 * @param conf the finder; the rest is filled in
 * @param interval MSSLCheckInterval
 * @return APR_SUCCESS; other: reported
 */
apr_status_t mssl_broker_process_start(mssl_broker_process_t **out, const mssl_broker_conf_t *conf,
                                       apr_interval_time_t interval, server_rec *s,
                                       apr_pool_t *pconf);

/** What the broker saw lately (lib/broker/watch.h); NULL: there is no memory for it. */
const mssl_watch_t *mssl_broker_process_get_watch(const mssl_broker_process_t *process);

/** Parent, monitor hook: start a broker that died too often, after a while. */
void mssl_broker_process_tick(mssl_broker_process_t *process);

/** Child, child_init. @return APR_SUCCESS with the opener's baton; other: reported */
apr_status_t mssl_broker_process_child_init(mssl_broker_client_t **client,
                                            mssl_broker_process_t *process, apr_pool_t *pchild);

#endif /* MSSL_HTTPD_START_BROKER_H */
