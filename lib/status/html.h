/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_LIB_STATUS_HTML_H
#define MSSL_LIB_STATUS_HTML_H

/**
 * @file html.h
 * The status for people: self-contained HTML without script, readable on a phone, in the dark and
 * with a screen reader. One thread.
 */

#include "lib/status/facts.h"
#include "lib/status/out.h"

/** What a browser may do with it: show it. */
#define MSSL_STATUS_CSP "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; " \
                        "frame-ancestors 'none'; base-uri 'none'"

/** @return the sink's first error */
apr_status_t mssl_status_html(const mssl_status_facts_t *facts, mssl_json_sink_fn sink, void *baton,
                              apr_pool_t *pool);

/** A page of the list of names. */
apr_status_t mssl_status_html_list(const mssl_status_facts_t *facts, const mssl_status_list_t *list,
                                   mssl_json_sink_fn sink, void *baton, apr_pool_t *pool);

#endif /* MSSL_LIB_STATUS_HTML_H */
