/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_LIB_STATUS_EXPLAIN_H
#define MSSL_LIB_STATUS_EXPLAIN_H

/**
 * @file explain.h
 * An explanation as a page of the status. One thread.
 */

#include "lib/explain/explain.h"
#include "lib/status/out.h"

/** @return the sink's first error */
apr_status_t mssl_status_html_explain(const mssl_explained_t *explained,
                                      const mssl_explain_facts_t *facts, mssl_json_sink_fn sink,
                                      void *baton, apr_pool_t *pool);

#endif /* MSSL_LIB_STATUS_EXPLAIN_H */
