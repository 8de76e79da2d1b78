/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_HTTPD_INTENT_ROUNDS_H
#define MSSL_HTTPD_INTENT_ROUNDS_H

/**
 * @file rounds.h
 * Loops of a client whose address stays: rounds to the switch *and back* (contract section 4). The
 * switch notes a visit of an address for a name; a client that then arrives at the site without its
 * certificate has made a round. Who follows no redirect, and who was served in between, makes none;
 * nor do others behind the address, whose ClientHello is another.
 */

#include "httpd/intent/intent.h"

/** A client that went round so often ... */
#define MSSL_ROUNDS_MAX 3
/** ... within this time is told why instead of being sent again. */
#define MSSL_ROUNDS_WINDOW apr_time_from_sec(60)

/** The switch sends an address on to a name. Any thread. */
void mssl_rounds_visit(mssl_intents_t *intents, server_rec *s, const mssl_client_t *client,
                       const char *name, apr_pool_t *pool);

/**
 * A client arrives at a name without its certificate. Any thread.
 * @return the rounds that it has made; 0 when the cache fails
 */
int mssl_rounds_arrive(mssl_intents_t *intents, server_rec *s, const mssl_client_t *client,
                       const char *name, apr_pool_t *pool);

/** A client is served: what it went round for is over. Any thread. */
void mssl_rounds_end(mssl_intents_t *intents, server_rec *s, const mssl_client_t *client,
                     const char *name, apr_pool_t *pool);

#endif /* MSSL_HTTPD_INTENT_ROUNDS_H */
