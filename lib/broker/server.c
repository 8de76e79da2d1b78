/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "lib/broker/server.h"

#include <apr_allocator.h>
#include <errno.h>
#include <openssl/crypto.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/base/material.h"
#include "lib/base/reason.h"
#include "lib/broker/channel.h"

/** A peer that does not take its answer keeps a worker no longer than this. */
#define SEND_TIMEOUT (2 * APR_USEC_PER_SEC)
/** Requests under way are counted by source in so many places. */
#define PLACES 64
#define EVENTS 64
/** What a worker's pool may keep between requests, bytes. */
#define POOL_KEEP ((apr_size_t)64 * 1024)
/** How soon the end of the last connection is noticed, milliseconds. */
#define DRAIN_TICK 200

/**
 * One connection. Belongs to the hearing thread while it is armed in epoll (one shot), and to a
 * worker from the queue on until that arms it again.
 */
typedef struct peer_t {
    struct peer_t *next, **back; /* in the list of all; under the lock */
    struct peer_t *behind;       /* in the queue; under the lock */
    int fd;
    mssl_peer_id_t id;
    mssl_peer_state_t state;
    size_t used;
    mssl_request_t request;
    unsigned char heard[MSSL_MESSAGE_HEAD + MSSL_REQUEST_MAX];
} peer_t;

typedef struct server_t {
    const mssl_broker_conf_t *conf;
    mssl_watch_t *watch; /* NULL: none, children ask each time */
    int dispatcher; /* -1 when nobody can come any more */
    int poll;
    int workers_a_source;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    peer_t *peers;
    int npeers;
    peer_t *first, **last; /* the queue */
    int busy[PLACES];      /* workers by source */
    int is_over;
} server_t;

static void notice(const server_t *server, mssl_broker_notice_t what, const mssl_peer_id_t *who)
{
    if (server->conf->notice != NULL) {
        server->conf->notice(server->conf->notice_baton, what, who->pid, who->uid);
    }
}

/* By its owner. Closing takes it out of epoll. */
static void end_peer(server_t *server, peer_t *peer)
{
    pthread_mutex_lock(&server->lock);
    *peer->back = peer->next;
    if (peer->next != NULL) {
        peer->next->back = peer->back;
    }
    server->npeers--;
    pthread_mutex_unlock(&server->lock);
    close(peer->fd);
    free(peer);
}

/* Whether there are too many connections, of this process or at all. */
static int is_crowded(server_t *server, pid_t pid)
{
    const peer_t *peer;
    int all, own = 0;

    pthread_mutex_lock(&server->lock);
    all = server->npeers;
    for (peer = server->peers; peer != NULL; peer = peer->next) {
        own += peer->id.pid == pid;
    }
    pthread_mutex_unlock(&server->lock);
    return all >= MSSL_BROKER_PEERS_MAX || own >= MSSL_BROKER_PEERS_A_PROCESS;
}

/*
 * Hand a peer to the hearing thread. The lock, which that takes first, orders what both write to
 * the peer.
 */
static apr_status_t arm(server_t *server, peer_t *peer, int op)
{
    struct epoll_event event = { .events = EPOLLIN | EPOLLRDHUP | EPOLLONESHOT,
                                 .data = { .ptr = peer } };
    int rc;

    pthread_mutex_lock(&server->lock);
    rc = epoll_ctl(server->poll, op, peer->fd, &event);
    pthread_mutex_unlock(&server->lock);
    return rc == 0 ? APR_SUCCESS : errno;
}

static void take_over(server_t *server)
{
    pthread_mutex_lock(&server->lock);
    pthread_mutex_unlock(&server->lock);
}

static void add_peer(server_t *server, int fd, const mssl_peer_id_t *who)
{
    peer_t *peer = calloc(1, sizeof(*peer));

    if (peer == NULL) {
        close(fd);
        return;
    }
    peer->fd = fd;
    peer->id = *who;
    peer->state = MSSL_PEER_IDLE;
    pthread_mutex_lock(&server->lock);
    peer->next = server->peers;
    peer->back = &server->peers;
    if (peer->next != NULL) {
        peer->next->back = &peer->next;
    }
    server->peers = peer;
    server->npeers++;
    pthread_mutex_unlock(&server->lock);
    /* Into an empty socket: no waiting, so a deadline that is past. */
    if (mssl_channel_send(fd, MSSL_MESSAGE_HELLO, NULL, 0, 0) != APR_SUCCESS
        || arm(server, peer, EPOLL_CTL_ADD) != APR_SUCCESS) {
        end_peer(server, peer);
    }
}

static void admit(server_t *server, int fd, const mssl_peer_id_t *who)
{
    if (who->uid != server->conf->child_uid && who->uid != 0) {
        notice(server, MSSL_BROKER_STRANGER, who);
        close(fd);
    }
    else if (is_crowded(server, who->pid)) {
        notice(server, MSSL_BROKER_CROWDED, who);
        close(fd);
    }
    else {
        add_peer(server, fd, who);
    }
}

