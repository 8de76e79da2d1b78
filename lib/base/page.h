/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_LIB_BASE_PAGE_H
#define MSSL_LIB_BASE_PAGE_H

/**
 * @file page.h
 * The pages that visitors meet: small self-contained HTML (no external resource, no
 * script), everything escaped, plain words for what happened and the link that mends it. No page
 * ever names another customer's site: they show the host that the visitor asked for, and nothing
 * else that is ours. Pure; any thread.
 */

#include <apr_pools.h>

typedef enum {
    MSSL_PAGE_WRONG_CERT = 1, /**< this name is not in the certificate; link: the site's own URL */
    /** came without SNI: the site is reached through the switch; link: the switch URL */
    MSSL_PAGE_VIA_SWITCH,
    MSSL_PAGE_NO_CERT,        /**< there is no certificate for this name */
    MSSL_PAGE_NO_NAME,        /**< the request names no host, or no proper one */
    MSSL_PAGE_LOOP,           /**< sent to and fro too often; why, and the link */
    /** the site asks for client certificates: needs a connection of its own */
    MSSL_PAGE_CLIENT_CERT,
    MSSL_PAGE_NOT_A_PROXY,    /**< forward proxying is refused */
    /** the switch URL is not handled by mssl-switch here (for the admin) */
    MSSL_PAGE_NOT_THE_SWITCH,
    MSSL_PAGE_SWITCH_INFO,    /**< what the switch is and how to use it; link: an example */
    MSSL_PAGE_SWITCH_BAD,     /**< the target is not acceptable; detail says why */
    MSSL_PAGE_SWITCH_UNKNOWN, /**< there is no certificate for the target's name */
    MSSL_PAGE_SWITCH_METHOD,  /**< only GET and HEAD */
    MSSL_PAGE_SWITCH_LATER,   /**< the intent could not be kept; try again */
    MSSL_PAGE_MOVED           /**< body of a redirect; link: where to */
} mssl_page_t;

/**
 * Make a page.
 * @param host the host that was asked for, hostile bytes, or NULL
 * @param link absolute URL for the page's link, or NULL for no link; escaped here
 * @param detail one more sentence, plain text, escaped here, or NULL
 * @return HTML in UTF-8, ASCII bytes only, in pool
 */
const char *mssl_page_make(apr_pool_t *pool, mssl_page_t kind, const char *host,
                           const char *link, const char *detail);

#endif /* MSSL_LIB_BASE_PAGE_H */
