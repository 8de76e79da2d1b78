/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_HTTPD_INTENT_INTENT_H
#define MSSL_HTTPD_INTENT_INTENT_H

/**
 * @file intent.h
 * Who wants which site: a bounded table client -> name that all children share, over any
 * ap_socache provider (contract section 5). Losing an entry, or all of them, costs a visitor one
 * more round and nothing else. The one unit of this layer that knows httpd (its socache, its
 * mutex).
 *
 * A client is what lib/base/client.h says. A key without a stack is the address alone (a switch
 * visited over plain HTTP), used where no closer one exists.
 */

#include <httpd.h>

#include "lib/base/client.h"
#include "lib/base/name.h"

#define MSSL_INTENT_MUTEX "mssl-intent"
#define MSSL_INTENT_CACHE "mssl-intent" /**< the socache instance's name: at most 16 bytes */

typedef struct mssl_intents_t mssl_intents_t;

/**
 * Parse MSSLIntentCache's "provider[:args]" and create the provider's instance. While the
 * configuration is read; arg NULL: the default, shmcb.
 * @param intents out, in p
 * @return NULL, or what is wrong and what is accepted, without the directive's name: unknown
 *         provider (lists those that are loaded, and the LoadModule line that is missing for shmcb,
 *         redis, memcache, dbm), or the provider's own words
 */
const char *mssl_intents_make(mssl_intents_t **intents, const char *arg, apr_pool_t *p,
                              apr_pool_t *ptemp);

/** Register the mutex type; in pre_config. */
apr_status_t mssl_intents_pre_config(apr_pool_t *p);

/**
 * Start the cache and its mutex (where the provider needs one). In post_config, second pass only.
 */
apr_status_t mssl_intents_post_config(mssl_intents_t *intents, server_rec *s, apr_pool_t *p);

/** In each child. */
apr_status_t mssl_intents_child_init(mssl_intents_t *intents, apr_pool_t *p);

/**
 * Remember what a client wants; replaces an earlier wish of the same client. Any thread.
 * @param ttl microseconds
 * @return APR_SUCCESS, or the cache's error: the wish is not kept. The first failure of this child
 *         and the first success after it are logged (one line each); others are not. After a
 *         failure the cache is not asked for up to a second, and APR_EGENERAL is returned;
 *         APR_EINVAL: unknown address
 */
apr_status_t mssl_intents_set(mssl_intents_t *intents, server_rec *s, const mssl_client_t *client,
                              const char *name, apr_interval_time_t ttl, apr_pool_t *pool);

/**
 * What a client wants: asked with its stack first, then by its address alone. Any thread.
 * @return APR_SUCCESS; APR_NOTFOUND; or the cache's error (logged as above)
 */
apr_status_t mssl_intents_get(mssl_intents_t *intents, server_rec *s, const mssl_client_t *client,
                              char name[MSSL_NAME_SIZE], apr_pool_t *pool);

/**
 * Remember that a TLS session led its client to the wrong site: a client that keeps sessions by the
 * name of the site would resume it, and meet that site's certificate again, whatever it intends by
 * now. Any thread.
 * @param session the number that httpd/tls/session.h put into it
 */
void mssl_intents_spoil_session(mssl_intents_t *intents, server_rec *s, apr_uint64_t session,
                                apr_interval_time_t ttl, apr_pool_t *pool);

/** Whether a session must not be resumed for that reason; 0 when the cache fails. Any thread. */
int mssl_intents_is_spoilt(mssl_intents_t *intents, server_rec *s, apr_uint64_t session,
                           apr_pool_t *pool);

/**
 * Count one round (site -> switch) of a client for a name.
 * @param window microseconds from the first round; then the count begins anew
 * @return the count including this one; 1 when the cache fails
 */
int mssl_intents_count_round(mssl_intents_t *intents, server_rec *s, const mssl_client_t *client,
                             const char *name, apr_interval_time_t window, apr_pool_t *pool);

#endif /* MSSL_HTTPD_INTENT_INTENT_H */
