/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_LIB_EXPLAIN_PAGE_H
#define MSSL_LIB_EXPLAIN_PAGE_H

/**
 * @file page.h
 * What the start page of a name loads over http, and the line of mod_headers that mends it. Who read
 * the page hands it in with the facts. URLs are foreign bytes. One thread.
 */

#include "lib/base/json.h"
#include "lib/explain/explain.h"
#include "lib/explain/mixed.h"

/** Behind mssl_explain(): a problem where there is mixed content, and its fix. */
void mssl_explain_page(mssl_explained_t *explained, const mssl_explain_facts_t *facts,
                       apr_pool_t *pool);

/** How many lines there are to say of it; 0: nobody has read it. */
int mssl_explain_page_lines(const mssl_explain_facts_t *facts);

/** @param i below mssl_explain_page_lines() */
const char *mssl_explain_page_line(const mssl_explain_facts_t *facts, int i, apr_pool_t *pool);

/** "page" as an object, or null. */
void mssl_explain_page_json(mssl_json_t *json, const mssl_explain_page_t *page);

#endif /* MSSL_LIB_EXPLAIN_PAGE_H */
