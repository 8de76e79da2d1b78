/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_LIB_BROKER_EXCHANGE_H
#define MSSL_LIB_BROKER_EXCHANGE_H

/**
 * @file exchange.h
 * A child's few connections to the broker, which its threads take in turn: a question over one of
 * them, and its answer. When the broker was restarted, connections are made anew. Any thread.
 */

#include <sys/types.h>

#include "lib/base/counters.h"
#include "lib/base/patience.h"
#include "lib/broker/message.h"

typedef struct mssl_exchange_t mssl_exchange_t;

/** Connections of one child. */
#define MSSL_BROKER_CONNECTIONS 8

/**
 * @param dispatcher the children's end; stays the caller's
 * @param uid of the broker
 * @param pool the child's; connections are closed with it, and nobody asks any more
 */
apr_status_t mssl_exchange_make(mssl_exchange_t **exchange, int dispatcher, uid_t uid,
                                apr_pool_t *pool);

/** Count what is asked there, and what is not answered in time. Before the first question. */
void mssl_exchange_set_counters(mssl_exchange_t *exchange, mssl_counters_t *counters);

/**
 * Ask.
 * @param reply out, in pool; may hold keys, so the caller wipes its material
 * @param patience how long to wait for a connection and for the answer; used up by that
 * @param asked out: when the question had a connection, of mssl_monotonic_now(); 0: others had all of
 *        them all the time
 * @return APR_SUCCESS; APR_TIMEUP; other: the broker cannot be asked
 */
apr_status_t mssl_exchange_ask(mssl_exchange_t *exchange, mssl_message_type_t what,
                               const mssl_request_t *request, mssl_found_t *reply, apr_pool_t *pool,
                               mssl_patience_t *patience, apr_time_t *asked);

#endif /* MSSL_LIB_BROKER_EXCHANGE_H */
