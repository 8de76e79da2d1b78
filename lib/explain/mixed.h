/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_LIB_EXPLAIN_MIXED_H
#define MSSL_LIB_EXPLAIN_MIXED_H

/**
 * @file mixed.h
 * What an HTML page loads over http: in a page that came over https that is mixed content, which
 * browsers block or warn of (W3C, Mixed Content). Tags and their attributes are looked at as the HTML
 * standard's tokenizer takes them apart, without building a tree: comments, scripts and other raw
 * text hold no tags. What scripts load, and style sheets in files of their own, is not seen. The page
 * is foreign bytes. Pure, one thread, linear in the page; results in the pool.
 */

#include <apr_pools.h>
#include <apr_tables.h>
#include <stddef.h>

/** Of a page; what is more is not told. */
#define MSSL_MIXED_MAX 100
#define MSSL_MIXED_URL_MAX 500

typedef struct mssl_mixed_t {
    const char *tag;       /**< "img"; lower case, one that we know: static text */
    const char *attribute; /**< "src", "srcset", "style"; "text": in a <style>. Static text */
    int is_blocked;        /**< browsers block it; else they warn, or try https by themselves */
    const char *url;       /**< without bytes below 0x21 and of 0x7f; cut at MSSL_MIXED_URL_MAX */
} mssl_mixed_t;

/** @return mssl_mixed_t, in the order of the page, each tag, attribute and URL once */
apr_array_header_t *mssl_mixed_find(const char *page, size_t len, apr_pool_t *pool);

/**
 * Whether a Content-Security-Policy upgrades such loads: it has upgrade-insecure-requests.
 * @param csp its value or values, joined by commas; may be NULL
 */
int mssl_mixed_is_upgraded(const char *csp);

#endif /* MSSL_LIB_EXPLAIN_MIXED_H */
