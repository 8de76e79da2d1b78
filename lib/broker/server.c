/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "lib/broker/server.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/base/material.h"
#include "lib/base/monotonic.h"
#include "lib/base/reason.h"
#include "lib/broker/channel.h"
#include "lib/broker/workers.h"

/** A peer that does not take its answer keeps a worker no longer than this. */
#define SEND_TIMEOUT (2 * APR_USEC_PER_SEC)
#define EVENTS 64
/** While requests wait for a worker, so often is looked whether one hangs, milliseconds. */
#define HANG_TICK 200
#define NOTICES (MSSL_BROKER_MALFORMED + 1)
/** What the workers take for the source of names that are recalled: no source keeps them busy. */
#define MEMORY (-1)
/** How soon the end of the last connection is noticed, milliseconds. */
#define DRAIN_TICK 200

/**
 * One connection. Belongs to the hearing thread while it is armed in epoll (one shot), and to a
 * worker from the queue on until that arms it again.
 */
typedef struct peer_t {
    mssl_job_t job;              /* its request, for a worker */
    struct peer_t *next, **back; /* in the list of all; under the lock */
    int fd;
    mssl_peer_id_t id;
    mssl_peer_state_t state;
    size_t used;
    mssl_message_type_t asked;
    mssl_request_t request;
    unsigned char heard[MSSL_MESSAGE_HEAD + MSSL_REQUEST_MAX];
} peer_t;

typedef struct server_t {
    const mssl_broker_conf_t *conf;
    mssl_finder_t finder;
    mssl_watch_t *watch; /* NULL: none, children ask each time */
    int dispatcher; /* -1 when nobody can come any more */
    int poll;
    mssl_workers_t *workers;
    pthread_mutex_t lock;
    peer_t *peers;
    int npeers;
    struct {
        apr_time_t told;
        unsigned int left_out;
    } notices[NOTICES]; /* of the hearing thread */
} server_t;

