/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_LIB_STATUS_PROMETHEUS_H
#define MSSL_LIB_STATUS_PROMETHEUS_H

/**
 * @file prometheus.h
 * The status in Prometheus's text format 0.0.4. Aggregates, and the certificates that end first:
 * one series a name would be 12 MB a scrape with 100,000. One thread.
 */

#include "lib/status/facts.h"
#include "lib/status/out.h"

#define MSSL_PROMETHEUS_TYPE "text/plain; version=0.0.4; charset=utf-8"

/**
 * @param worst the certificates that end first; NULL: none of them
 * @return the sink's first error
 */
apr_status_t mssl_status_prometheus(const mssl_status_facts_t *facts,
                                    const mssl_index_list_t *worst, mssl_json_sink_fn sink,
                                    void *baton, apr_pool_t *pool);

#endif /* MSSL_LIB_STATUS_PROMETHEUS_H */
