/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "lib/broker/client.h"

#include <apr_strings.h>
#include <apr_thread_cond.h>
#include <apr_thread_mutex.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/hash.h"
#include "lib/base/material.h"
#include "lib/base/monotonic.h"
#include "lib/base/reason.h"
#include "lib/broker/exchange.h"

/** Sources are told apart in so many places. */
#define PLACES 64
/** Names that did not answer in time are remembered in so many. */
#define SLOW_NAMES 256
/** ... and left alone for so many times the time that was waited for them. */
#define SLOW_RESTS 5
/** A source rests twice as long each time, so often. */
#define DOUBLINGS 6
/** Whoever finds out whether a source that hung is back waits for that part of the timeout. */
#define PROBE_PART 16
/** So many names at a time may find that out: the first may be one that hangs. */
#define PROBES 4
/** Who asks for what was good last, of which nothing can hang, waits for that part of the timeout. */
#define RECALL_PART 4

/** A source that did not answer, for more than one of its names. Under the lock. */
typedef struct place_t {
    apr_time_t retry;        /* monotonic, as all times here: when it may be asked again; 0: it answers */
    apr_uint64_t slow;       /* hash of a name that did not answer, and none has since; 0: none */
    unsigned char rests;
    unsigned char is_hung;   /* it timed out: only a thread of ours asks it */
    unsigned char probes;    /* so many do */
} place_t;

typedef struct slow_t {
    apr_uint64_t hash;
    apr_time_t until;
} slow_t;

struct mssl_broker_client_t {
    mssl_exchange_t *exchange;
    const mssl_watch_t *watch;
    apr_interval_time_t timeout;
    apr_thread_mutex_t *lock;
    apr_thread_cond_t *returned; /**< a thread of ours is through */
    int nprobes;                 /**< threads of ours */
    place_t place[PLACES];
    slow_t slow[SLOW_NAMES];
    apr_time_t recall;           /**< atomic: when it may be asked for again */
    mssl_hash_seed_t seed;
};

/** A question of a visitor's thread. */
typedef struct question_t {
    mssl_request_t request;
    place_t *place;            /* of its source */
    apr_uint64_t hash;         /* of its name */
    apr_time_t begun;
    apr_time_t asked;          /* when it had a connection, or 0 */
} question_t;

/** A question to a source that hung, asked by a thread of ours. */
typedef struct probe_t {
    mssl_broker_client_t *client;
    mssl_request_t request;
    apr_uint64_t hash; /* of the name */
} probe_t;

static apr_status_t wait_for_probes(void *data)
{
    mssl_broker_client_t *client = data;

    apr_thread_mutex_lock(client->lock);
    while (client->nprobes > 0) { /* each ends when its time is over */
        apr_thread_cond_wait(client->returned, client->lock);
    }
    apr_thread_mutex_unlock(client->lock);
    return APR_SUCCESS;
}

apr_status_t mssl_broker_client_make(mssl_broker_client_t **out, int dispatcher, uid_t uid,
                                     const mssl_watch_t *watch, apr_interval_time_t timeout,
                                     apr_pool_t *pool)
{
    mssl_broker_client_t *client = apr_pcalloc(pool, sizeof(*client));
    apr_status_t rv;

    *out = NULL;
    client->watch = watch;
    client->timeout = timeout;
    mssl_hash_seed_init(&client->seed);
    rv = mssl_exchange_make(&client->exchange, dispatcher, uid, pool);
    if (rv == APR_SUCCESS) {
        rv = apr_thread_mutex_create(&client->lock, APR_THREAD_MUTEX_DEFAULT, pool);
    }
    if (rv == APR_SUCCESS) {
        rv = apr_thread_cond_create(&client->returned, pool);
    }
    if (rv != APR_SUCCESS) {
        return rv;
    }
    apr_pool_cleanup_register(pool, client, wait_for_probes, apr_pool_cleanup_null);
    *out = client;
    return APR_SUCCESS;
}

void mssl_broker_client_set_counters(mssl_broker_client_t *client, mssl_counters_t *counters)
{
    mssl_exchange_set_counters(client->exchange, counters);
}

static slow_t *slow_name(mssl_broker_client_t *client, apr_uint64_t hash)
{
    return &client->slow[hash % SLOW_NAMES];
}

/* It answered. The lock is held. */
static void note_answer(mssl_broker_client_t *client, place_t *place, apr_uint64_t hash)
{
    memset(place, 0, sizeof(*place));
    if (slow_name(client, hash)->hash == hash) {
        slow_name(client, hash)->until = 0;
    }
}

static int is_slow(mssl_broker_client_t *client, apr_uint64_t hash, apr_time_t now)
{
    return slow_name(client, hash)->hash == hash && now < slow_name(client, hash)->until;
}

static void note_slow(mssl_broker_client_t *client, apr_uint64_t hash)
{
    slow_name(client, hash)->hash = hash;
    slow_name(client, hash)->until = mssl_monotonic_now() + SLOW_RESTS * client->timeout;
}

