/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "lib/broker/exchange.h"

#include <openssl/crypto.h>
#include <pthread.h>
#include <unistd.h>

#include "lib/base/monotonic.h"
#include "lib/broker/channel.h"

struct mssl_exchange_t {
    int dispatcher;
    uid_t uid;
    mssl_counters_t *counters;   /**< or NULL */
    pthread_mutex_t lock;
    pthread_cond_t returned; /**< a connection is free */
    int idle[MSSL_BROKER_CONNECTIONS];
    int nidle, nused;            /**< under the lock */
};

static apr_status_t end(void *data)
{
    mssl_exchange_t *exchange = data;

    while (exchange->nidle > 0) {
        close(exchange->idle[--exchange->nidle]);
    }
    pthread_cond_destroy(&exchange->returned);
    pthread_mutex_destroy(&exchange->lock);
    return APR_SUCCESS;
}

apr_status_t mssl_exchange_make(mssl_exchange_t **out, int dispatcher, uid_t uid, apr_pool_t *pool)
{
    mssl_exchange_t *exchange = apr_pcalloc(pool, sizeof(*exchange));
    apr_status_t rv = pthread_mutex_init(&exchange->lock, NULL);

    *out = NULL;
    if (rv != APR_SUCCESS) {
        return rv;
    }
    rv = mssl_monotonic_init_cond(&exchange->returned);
    if (rv != APR_SUCCESS) {
        pthread_mutex_destroy(&exchange->lock);
        return rv;
    }
    exchange->dispatcher = dispatcher;
    exchange->uid = uid;
    apr_pool_cleanup_register(pool, exchange, end, apr_pool_cleanup_null);
    *out = exchange;
    return APR_SUCCESS;
}

void mssl_exchange_set_counters(mssl_exchange_t *exchange, mssl_counters_t *counters)
{
    exchange->counters = counters;
}

/**
 * Have the use of a connection.
 * @param fd out: an idle one, or -1: the caller makes one
 */
static apr_status_t take(mssl_exchange_t *exchange, int *fd, mssl_patience_t *patience)
{
    apr_status_t rv = APR_SUCCESS;
    apr_interval_time_t step;
    apr_time_t now;

    *fd = -1;
    pthread_mutex_lock(&exchange->lock);
    while (exchange->nused >= MSSL_BROKER_CONNECTIONS && rv == APR_SUCCESS) {
        now = mssl_monotonic_now();
        step = mssl_patience_next(patience, now);
        if (step > 0) {
            mssl_monotonic_wait(&exchange->returned, &exchange->lock, now + step);
        }
        else {
            rv = APR_TIMEUP;
        }
    }
    if (rv == APR_SUCCESS) {
        exchange->nused++;
        if (exchange->nidle > 0) {
            *fd = exchange->idle[--exchange->nidle];
        }
    }
    pthread_mutex_unlock(&exchange->lock);
    return rv;
}

/* Give it back; -1: there is none any more. */
static void give(mssl_exchange_t *exchange, int fd)
{
    pthread_mutex_lock(&exchange->lock);
    exchange->nused--;
    if (fd >= 0) {
        exchange->idle[exchange->nidle++] = fd;
    }
    pthread_cond_signal(&exchange->returned);
    pthread_mutex_unlock(&exchange->lock);
}

static apr_status_t ask(int fd, mssl_message_type_t what, const mssl_request_t *request,
                        mssl_found_t *reply, apr_pool_t *pool, mssl_patience_t *patience)
{
    unsigned char body[MSSL_REQUEST_MAX], head[MSSL_MESSAGE_HEAD], *heard;
    mssl_message_type_t type;
    apr_status_t rv;
    size_t len = mssl_message_encode_request(body, request);

    rv = mssl_channel_send(fd, what, body, len, patience);
    if (rv == APR_SUCCESS) {
        rv = mssl_channel_receive(fd, head, sizeof(head), patience);
    }
    if (rv == APR_SUCCESS) {
        rv = mssl_message_decode_head(head, MSSL_PEER_ASKED, &type, &len);
    }
    if (rv != APR_SUCCESS) {
        return rv;
    }
    heard = apr_palloc(pool, len);
    rv = mssl_channel_receive(fd, heard, len, patience);
    if (rv == APR_SUCCESS) {
        rv = mssl_message_decode_reply(reply, heard, len);
    }
    if (rv != APR_SUCCESS) {
        OPENSSL_cleanse(heard, len); /* half an answer may hold a key */
    }
    return rv;
}

/* Whether a connection was cut: the broker was restarted, or took an idle one down. */
static int is_cut(apr_status_t rv)
{
    return rv == APR_EOF || APR_STATUS_IS_ECONNRESET(rv) || APR_STATUS_IS_EPIPE(rv);
}

/* Over connections of before a restart until one is not cut: at most all of them and a new one. */
static apr_status_t try_all(mssl_exchange_t *exchange, mssl_message_type_t what,
                            const mssl_request_t *request, mssl_found_t *reply, apr_pool_t *pool,
                            mssl_patience_t *patience, apr_time_t *asked)
{
    apr_status_t rv;
    int fd, i;

    for (i = 0; i <= MSSL_BROKER_CONNECTIONS; i++) {
        rv = take(exchange, &fd, patience);
        if (rv != APR_SUCCESS) {
            return rv;
        }
        *asked = mssl_monotonic_now();
        if (fd < 0) {
            rv = mssl_channel_connect(&fd, exchange->dispatcher, exchange->uid, patience);
        }
        if (rv == APR_SUCCESS) {
            rv = ask(fd, what, request, reply, pool, patience);
        }
        if (rv != APR_SUCCESS && fd >= 0) {
            close(fd);
            fd = -1;
        }
        give(exchange, fd);
        if (!is_cut(rv)) {
            return rv;
        }
    }
    return rv;
}

apr_status_t mssl_exchange_ask(mssl_exchange_t *exchange, mssl_message_type_t what,
                               const mssl_request_t *request, mssl_found_t *reply, apr_pool_t *pool,
                               mssl_patience_t *patience, apr_time_t *asked)
{
    apr_status_t rv;

    *asked = 0;
    rv = try_all(exchange, what, request, reply, pool, patience, asked);
    mssl_counters_add(exchange->counters, MSSL_COUNT_BROKER_REQUESTS);
    if (APR_STATUS_IS_TIMEUP(rv)) {
        mssl_counters_add(exchange->counters, MSSL_COUNT_BROKER_TIMEOUTS);
    }
    return rv;
}
