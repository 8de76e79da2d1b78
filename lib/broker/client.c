/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "lib/broker/client.h"

#include <apr_strings.h>
#include <apr_thread_cond.h>
#include <apr_thread_mutex.h>
#include <openssl/crypto.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/reason.h"
#include "lib/broker/channel.h"

/** Sources are told apart in so many places. */
#define PLACES 64

struct mssl_broker_client_t {
    int dispatcher;
    uid_t uid;
    const mssl_watch_t *watch;
    apr_interval_time_t timeout;
    apr_thread_mutex_t *lock;
    apr_thread_cond_t *returned; /**< a connection is free */
    int idle[MSSL_BROKER_CONNECTIONS];
    int nidle, nused;            /**< under the lock */
    /** When a source that did not answer may be asked again; 0: it answers. Atomic. */
    apr_time_t retry[PLACES];
};

static apr_status_t close_all(void *data)
{
    mssl_broker_client_t *client = data;

    while (client->nidle > 0) {
        close(client->idle[--client->nidle]);
    }
    return APR_SUCCESS;
}

apr_status_t mssl_broker_client_make(mssl_broker_client_t **out, int dispatcher, uid_t uid,
                                     const mssl_watch_t *watch, apr_interval_time_t timeout,
                                     apr_pool_t *pool)
{
    mssl_broker_client_t *client = apr_pcalloc(pool, sizeof(*client));
    apr_status_t rv;

    *out = NULL;
    client->dispatcher = dispatcher;
    client->uid = uid;
    client->watch = watch;
    client->timeout = timeout;
    rv = apr_thread_mutex_create(&client->lock, APR_THREAD_MUTEX_DEFAULT, pool);
    if (rv == APR_SUCCESS) {
        rv = apr_thread_cond_create(&client->returned, pool);
    }
    if (rv != APR_SUCCESS) {
        return rv;
    }
    apr_pool_cleanup_register(pool, client, close_all, apr_pool_cleanup_null);
    *out = client;
    return APR_SUCCESS;
}

/**
 * Have the use of a connection.
 * @param fd out: an idle one, or -1: the caller makes one
 */
static apr_status_t take(mssl_broker_client_t *client, int *fd, apr_time_t deadline)
{
    apr_status_t rv = APR_SUCCESS;
    apr_time_t left;

    *fd = -1;
    apr_thread_mutex_lock(client->lock);
    while (client->nused >= MSSL_BROKER_CONNECTIONS && rv == APR_SUCCESS) {
        left = deadline - apr_time_now();
        rv = left > 0 ? apr_thread_cond_timedwait(client->returned, client->lock, left)
                      : APR_TIMEUP;
    }
    if (rv == APR_SUCCESS) {
        client->nused++;
        if (client->nidle > 0) {
            *fd = client->idle[--client->nidle];
        }
    }
    apr_thread_mutex_unlock(client->lock);
    return rv;
}

/* Give it back; -1: there is none any more. */
static void give(mssl_broker_client_t *client, int fd)
{
    apr_thread_mutex_lock(client->lock);
    client->nused--;
    if (fd >= 0) {
        client->idle[client->nidle++] = fd;
    }
    apr_thread_cond_signal(client->returned);
    apr_thread_mutex_unlock(client->lock);
}

static apr_status_t ask(int fd, const mssl_request_t *request, mssl_found_t *reply,
                        apr_pool_t *pool, apr_time_t deadline)
{
    unsigned char body[MSSL_REQUEST_MAX], head[MSSL_MESSAGE_HEAD], *heard;
    mssl_message_type_t type;
    apr_status_t rv;
    size_t len = mssl_message_encode_request(body, request);

    rv = mssl_channel_send(fd, MSSL_MESSAGE_FETCH, body, len, deadline);
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
static apr_status_t exchange(mssl_broker_client_t *client, const mssl_request_t *request,
                             mssl_found_t *reply, apr_pool_t *pool, apr_time_t deadline)
{
    apr_status_t rv;
    int fd, i;

    for (i = 0; i <= MSSL_BROKER_CONNECTIONS; i++) {
        rv = take(client, &fd, deadline);
        if (rv != APR_SUCCESS) {
            return rv;
        }
        if (fd < 0) {
            rv = mssl_channel_connect(&fd, client->dispatcher, client->uid, deadline);
        }
        if (rv == APR_SUCCESS) {
            rv = ask(fd, request, reply, pool, deadline);
        }
        if (rv != APR_SUCCESS && fd >= 0) {
            close(fd);
            fd = -1;
        }
        give(client, fd);
        if (!is_cut(rv)) {
            return rv;
        }
    }
    return rv;
}

/* Whether a source may be asked: one that did not answer is tried by one thread at a time. */
static int may_ask(mssl_broker_client_t *client, apr_time_t *retry)
{
    apr_time_t was = __atomic_load_n(retry, __ATOMIC_RELAXED), now;

    if (was == 0) {
        return 1;
    }
    now = apr_time_now();
    return now >= was
           && __atomic_compare_exchange_n(retry, &was, now + 2 * client->timeout, 0,
                                          __ATOMIC_RELAXED, __ATOMIC_RELAXED);
}

apr_status_t mssl_broker_client_open(void *baton, int source, const char *key,
                                     const mssl_stamp_t *known, mssl_material_t *out,
                                     apr_time_t *as_of, apr_pool_t *pool, mssl_reason_t *why)
{
    mssl_broker_client_t *client = baton;
    apr_time_t *retry = &client->retry[(unsigned)source % PLACES];
    mssl_request_t request;
    mssl_found_t reply;
    apr_status_t rv;

    if (known != NULL && client->watch != NULL
        && mssl_watch_has_seen(client->watch, source, key, known, as_of)) {
        out->stamp = *known;
        return APR_EEXIST;
    }
    if (!may_ask(client, retry)) {
        return mssl_reason_set(why, APR_TIMEUP, "the broker did not answer in time; it is "
                               "asked again in some seconds");
    }
    memset(&request, 0, sizeof(request));
    request.source = source;
    apr_cpystrn(request.key, key, sizeof(request.key));
    if (known != NULL) {
        request.has_known = 1;
        request.known = *known;
    }
    rv = exchange(client, &request, &reply, pool, apr_time_now() + client->timeout);
    if (rv != APR_SUCCESS) {
        __atomic_store_n(retry, apr_time_now() + client->timeout, __ATOMIC_RELAXED);
        if (APR_STATUS_IS_TIMEUP(rv)) {
            return mssl_reason_set(why, APR_TIMEUP, "the broker did not answer within %d ms; it is "
                                   "down (see MSSL0152 in this log), or the store's file system "
                                   "hangs", (int)apr_time_as_msec(client->timeout));
        }
        return mssl_reason_set(why, rv, "the broker cannot be asked (error %d); see its own lines "
                               "in this log", rv);
    }
    __atomic_store_n(retry, 0, __ATOMIC_RELAXED);
    *out = reply.material;
    *why = reply.why;
    return reply.rv;
}