/* One that hung is tried by the next name at once, and after each try that failed later. */
static void rest(mssl_broker_client_t *client, place_t *place, int is_hung)
{
    int times = place->rests - is_hung;

    place->retry = mssl_monotonic_now() + (times < 0 ? 0 : client->timeout << times);
    place->is_hung = is_hung;
    place->rests += is_hung && place->rests < DOUBLINGS;
}

/* Whether the broker has had something from the source since the question: then it is not that. */
static int has_answered(const mssl_broker_client_t *client, int source, apr_time_t asked)
{
    return client->watch != NULL && mssl_watch_has_answered(client->watch, source, asked);
}

/*
 * It did not answer in time. That is the name's own trouble, until another name of the source does
 * not answer either, and nothing else of it. The lock is held.
 * @return APR_EBUSY; APR_TIMEUP: the source's
 */
static apr_status_t note_timeout(mssl_broker_client_t *client, const question_t *question)
{
    place_t *place = question->place;
    apr_uint64_t hash = question->hash;

    note_slow(client, hash);
    if (has_answered(client, question->request.source, question->asked)) {
        return APR_EBUSY;
    }
    if (place->slow == 0 || place->slow == hash) {
        place->slow = hash;
        return APR_EBUSY;
    }
    if (place->retry == 0) { /* those that were asked for before the doubt add nothing to it */
        rest(client, place, 1);
    }
    return APR_TIMEUP;
}

static void *probe(void *data)
{
    probe_t *self = data;
    mssl_broker_client_t *client = self->client;
    place_t *place = &client->place[(unsigned)self->request.source % PLACES];
    mssl_patience_t patience;
    mssl_found_t found;
    apr_time_t asked;
    apr_pool_t *pool;
    apr_status_t rv = apr_pool_create_unmanaged_ex(&pool, NULL, NULL);

    if (rv == APR_SUCCESS) {
        mssl_patience_begin(&patience, client->timeout, mssl_monotonic_now());
        rv = mssl_exchange_ask(client->exchange, MSSL_MESSAGE_FETCH, &self->request, &found, pool,
                               &patience, &asked);
        if (rv == APR_SUCCESS) {
            mssl_material_wipe(&found.material);
            rv = found.rv == APR_EBUSY ? APR_EBUSY : APR_SUCCESS;
        }
        apr_pool_destroy(pool);
    }
    apr_thread_mutex_lock(client->lock);
    if (rv == APR_SUCCESS) {
        note_answer(client, place, self->hash);
    }
    else if (APR_STATUS_IS_TIMEUP(rv) && asked != 0
             && has_answered(client, self->request.source, asked)) {
        memset(place, 0, sizeof(*place)); /* it is back, and the name slow */
    }
    else if (place->probes > 0 && --place->probes == 0) { /* 0: it has answered another one */
        rest(client, place, 1);
    }
    client->nprobes--;
    apr_thread_cond_broadcast(client->returned);
    apr_thread_mutex_unlock(client->lock);
    free(self);
    return NULL;
}

/* Ask a source that hung whether it answers again. The lock is held. */
static void start_probe(mssl_broker_client_t *client, place_t *place, apr_uint64_t hash,
                        const mssl_request_t *request)
{
    probe_t *self = malloc(sizeof(*self));
    sigset_t all, before;
    pthread_attr_t attr;
    pthread_t thread;

    if (self == NULL || pthread_attr_init(&attr) != 0) {
        free(self);
        return;
    }
    self->client = client;
    self->hash = hash;
    self->request = *request;
    self->request.has_known = 0;
    pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before); /* signals are for httpd's own threads */
    if (pthread_create(&thread, &attr, probe, self) == 0) {
        note_slow(client, hash); /* unless it answers, another name is to try next */
        place->probes++;
        client->nprobes++;
    }
    else {
        free(self);
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attr);
}

/*
 * Whether a source that rests is back. One that could not be asked is tried by one thread at a time.
 * One that hung is tried by a thread of ours, with a name that is not known to be slow, so that
 * names that hang do not hide the others. Their visitor waits for a moment: it mostly is the names.
 * The lock is held.
 */
static int is_back(mssl_broker_client_t *client, place_t *place, apr_uint64_t hash,
                   const mssl_request_t *request)
{
    apr_time_t now = mssl_monotonic_now(), until = now + client->timeout / PROBE_PART;

    if (now < place->retry) {
        return 0;
    }
    if (!place->is_hung) {
        place->retry = now + 2 * client->timeout; /* this thread */
        return 1;
    }
    if (place->probes >= PROBES || is_slow(client, hash, now)) {
        return 0;
    }
    start_probe(client, place, hash, request);
    while (place->probes > 0 && (now = mssl_monotonic_now()) < until) {
        apr_thread_cond_timedwait(client->returned, client->lock, until - now);
    }
    return place->retry == 0;
}

