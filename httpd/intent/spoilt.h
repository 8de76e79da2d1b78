/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_HTTPD_INTENT_SPOILT_H
#define MSSL_HTTPD_INTENT_SPOILT_H

/**
 * @file spoilt.h
 * TLS sessions that led their clients to the wrong site: a client that keeps sessions by the name of
 * the site would resume it, and meet that site's certificate again, whatever it intends by now. Kept
 * under the client's address; from another one the session is found good, which costs a round.
 */

#include "httpd/intent/intent.h"

/**
 * Remember one. Any thread.
 * @param session the number that httpd/tls/session.h put into it
 */
void mssl_spoilt_add(mssl_intents_t *intents, server_rec *s, const mssl_client_t *client,
                     apr_uint64_t session, apr_interval_time_t ttl, apr_pool_t *pool);

/** Whether a session must not be resumed for that reason; 0 when the cache fails. Any thread. */
int mssl_spoilt_is(mssl_intents_t *intents, server_rec *s, const mssl_client_t *client,
                   apr_uint64_t session, apr_pool_t *pool);

#endif /* MSSL_HTTPD_INTENT_SPOILT_H */
