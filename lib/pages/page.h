/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_LIB_PAGES_PAGE_H
#define MSSL_LIB_PAGES_PAGE_H

/**
 * @file page.h
 * The pages that visitors meet: small self-contained HTML (nothing is loaded, no script), everything
 * escaped, plain words for what happened, one next step, and a line for support. No page ever names
 * another customer's site: they show the host that the visitor asked for, and nothing else that is
 * ours. No page has the visitor's address. Pure; any thread.
 */

#include <apr_time.h>

#include "lib/pages/contact.h"
#include "lib/pages/template.h"
#include "lib/pages/words.h"

/**
 * What pages are sent with: nothing is loaded, nothing runs, nobody frames them (CSP Level 3). For
 * an admin's template, too.
 */
#define MSSL_PAGE_POLICY "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; " \
                         "frame-ancestors 'none'; base-uri 'none'"

typedef struct mssl_page_facts_t {
    mssl_page_t page;
    const mssl_words_t *words; /**< the language; NULL: English */
    const char *host;          /**< the one that was asked for, hostile bytes, or NULL */
    const char *asked_at;      /**< the one that answers, for the line for support; or NULL */
    const char *link;          /**< absolute URL for the button, or NULL; web URLs only count */
    const char *example;       /**< a URL to be read, not followed, or NULL */
    const char *reason;        /**< for support, in English, or NULL */
    const mssl_contact_t *contact;   /**< or NULL */
    const mssl_template_t *html;     /**< the admin's own, or NULL */
    apr_time_t now;
} mssl_page_facts_t;

/** What visitors read to support: "MSSL-P03". In pool. */
const char *mssl_page_code(mssl_page_t page, apr_pool_t *pool);

/** Make a page. @return HTML in UTF-8, in the pool */
const char *mssl_page_make(const mssl_page_facts_t *facts, apr_pool_t *pool);

#endif /* MSSL_LIB_PAGES_PAGE_H */