/* Whether a name may be asked for now. */
static apr_status_t may_ask(mssl_broker_client_t *client, place_t *place, apr_uint64_t hash,
                            const mssl_request_t *request, mssl_reason_t *why)
{
    apr_status_t rv = APR_SUCCESS;

    apr_thread_mutex_lock(client->lock);
    if (place->retry != 0) {
        if (!is_back(client, place, hash, request)) {
            rv = mssl_reason_set(why, APR_TIMEUP, "the broker did not answer in time; it is asked "
                                 "again in some seconds");
        }
    }
    else if (is_slow(client, hash, mssl_monotonic_now())) {
        rv = APR_EBUSY; /* no reason: it was told when it began */
    }
    apr_thread_mutex_unlock(client->lock);
    return rv;
}

/*
 * Whether a question had to wait for a connection so long that what was left of its time says
 * nothing.
 */
static int has_waited(const mssl_broker_client_t *client, const question_t *question)
{
    return question->asked == 0 || question->asked - question->begun > client->timeout / 2;
}

/* The outcome of a question that was not answered. */
static apr_status_t fail(mssl_broker_client_t *client, const question_t *question, apr_status_t rv,
                         mssl_reason_t *why)
{
    if (APR_STATUS_IS_TIMEUP(rv) && has_waited(client, question)) {
        return APR_EBUSY; /* no reason: it is nobody's, and is asked again soon */
    }
    apr_thread_mutex_lock(client->lock);
    if (APR_STATUS_IS_TIMEUP(rv)) {
        rv = note_timeout(client, question);
    }
    else {
        rest(client, question->place, 0);
    }
    apr_thread_mutex_unlock(client->lock);
    if (rv == APR_EBUSY) {
        return mssl_reason_set(why, rv, "its files could not be read within %d ms: their file "
                               "system hangs, a PFX has a high count of iterations, or the "
                               "broker is down (MSSL0152)",
                               (int)apr_time_as_msec(client->timeout));
    }
    if (APR_STATUS_IS_TIMEUP(rv)) {
        return mssl_reason_set(why, rv, "the broker did not answer within %d ms; it is down (see "
                               "MSSL0152 in this log), or the store's file system hangs",
                               (int)apr_time_as_msec(client->timeout));
    }
    return mssl_reason_set(why, rv, "the broker cannot be asked (error %d); see its own lines in "
                           "this log", rv);
}

apr_status_t mssl_broker_client_open(void *baton, int source, mssl_question_t *asked)
{
    mssl_broker_client_t *client = baton;
    question_t question = { .place = &client->place[(unsigned)source % PLACES] };
    place_t *place = question.place;
    mssl_patience_t patience;
    mssl_found_t reply;
    apr_status_t rv;

    if (asked->known != NULL && client->watch != NULL
        && mssl_watch_has_looked(client->watch, source, asked->key, asked->known, &asked->as_of)) {
        asked->out->stamp = *asked->known;
        return APR_EEXIST;
    }
    question.request.source = source;
    apr_cpystrn(question.request.key, asked->key, sizeof(question.request.key));
    if (asked->known != NULL) {
        question.request.has_known = 1;
        question.request.known = *asked->known;
    }
    question.hash = mssl_hash_bytes(&client->seed, asked->key, strlen(asked->key))
                    + (apr_uint64_t)source + 1;
    rv = may_ask(client, place, question.hash, &question.request, asked->why);
    if (rv != APR_SUCCESS) {
        return rv;
    }
    question.begun = mssl_monotonic_now();
    mssl_patience_begin(&patience, client->timeout, question.begun);
    rv = mssl_exchange_ask(client->exchange, MSSL_MESSAGE_FETCH, &question.request, &reply,
                           asked->pool, &patience, &question.asked);
    if (rv != APR_SUCCESS) {
        return fail(client, &question, rv, asked->why);
    }
    apr_thread_mutex_lock(client->lock);
    if (reply.rv != APR_EBUSY) {
        note_answer(client, place, question.hash);
    }
    else if (!place->is_hung) {
        place->retry = 0; /* of a source that hangs it says nothing new */
    }
    apr_thread_mutex_unlock(client->lock);
    *asked->out = reply.material;
    *asked->why = reply.why;
    return reply.rv;
}

apr_status_t mssl_broker_client_recall(void *baton, int source, mssl_question_t *asked)
{
    mssl_broker_client_t *client = baton;
    mssl_request_t request = { .source = source };
    apr_time_t now = mssl_monotonic_now(), begun;
    mssl_patience_t patience;
    mssl_found_t reply;
    apr_status_t rv;

    if (now < __atomic_load_n(&client->recall, __ATOMIC_RELAXED)) {
        return APR_TIMEUP;
    }
    apr_cpystrn(request.key, asked->key, sizeof(request.key));
    mssl_patience_begin(&patience, client->timeout / RECALL_PART, now);
    rv = mssl_exchange_ask(client->exchange, MSSL_MESSAGE_RECALL, &request, &reply, asked->pool,
                           &patience, &begun);
    if (rv != APR_SUCCESS) {
        __atomic_store_n(&client->recall, mssl_monotonic_now() + client->timeout, __ATOMIC_RELAXED);
        return rv;
    }
    *asked->out = reply.material;
    *asked->why = reply.why;
    return reply.rv;
}
