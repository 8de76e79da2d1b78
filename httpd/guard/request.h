/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_HTTPD_GUARD_REQUEST_H
#define MSSL_HTTPD_GUARD_REQUEST_H

/**
 * @file request.h
 * What the guard knows of one request, in one record: the module's place in r->request_config. A
 * request that has none was not judged yet. Each request_rec has its own, internal redirects too.
 * Made in the request's pool, used by the thread that has the request.
 */

#include "httpd/server/reply.h"

typedef enum {
    MSSL_REQUEST_EARLY = 0, /**< not judged yet: nothing of a site dresses what is answered */
    MSSL_REQUEST_APPROVED,  /**< the website answers, errors included */
    MSSL_REQUEST_REFUSED    /**< the module answers */
} mssl_request_state_t;

typedef struct mssl_request_t {
    mssl_request_state_t state;
    mssl_reply_t answer;    /**< of a refusal that waits for the quick_handler phase */
    int waits;              /**< answer is to be sent there */
    int is_told;            /**< HTTPS stands among its variables already */
    /** the vhost that the Host selected, while r->server is another one; else NULL */
    server_rec *server;
} mssl_request_t;

/** Those without anything of their own are shared: most requests are approved. */
extern const mssl_request_t mssl_request_early, mssl_request_approved[2];

/** Never NULL: who has no record is EARLY. */
static inline const mssl_request_t *mssl_request_get(const request_rec *r)
{
    const mssl_request_t *record = ap_get_module_config(r->request_config, &mssl_module);

    return record != NULL ? record : &mssl_request_early;
}

/** The website may answer. @param is_told 1: HTTPS stands among its variables already; else 0 */
static inline void mssl_request_approve(request_rec *r, int is_told)
{
    ap_set_module_config(r->request_config, &mssl_module, (void *)&mssl_request_approved[is_told]);
}

/** Make the record of a refusal. */
mssl_request_t *mssl_request_refuse(request_rec *r);

/** Give r->server back to the vhost that the Host selected, if it was lent to another. */
static inline void mssl_request_restore(request_rec *r)
{
    mssl_request_t *record = (mssl_request_t *)mssl_request_get(r);

    if (record->server != NULL) { /* none of those that are shared has it */
        r->server = record->server;
        record->server = NULL;
    }
}

#endif /* MSSL_HTTPD_GUARD_REQUEST_H */
