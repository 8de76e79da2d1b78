/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_LIB_PAGES_KINDS_H
#define MSSL_LIB_PAGES_KINDS_H

/**
 * @file kinds.h
 * The kinds of pages. Their numbers are in the codes that visitors read to support ("MSSL-P03",
 * docs/pages.md): none is ever used again for something else.
 */

typedef enum {
    MSSL_PAGE_WRONG_CERT = 1, /**< this name is not in the certificate; link: the site's own URL */
    /** came without SNI: the site is reached through the switch; link: the switch URL */
    MSSL_PAGE_VIA_SWITCH = 2,
    MSSL_PAGE_NO_CERT = 3,        /**< there is no certificate for this name */
    MSSL_PAGE_NO_NAME = 4,        /**< the request names no host, or no proper one */
    MSSL_PAGE_LOOP = 5,           /**< sent to and fro too often; why, and the link */
    /** the site asks for client certificates: needs a connection of its own */
    MSSL_PAGE_CLIENT_CERT = 6,
    MSSL_PAGE_NOT_A_PROXY = 7,    /**< forward proxying is refused */
    /** the switch URL is not handled by mssl-switch here (for the admin) */
    MSSL_PAGE_NOT_THE_SWITCH = 8,
    MSSL_PAGE_SWITCH_INFO = 9,    /**< what the switch is and how to use it; example */
    MSSL_PAGE_SWITCH_BAD = 10,    /**< the target is not acceptable; reason says why */
    MSSL_PAGE_SWITCH_UNKNOWN = 11,/**< there is no certificate for the target's name */
    MSSL_PAGE_SWITCH_METHOD = 12, /**< only GET and HEAD */
    MSSL_PAGE_SWITCH_LATER = 13,  /**< the intent could not be kept; try again */
    MSSL_PAGE_MOVED = 14,         /**< body of a redirect; link: where to */
    MSSL_PAGE_BAD_REQUEST = 15,   /**< httpd refused it before there was a request; reason: status */
    MSSL_PAGE_MAKING = 16,        /**< the certificate is being made; link: the site over http */
    MSSL_PAGE_PENDING = 17        /**< it waits for somebody's approval; link: the site over http */
} mssl_page_t;

/** One more than the last kind; there is no kind 0. */
#define MSSL_PAGES (MSSL_PAGE_PENDING + 1)

#endif /* MSSL_LIB_PAGES_KINDS_H */