static apr_status_t hear_dispatcher(server_t *server)
{
    mssl_peer_id_t who;
    apr_status_t rv = APR_SUCCESS;
    int fd, i;

    /* So many in a row, so that whoever floods the dispatcher does not keep us from the others. */
    for (i = 0; i < EVENTS && (rv == APR_SUCCESS || rv == APR_EINVAL); i++) {
        rv = mssl_channel_accept(&fd, &who, server->dispatcher);
        if (rv == APR_SUCCESS) {
            admit(server, fd, &who);
        }
    }
    if (rv == APR_EOF || rv == ECONNRESET) {
        epoll_ctl(server->poll, EPOLL_CTL_DEL, server->dispatcher, NULL);
        server->dispatcher = -1;
        return APR_SUCCESS;
    }
    return rv == APR_EINVAL || APR_STATUS_IS_EAGAIN(rv) ? APR_SUCCESS : rv;
}

/**
 * What was heard so far.
 * @return APR_SUCCESS: a whole request; APR_EAGAIN: not yet; APR_EINVAL
 */
static apr_status_t parse(peer_t *peer)
{
    mssl_message_type_t type;
    size_t len;

    if (peer->used < MSSL_MESSAGE_HEAD) {
        return APR_EAGAIN;
    }
    if (mssl_message_decode_head(peer->heard, peer->state, &type, &len) != APR_SUCCESS
        || peer->used > MSSL_MESSAGE_HEAD + len) {
        return APR_EINVAL; /* also for a second request behind the first */
    }
    if (peer->used < MSSL_MESSAGE_HEAD + len) {
        return APR_EAGAIN;
    }
    peer->used = 0;
    return mssl_message_decode_request(&peer->request, peer->heard + MSSL_MESSAGE_HEAD, len);
}

static void enqueue(server_t *server, peer_t *peer)
{
    peer->state = MSSL_PEER_ASKED;
    peer->behind = NULL;
    pthread_mutex_lock(&server->lock);
    *server->last = peer;
    server->last = &peer->behind;
    pthread_cond_signal(&server->wake);
    pthread_mutex_unlock(&server->lock);
}

static void hear_peer(server_t *server, peer_t *peer)
{
    apr_status_t rv;
    ssize_t got;

    take_over(server);
    do {
        got = recv(peer->fd, peer->heard + peer->used, sizeof(peer->heard) - peer->used,
                   MSG_DONTWAIT);
    } while (got < 0 && errno == EINTR);
    if (got == 0 || (got < 0 && errno != EAGAIN)) {
        end_peer(server, peer);
        return;
    }
    peer->used += got > 0 ? (size_t)got : 0;
    rv = parse(peer);
    if (rv == APR_SUCCESS) {
        enqueue(server, peer);
    }
    else if (rv != APR_EAGAIN) {
        notice(server, MSSL_BROKER_MALFORMED, &peer->id);
        end_peer(server, peer);
    }
    else if (arm(server, peer, EPOLL_CTL_MOD) != APR_SUCCESS) {
        end_peer(server, peer);
    }
}

/* The first request whose source has a worker to spare. Under the lock. */
static peer_t *dequeue(server_t *server)
{
    peer_t **at, *peer;

    for (at = &server->first; (peer = *at) != NULL; at = &peer->behind) {
        if (server->busy[peer->request.source % PLACES] < server->workers_a_source) {
            *at = peer->behind;
            if (*at == NULL) {
                server->last = at;
            }
            return peer;
        }
    }
    return NULL;
}

