/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_HTTPD_INTENT_INTENT_H
#define MSSL_HTTPD_INTENT_INTENT_H

/**
 * @file intent.h
 * Who wants which site: a bounded table client -> name that all children share, over any
 * ap_socache provider (contract section 5). Losing an entry, or all of them, costs a visitor one
 * more round and nothing else. Bounded for each address, too: one has as many entries as its slots,
 * however many stacks, sessions and names it shows.
 *
 * A client is what lib/base/client.h says. An entry without a stack is the address alone's (a switch
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

/** Whether the cache answered when this child asked it last. Any thread. */
int mssl_intents_is_up(const mssl_intents_t *intents);

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

/** What is kept in the table; fixed, as machines share it. */
typedef enum {
    MSSL_INTENT_SITE = 1,    /**< what a client wants */
    MSSL_INTENT_ROUND = 2,   /**< httpd/intent/rounds.h */
    MSSL_INTENT_SESSION = 3, /**< httpd/intent/spoilt.h */
    MSSL_INTENT_VISIT = 4    /**< httpd/intent/rounds.h */
} mssl_intent_kind_t;

#define MSSL_INTENT_DATA_MAX (8 + 1 + MSSL_NAME_MAX) /**< bytes of a value of any kind */

/**
 * Keep bytes of ours under an address and a slot: the caller has few of them per address, so that
 * none fills the table. The client's stack is not looked at. Any thread.
 * @return as mssl_intents_set()
 */
apr_status_t mssl_intents_keep(mssl_intents_t *intents, server_rec *s, mssl_intent_kind_t kind,
                               const mssl_client_t *client, apr_uint64_t slot,
                               const unsigned char *data, unsigned int len, apr_interval_time_t ttl,
                               apr_pool_t *pool);

/**
 * Find them; the cache may be shared with others and is not believed: the caller checks the bytes.
 * Any thread.
 * @param len out: of data; 0 where nothing is found
 * @return as mssl_intents_get()
 */
apr_status_t mssl_intents_find(mssl_intents_t *intents, server_rec *s, mssl_intent_kind_t kind,
                               const mssl_client_t *client, apr_uint64_t slot,
                               unsigned char data[MSSL_INTENT_DATA_MAX], unsigned int *len,
                               apr_pool_t *pool);

/** A number of 8 bytes in network order, as values have them. */
void mssl_intents_put_number(unsigned char *to, apr_uint64_t number);
apr_uint64_t mssl_intents_get_number(const unsigned char *from);

#endif /* MSSL_HTTPD_INTENT_INTENT_H */
