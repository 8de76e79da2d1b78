/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "httpd/intent/spoilt.h"

#define SLOTS 64 /* per address; the numbers are random */
#define LEN 8    /* the session's number */

void mssl_spoilt_add(mssl_intents_t *intents, server_rec *s, const mssl_client_t *client,
                     apr_uint64_t session, apr_interval_time_t ttl, apr_pool_t *pool)
{
    unsigned char data[LEN];

    mssl_intents_put_number(data, session);
    mssl_intents_keep(intents, s, MSSL_INTENT_SESSION, client, session % SLOTS, data, sizeof(data),
                      ttl, pool);
}

int mssl_spoilt_is(mssl_intents_t *intents, server_rec *s, const mssl_client_t *client,
                   apr_uint64_t session, apr_pool_t *pool)
{
    unsigned char data[MSSL_INTENT_DATA_MAX];
    unsigned int len;

    return mssl_intents_find(intents, s, MSSL_INTENT_SESSION, client, session % SLOTS, data, &len,
                             pool) == APR_SUCCESS
        && len == LEN && mssl_intents_get_number(data) == session;
}
