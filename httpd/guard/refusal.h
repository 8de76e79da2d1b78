/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_HTTPD_GUARD_REFUSAL_H
#define MSSL_HTTPD_GUARD_REFUSAL_H

/**
 * @file refusal.h
 * A verdict that is not the website, as the answer that a visitor gets: the page, with the link that
 * helps, or the redirect.
 */

#include "httpd/guard/proof.h"
#include "httpd/server/reply.h"
#include "lib/verdict/verdict.h"

/** Make the answer of a verdict that has a status, in r->pool. */
void mssl_refusal_make(mssl_reply_t *answer, request_rec *r, const mssl_conn_t *cc,
                       const mssl_host_t *host, const mssl_verdict_t *verdict);

/** Count a request that was refused or redirected: once for each. */
void mssl_refusal_count(const request_rec *r, const mssl_verdict_t *verdict);

/** Whether this client has been sent to the switch too often; counts, once a connection. */
int mssl_refusal_is_looping(const request_rec *r, mssl_conn_t *cc, const mssl_host_t *host);

#endif /* MSSL_HTTPD_GUARD_REFUSAL_H */