/* Whether the child has given up waiting: then nobody needs the answer. */
static int is_gone(const peer_t *peer)
{
    char byte;

    return recv(peer->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 0;
}

static apr_status_t answer(const server_t *server, const peer_t *peer, apr_pool_t *pool)
{
    const mssl_request_t *request = &peer->request;
    apr_time_t as_of = apr_time_now();
    mssl_found_t reply;
    unsigned char *body;
    apr_status_t rv;
    size_t len;

    memset(&reply, 0, sizeof(reply));
    reply.rv = server->conf->fetch(server->conf->fetch_baton, request->source, request->key,
                                   request->has_known ? &request->known : NULL, &reply.material,
                                   pool, &reply.why);
    if (reply.rv == APR_SUCCESS) {
        server->conf->judge(server->conf->judge_baton, request->key, &reply.material, pool);
    }
    else {
        mssl_material_wipe(&reply.material);
        reply.material.nitems = 0;
    }
    if (reply.rv == APR_EEXIST && server->watch != NULL) {
        mssl_watch_note(server->watch, request->source, request->key, &request->known, as_of);
    }
    rv = mssl_message_encode_reply(&body, &len, &reply, pool);
    mssl_material_wipe(&reply.material);
    if (rv != APR_SUCCESS) {
        memset(&reply, 0, sizeof(reply));
        reply.rv = mssl_reason_set(&reply.why, APR_EINVAL, "the files of '%s' are too large",
                                   request->key);
        rv = mssl_message_encode_reply(&body, &len, &reply, pool);
    }
    if (rv == APR_SUCCESS) {
        rv = mssl_channel_send(peer->fd, MSSL_MESSAGE_ANSWER, body, len,
                               apr_time_now() + SEND_TIMEOUT);
        OPENSSL_cleanse(body, len);
    }
    return rv;
}

static void serve_peer(server_t *server, peer_t *peer, apr_pool_t *pool)
{
    apr_status_t rv = APR_EOF;

    if (!is_gone(peer)) {
        rv = answer(server, peer, pool);
        apr_pool_clear(pool);
    }
    peer->state = MSSL_PEER_IDLE;
    if (rv != APR_SUCCESS || arm(server, peer, EPOLL_CTL_MOD) != APR_SUCCESS) {
        end_peer(server, peer);
    }
}

static void *work(void *data)
{
    server_t *server = data;
    apr_pool_t *pool;
    peer_t *peer;
    int place;

    /* The thread's own, emptied after each request: APR maps memory for a pool and unmaps it. */
    if (apr_pool_create_unmanaged_ex(&pool, NULL, NULL) != APR_SUCCESS) {
        return NULL;
    }
    apr_allocator_max_free_set(apr_pool_allocator_get(pool), POOL_KEEP);
    pthread_mutex_lock(&server->lock);
    while (!server->is_over) {
        peer = dequeue(server);
        if (peer == NULL) {
            pthread_cond_wait(&server->wake, &server->lock);
            continue;
        }
        place = peer->request.source % PLACES;
        server->busy[place]++;
        pthread_mutex_unlock(&server->lock);
        serve_peer(server, peer, pool);
        pthread_mutex_lock(&server->lock);
        server->busy[place]--;
        pthread_cond_signal(&server->wake); /* somebody may have waited for this source */
    }
    pthread_mutex_unlock(&server->lock);
    apr_pool_destroy(pool);
    return NULL;
}

static int has_peers(server_t *server)
{
    int n;

    pthread_mutex_lock(&server->lock);
    n = server->npeers;
    pthread_mutex_unlock(&server->lock);
    return n > 0;
}

static apr_status_t hear(server_t *server)
{
    struct epoll_event events[EVENTS];
    apr_status_t rv = APR_SUCCESS;
    int i, n;

    while (rv == APR_SUCCESS && (server->dispatcher >= 0 || has_peers(server))) {
        n = epoll_wait(server->poll, events, EVENTS, server->dispatcher >= 0 ? -1 : DRAIN_TICK);
        if (n < 0 && errno != EINTR) {
            return errno;
        }
        for (i = 0; i < n && rv == APR_SUCCESS; i++) {
            if (events[i].data.ptr != NULL) {
                hear_peer(server, events[i].data.ptr);
            }
            else {
                rv = hear_dispatcher(server);
            }
        }
    }
    return rv;
}

static apr_status_t start(server_t *server, pthread_t *threads, int wanted, int *started)
{
    struct epoll_event event = { .events = EPOLLIN, .data = { .ptr = NULL } };

    server->poll = epoll_create1(EPOLL_CLOEXEC);
    if (server->poll < 0
        || epoll_ctl(server->poll, EPOLL_CTL_ADD, server->dispatcher, &event) != 0) {
        return errno;
    }
    while (*started < wanted) {
        if (pthread_create(&threads[*started], NULL, work, server) != 0) {
            break;
        }
        ++*started;
    }
    return *started > 0 ? APR_SUCCESS : APR_ENOTHREAD;
}

static void stop(server_t *server, const pthread_t *threads, int n)
{
    int i;

    pthread_mutex_lock(&server->lock);
    server->is_over = 1;
    pthread_cond_broadcast(&server->wake);
    pthread_mutex_unlock(&server->lock);
    for (i = 0; i < n; i++) {
        pthread_join(threads[i], NULL);
    }
    if (server->watch != NULL) {
        mssl_watch_end(server->watch);
    }
    close(server->poll);
    pthread_cond_destroy(&server->wake);
    pthread_mutex_destroy(&server->lock);
    free(server);
}

apr_status_t mssl_broker_serve(const mssl_broker_conf_t *conf, int dispatcher)
{
    int wanted = conf->workers > 0 ? conf->workers : MSSL_BROKER_WORKERS, started = 0;
    server_t *server = calloc(1, sizeof(*server));
    pthread_t threads[wanted];
    apr_status_t rv;

    if (server == NULL) {
        return APR_ENOMEM;
    }
    server->conf = conf;
    server->dispatcher = dispatcher;
    server->last = &server->first;
    server->workers_a_source = conf->workers_a_source > 0 ? conf->workers_a_source
                                                          : MSSL_BROKER_WORKERS_A_SOURCE;
    pthread_mutex_init(&server->lock, NULL);
    pthread_cond_init(&server->wake, NULL);
    if (conf->watch != NULL
        && mssl_watch_begin(conf->watch, conf->fetch, conf->fetch_baton) == APR_SUCCESS) {
        server->watch = conf->watch;
    }
    rv = start(server, threads, wanted, &started);
    if (rv == APR_SUCCESS) {
        rv = hear(server);
    }
    if (rv == APR_SUCCESS) {
        stop(server, threads, started); /* no peer is left, so nobody works */
    }
    /* Otherwise a worker may hang in a file system: the process ends under it. */
    return rv;
}