static void notice(server_t *server, mssl_broker_notice_t what, const mssl_peer_id_t *who)
{
    apr_interval_time_t every = server->conf->notice_every > 0 ? server->conf->notice_every
                                                               : MSSL_BROKER_NOTICE_EVERY;
    apr_time_t now = apr_time_now(), told = server->notices[what].told;

    if (server->conf->notice == NULL) {
        return;
    }
    if (told != 0 && now >= told && now - told < every) {
        server->notices[what].left_out++;
        return;
    }
    server->conf->notice(server->conf->notice_baton, what, who->pid, who->uid,
                         server->notices[what].left_out);
    server->notices[what].told = now;
    server->notices[what].left_out = 0;
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

/* Whether the child has given up waiting: then nobody needs the answer. */
static int is_gone(const peer_t *peer)
{
    char byte;

    return recv(peer->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 0;
}

/*
 * Whether there are too many connections, of this process or at all. A process that asked for names
 * that hang, and has given up, is not to lose its way to all others.
 */
static int is_crowded(server_t *server, pid_t pid)
{
    const peer_t *peer;
    int all, own = 0, gone = 0;

    pthread_mutex_lock(&server->lock);
    all = server->npeers;
    for (peer = server->peers; peer != NULL; peer = peer->next) {
        if (peer->id.pid == pid) {
            own++;
            gone += is_gone(peer); /* it is in the list, so its socket is open */
        }
    }
    pthread_mutex_unlock(&server->lock);
    return all >= MSSL_BROKER_PEERS_MAX || own - gone >= MSSL_BROKER_PEERS_A_PROCESS
           || gone >= MSSL_BROKER_GONE_A_PROCESS;
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
    /* Into an empty socket: no waiting. */
    if (mssl_channel_send(fd, MSSL_MESSAGE_HELLO, NULL, 0, NULL) != APR_SUCCESS
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
    size_t len;

    if (peer->used < MSSL_MESSAGE_HEAD) {
        return APR_EAGAIN;
    }
    if (mssl_message_decode_head(peer->heard, peer->state, &peer->asked, &len) != APR_SUCCESS
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
    peer->job.source = peer->asked == MSSL_MESSAGE_RECALL ? MEMORY : peer->request.source;
    memcpy(peer->job.key, peer->request.key, sizeof(peer->job.key));
    mssl_workers_add(server->workers, &peer->job);
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

static void note_answer(void *baton, int source)
{
    mssl_watch_note_answer(baton, source);
}

/* What lies there for the peer's request, judged. */
static apr_status_t find(const server_t *server, const mssl_request_t *request,
                         mssl_question_t *question)
{
    apr_time_t as_of = apr_time_now();
    apr_status_t rv;

    question->known = request->has_known ? &request->known : NULL;
    rv = mssl_finder_find(&server->finder, request->source, question);
    if (rv == APR_EEXIST && server->watch != NULL) {
        mssl_watch_note(server->watch, request->source, request->key, &request->known, as_of);
    }
    if ((rv == APR_EEXIST || rv == APR_SUCCESS) && server->watch != NULL) {
        mssl_watch_note_use(server->watch, request->source, request->key);
    }
    return rv;
}

static apr_status_t answer(const server_t *server, const peer_t *peer, int is_busy,
                           apr_pool_t *pool)
{
    const mssl_request_t *request = &peer->request;
    mssl_found_t reply;
    mssl_question_t question = { .key = request->key, .pool = pool, .out = &reply.material,
                                 .why = &reply.why };
    mssl_patience_t patience;
    unsigned char *body;
    apr_status_t rv;
    size_t len;

    memset(&reply, 0, sizeof(reply));
    if (is_busy) {
        reply.rv = APR_EBUSY; /* no reason: whoever waits for the answer tells, if none comes */
    }
    else if (peer->asked == MSSL_MESSAGE_RECALL) {
        reply.rv = mssl_finder_recall(&server->finder, request->source, &question);
    }
    else {
        reply.rv = find(server, request, &question);
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
        mssl_patience_begin(&patience, SEND_TIMEOUT, mssl_monotonic_now());
        rv = mssl_channel_send(peer->fd, MSSL_MESSAGE_ANSWER, body, len,
                               is_busy ? NULL : &patience);
        OPENSSL_cleanse(body, len);
    }
    return rv;
}

/* By a worker. */
static void serve_peer(void *baton, mssl_job_t *job, int is_busy, apr_pool_t *pool)
{
    server_t *server = baton;
    peer_t *peer = (peer_t *)job; /* its first member */
    apr_status_t rv = is_gone(peer) ? APR_EOF : answer(server, peer, is_busy, pool);

    peer->state = MSSL_PEER_IDLE;
    if (rv != APR_SUCCESS || arm(server, peer, EPOLL_CTL_MOD) != APR_SUCCESS) {
        end_peer(server, peer);
    }
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
        n = epoll_wait(server->poll, events, EVENTS, mssl_workers_tick(server->workers) ? HANG_TICK
                       : server->dispatcher >= 0 ? -1 : DRAIN_TICK);
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

static apr_status_t start(server_t *server)
{
    const mssl_broker_conf_t *conf = server->conf;
    struct epoll_event event = { .events = EPOLLIN, .data = { .ptr = NULL } };

    server->poll = epoll_create1(EPOLL_CLOEXEC);
    if (server->poll < 0
        || epoll_ctl(server->poll, EPOLL_CTL_ADD, server->dispatcher, &event) != 0) {
        return errno;
    }
    server->workers = mssl_workers_new(
        conf->workers > 0 ? conf->workers : MSSL_BROKER_WORKERS,
        conf->workers_a_source > 0 ? conf->workers_a_source : MSSL_BROKER_WORKERS_A_SOURCE,
        serve_peer, server);
    return server->workers != NULL ? APR_SUCCESS : APR_ENOTHREAD;
}

/* No peer is left, so nobody works. */
static void stop(server_t *server)
{
    mssl_workers_free(server->workers);
    if (server->watch != NULL) {
        mssl_watch_end(server->watch);
    }
    close(server->poll);
    pthread_mutex_destroy(&server->lock);
    free(server);
}

apr_status_t mssl_broker_serve(const mssl_broker_conf_t *conf, int dispatcher)
{
    server_t *server = calloc(1, sizeof(*server));
    apr_status_t rv;

    if (server == NULL || pthread_mutex_init(&server->lock, NULL) != 0) {
        free(server);
        return APR_ENOMEM;
    }
    server->conf = conf;
    server->finder = conf->finder;
    server->dispatcher = dispatcher;
    if (conf->watch != NULL
        && mssl_watch_begin(conf->watch, conf->finder.fetch, conf->finder.fetch_baton) == APR_SUCCESS) {
        server->watch = conf->watch;
        server->finder.answered = note_answer;
        server->finder.answered_baton = conf->watch;
    }
    rv = start(server);
    if (rv == APR_SUCCESS) {
        rv = hear(server);
    }
    if (rv == APR_SUCCESS) {
        stop(server);
    }
    /* Otherwise a worker may hang in a file system: the process ends under it. */
    return rv;
}
