/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_LIB_PAGES_TEMPLATE_H
#define MSSL_LIB_PAGES_TEMPLATE_H

/**
 * @file template.h
 * An admin's own HTML around what a page says: MSSLPageTemplate. Parsed once, while the
 * configuration is read, and constant from then on; filled by any thread.
 *
 * The admin is trusted, what is put in is not: so a place for it ({{host}}) may stand only where
 * escaping is enough whatever the bytes are, in text and in quoted attribute values, and the
 * template has to be HTML of a form in which a browser and this parser see the same places. What
 * would hide places from it (scripts, comments, elements whose content is no HTML) is refused.
 */

#include <apr_pools.h>

#include "mod_mssl.h"

/** Longest template, bytes. */
#define MSSL_TEMPLATE_MAX (64 * 1024)

typedef enum {
    MSSL_SLOT_TITLE,
    MSSL_SLOT_TEXT,
    MSSL_SLOT_HOST,
    MSSL_SLOT_LINK,
    MSSL_SLOT_CONTACT,
    MSSL_SLOT_CODE,
    MSSL_SLOT_LANG
} mssl_slot_t;

#define MSSL_SLOTS (MSSL_SLOT_LANG + 1)

typedef struct mssl_template_t mssl_template_t;

/** What is put in: plain text in UTF-8, any bytes for the host, escaped here; NULL is "". */
typedef struct mssl_template_values_t {
    const char *text[MSSL_SLOTS];
    /** where {{link}} and {{contact}} begin the value of an attribute that is a URL; NULL is "" */
    const char *link_href, *contact_href;
} mssl_template_values_t;

/**
 * Parse a template.
 * @param html any bytes; copied into the pool
 * @param why out: "line N: what is wrong, what to write"
 * @return APR_SUCCESS or APR_EINVAL
 */
apr_status_t mssl_template_parse(mssl_template_t **out, const char *html, size_t len,
                                 apr_pool_t *pool, mssl_reason_t *why);

/**
 * The first thing in it that browsers will not heed under the policy that pages are sent with (no
 * script, nothing loaded): "line N: ...". NULL: there is none.
 */
const char *mssl_template_get_idle(const mssl_template_t *html);

/** Fill it. @return HTML, in the pool */
const char *mssl_template_fill(const mssl_template_t *html, const mssl_template_values_t *values,
                               apr_pool_t *pool);

#endif /* MSSL_LIB_PAGES_TEMPLATE_H */
