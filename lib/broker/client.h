/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_LIB_BROKER_CLIENT_H
#define MSSL_LIB_BROKER_CLIENT_H

/**
 * @file client.h
 * The child's side: asks the broker for the files of names. Each question costs at most
 * MSSL_BROKER_TIMEOUT, in which this process ran (lib/base/patience.h), and then the store goes on with what it has cached. A name that did not
 * answer in time is left alone for a while, and so is a source when a second of its names did not
 * (a hung file system), longer each time: a thread that nobody waits for finds out whether it
 * answers again. A source of which the broker has had anything meanwhile is not in doubt: its names
 * are costly by what is in them. Time that went by in a queue counts against nobody.
 */

#include <sys/types.h>

#include "lib/broker/exchange.h"
#include "lib/broker/watch.h"

typedef struct mssl_broker_client_t mssl_broker_client_t;

#define MSSL_BROKER_TIMEOUT (2 * APR_USEC_PER_SEC)

/**
 * @param dispatcher the children's end; stays the caller's
 * @param uid of the broker
 * @param watch what the broker saw; NULL: it is asked each time
 * @param pool the child's; connections are closed with it
 */
apr_status_t mssl_broker_client_make(mssl_broker_client_t **client, int dispatcher, uid_t uid,
                                     const mssl_watch_t *watch, apr_interval_time_t timeout,
                                     apr_pool_t *pool);

/** Count what it asks there, and what is not answered in time. Before its first question. */
void mssl_broker_client_set_counters(mssl_broker_client_t *client, mssl_counters_t *counters);

/**
 * The store's opener (lib/store/store.h), with the client for its baton. Any thread.
 * @return what the broker says; APR_EBUSY: the name's files could not be read in time (with why),
 *         or are being read, or others were before it, which says nothing of other names;
 *         APR_TIMEUP: the source does not answer; other errors: the broker could not be asked
 */
apr_status_t mssl_broker_client_open(void *client, int source, mssl_question_t *asked);

/**
 * The store's way to what was good last (lib/store/store.h), as above; no file is looked at. Where
 * that is not said in a moment, the broker is left alone with it for a while.
 */
apr_status_t mssl_broker_client_recall(void *client, int source, mssl_question_t *asked);

#endif /* MSSL_LIB_BROKER_CLIENT_H */
