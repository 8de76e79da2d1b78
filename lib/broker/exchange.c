/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "lib/broker/exchange.h"

#include <apr_thread_cond.h>
#include <apr_thread_mutex.h>
#include <openssl/crypto.h>
#include <unistd.h>

#include "lib/broker/channel.h"

struct mssl_exchange_t {
    int dispatcher;
    uid_t uid;
    mssl_counters_t *counters;   /**< or NULL */
    apr_thread_mutex_t *lock;
    apr_thread_cond_t *returned; /**< a connection is free */
    int idle[MSSL_BROKER_CONNECTIONS];
    int nidle, nused;            /**< under the lock */
};

static apr_status_t close_all(void *data)
{
    mssl_exchange_t *exchange = data;

    while (exchange->nidle > 0) {
        close(exchange->idle[--exchange->nidle]);
    }
    return APR_SUCCESS;
}

apr_status_t mssl_exchange_make(mssl_exchange_t **out, int dispatcher, uid_t uid, apr_pool_t *pool)
{
    mssl_exchange_t *exchange = apr_pcalloc(pool, sizeof(*exchange));
    apr_status_t rv = apr_thread_mutex_create(&exchange->lock, APR_THREAD_MUTEX_DEFAULT, pool);

    *out = NULL;
    if (rv == APR_SUCCESS) {
        rv = apr_thread_cond_create(&exchange->returned, pool);
    }
    if (rv != APR_SUCCESS) {
        return rv;
    }
    exchange->dispatcher = dispatcher;
    exchange->uid = uid;
    apr_pool_cleanup_register(pool, exchange, close_all, apr_pool_cleanup_null);
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
static apr_status_t take(mssl_exchange_t *exchange, int *fd, apr_time_t deadline)
{
    apr_status_t rv = APR_SUCCESS;
    apr_time_t left;

    *fd = -1;
    apr_thread_mutex_lock(exchange->lock);
    while (exchange->nused >= MSSL_BROKER_CONNECTIONS && rv == APR_SUCCESS) {
        left = deadline - apr_time_now();
        rv = left > 0 ? apr_thread_cond_timedwait(exchange->returned, exchange->lock, left)
                      : APR_TIMEUP;
    }
    if (rv == APR_SUCCESS) {
        exchange->nused++;
        if (exchange->nidle > 0) {
            *fd = exchange->idle[--exchange->nidle];
        }
    }
    apr_thread_mutex_unlock(exchange->lock);
    return rv;
}

/* Give it back; -1: there is none any more. */
static void give(mssl_exchange_t *exchange, int fd)
{
    apr_thread_mutex_lock(exchange->lock);
    exchange->nused--;
    if (fd >= 0) {
        exchange->idle[exchange->nidle++] = fd;
    }
    apr_thread_cond_signal(exchange->returned);
    apr_thread_mutex_unlock(exchange->lock);
}

static apr_status_t ask(int fd, mssl_message_type_t what, const mssl_request_t *request,
                        mssl_found_t *reply, apr_pool_t *pool, apr_time_t deadline)
{
    unsigned char body[MSSL_REQUEST_MAX], head[MSSL_MESSAGE_HEAD], *heard;
    mssl_message_type_t type;
    apr_status_t rv;
    size_t len = mssl_message_encode_request(body, request);

    rv = mssl_channel_send(fd, what, body, len, deadline);
    if (rv == APR_SUCCESS) {
        rv = mssl_channel_receive(fd, head, sizeof(head), deadline);
    }
    if (rv == APR_SUCCESS) {
        rv = mssl_message_decode_head(head, MSSL_PEER_ASKED, &type, &len);
    }
    if (rv != APR_SUCCESS) {
        return rv;
    }
    heard = apr_palloc(pool, len);
    rv = mssl_channel_receive(fd, heard, len, deadline);
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
                            apr_time_t deadline, apr_time_t *asked)
{
    apr_status_t rv;
    int fd, i;

    for (i = 0; i <= MSSL_BROKER_CONNECTIONS; i++) {
        rv = take(exchange, &fd, deadline);
        if (rv != APR_SUCCESS) {
            return rv;
        }
        *asked = apr_time_now();
        if (fd < 0) {
            rv = mssl_channel_connect(&fd, exchange->dispatcher, exchange->uid, deadline);
        }
        if (rv == APR_SUCCESS) {
            rv = ask(fd, what, request, reply, pool, deadline);
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
                               apr_time_t deadline, apr_time_t *asked)
{
    apr_status_t rv;

    *asked = 0;
    rv = try_all(exchange, what, request, reply, pool, deadline, asked);
    mssl_counters_add(exchange->counters, MSSL_COUNT_BROKER_REQUESTS);
    if (APR_STATUS_IS_TIMEUP(rv)) {
        mssl_counters_add(exchange->counters, MSSL_COUNT_BROKER_TIMEOUTS);
    }
    return rv;
}
