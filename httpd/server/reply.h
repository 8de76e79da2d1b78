/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_HTTPD_SERVER_REPLY_H
#define MSSL_HTTPD_SERVER_REPLY_H

/**
 * @file reply.h
 * Sending the module's own answers (contract 2): nothing of a website touches them. They are
 * written straight through the protocol filters, not through ap_die(), which would add the
 * ErrorDocument and "Header always" of the vhost that the Host selected.
 */

#include "httpd/conf/conf.h"
#include "lib/pages/page.h"

typedef struct mssl_reply_t {
    int status;
    const char *html;        /**< body; not sent for HEAD */
    const char *text;        /**< body that is plain text, where html is NULL; or NULL */
    apr_size_t text_len;     /**< bytes of it, which may be any */
    const char *language;    /**< of the body; NULL where there is none */
    const char *location;    /**< or NULL */
    const char *allow;       /**< or NULL */
    const char *retry_after; /**< seconds, or NULL */
    const char *set_cookie;  /**< or NULL */
    int ends_connection;     /**< Connection: close; GOAWAY on h2 */
    int is_lasting;          /**< may be kept for an hour; else not at all */
    int ends_hsts;           /**< browsers forget Strict-Transport-Security (RFC 6797, 6.1.1) */
} mssl_reply_t;

/**
 * Give a request the neutral dress: no per-directory configuration of any site applies to it any
 * more.
 */
void mssl_reply_make_neutral(request_rec *r);

/**
 * Make the page of an answer: in the visitor's language, with the settings of the request's vhost
 * (contact, template). All pages are made here.
 * @param facts page, link, host, example and reason are the caller's; the rest is filled in
 */
void mssl_reply_make_page(mssl_reply_t *answer, request_rec *r, mssl_page_facts_t *facts);

/**
 * Send it. The request body is discarded first where the connection lives on.
 * @return DONE for post_read_request hooks and handlers alike
 */
int mssl_reply_send(request_rec *r, const mssl_reply_t *answer);

#endif /* MSSL_HTTPD_SERVER_REPLY_H */
