/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_LIB_STATUS_JSON_H
#define MSSL_LIB_STATUS_JSON_H

/**
 * @file json.h
 * The status as JSON, schema "mssl/1": times in RFC 3339 and UTC, null for what is not known, and
 * fields are only ever added. One thread.
 */

#include "lib/base/json.h"
#include "lib/status/facts.h"

/** @return the sink's first error */
apr_status_t mssl_status_json(const mssl_status_facts_t *facts, mssl_json_sink_fn sink, void *baton,
                              apr_pool_t *pool);

/** A page of the list of names. */
apr_status_t mssl_status_json_list(const mssl_status_facts_t *facts, const mssl_status_list_t *list,
                                   mssl_json_sink_fn sink, void *baton);

#endif /* MSSL_LIB_STATUS_JSON_H */
