/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_TESTS_RIG_H
#define MSSL_TESTS_RIG_H

/** @file rig.h A broker in a process of its own, with names that hang, and clients that ask it. */

#include "tests/unit/test.h"

#include <apr_general.h>
#include <apr_strings.h>
#include <apr_thread_proc.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/base/monotonic.h"
#include "lib/base/reason.h"
#include "lib/broker/channel.h"
#include "lib/broker/client.h"
#include "lib/broker/server.h"

#define SHORT (400 * 1000)
#define SECRET "only for the judge"

/** What the server's process tells the test. */
typedef struct shared_t {
    int fetches, malformed, strangers, crowded, left_out, hung;
    int is_released; /* lets what hangs, and what is costly to judge, go on */
} shared_t;

typedef struct rig_t {
    apr_pool_t *pool;
    shared_t *shared;
    int ends[2];
    mssl_watch_t *watch;
    int last; /* of what was good last */
    apr_interval_time_t notice_every;
    pid_t pid;
} rig_t;

static inline apr_status_t fetch(void *baton, int source, mssl_question_t *question)
{
    const char *key = question->key;
    const mssl_stamp_t *known = question->known;
    mssl_material_t *out = question->out;
    shared_t *shared = baton;

    __atomic_add_fetch(&shared->fetches, 1, __ATOMIC_SEQ_CST);
    if (source == 1 && strcmp(key, "fine.example") != 0) {
        __atomic_add_fetch(&shared->hung, 1, __ATOMIC_SEQ_CST);
        while (!__atomic_load_n(&shared->is_released, __ATOMIC_SEQ_CST)) {
            usleep(10000);
        }
    }
    memset(&out->stamp, 's', sizeof(out->stamp));
    if (known != NULL && memcmp(known, &out->stamp, sizeof(*known)) == 0) {
        return APR_EEXIST;
    }
    if (strcmp(key, "die.example") == 0) {
        _exit(3);
    }
    if (strcmp(key, "gone.example") == 0) {
        return APR_NOTFOUND;
    }
    if (strcmp(key, "error.example") == 0) {
        return mssl_reason_set(question->why, APR_EACCES, "it is locked");
    }
    out->nitems = 2;
    out->item[0].label = out->item[0].key_label = "/store/good";
    out->item[0].format = out->item[1].format = MSSL_FORMAT_PEM;
    out->item[0].cert.len = strcmp(key, "large.example") == 0 ? MSSL_FILE_MAX : 10;
    out->item[0].cert.data = memset(apr_palloc(question->pool, out->item[0].cert.len + 1), 'c',
                                    out->item[0].cert.len);
    out->item[1].label = out->item[1].key_label = "/store/bad";
    out->item[1].cert.data = apr_pstrdup(question->pool, SECRET);
    out->item[1].cert.len = strlen(SECRET);
    return APR_SUCCESS;
}

static inline void judge(void *baton, const char *key, mssl_material_t *material, apr_pool_t *pool)
{
    shared_t *shared = baton;

    (void)pool;
    while (strncmp(key, "costly", 6) == 0
           && !__atomic_load_n(&shared->is_released, __ATOMIC_SEQ_CST)) {
        usleep(10000);
    }
    material->item[1].rv = mssl_reason_set(&material->item[1].why, APR_EINVAL, "not a pair");
}

static inline void count(void *baton, mssl_broker_notice_t what, pid_t pid, uid_t uid,
                  unsigned int left_out)
{
    shared_t *shared = baton;

    (void)uid;
    assert_true(pid > 0);
    shared->left_out += left_out;
    shared->malformed += what == MSSL_BROKER_MALFORMED;
    shared->strangers += what == MSSL_BROKER_STRANGER;
    shared->crowded += what == MSSL_BROKER_CROWDED;
}

static inline const char *identify(void *baton, int source, const char *key, apr_pool_t *pool)
{
    (void)baton;
    (void)key;
    (void)pool;
    return source == 0 ? "zero" : source == 1 ? "one" : NULL;
}

static inline int is_valid(const mssl_item_t *item, apr_time_t now)
{
    (void)item;
    return now > 0;
}

static inline void begin(rig_t *rig)
{
    const mssl_broker_conf_t conf = {
        .finder = { fetch, rig->shared, judge, rig->shared,
                    mssl_lastgood_new(rig->last, rig->pool), NULL, NULL, identify,
                    is_valid }, .notice = count,
        .notice_baton = rig->shared, .watch = rig->watch, .child_uid = geteuid(), .workers = 4,
        .workers_a_source = 2, .notice_every = rig->notice_every
    };

    rig->pid = fork();
    if (rig->pid == 0) {
        close(rig->ends[0]);
        alarm(60); /* whatever happens to the test */
        _exit(mssl_broker_serve(&conf, rig->ends[1]) == APR_SUCCESS ? 0 : 1);
    }
    assert_true(rig->pid > 0);
}

static inline int set_up(void **state)
{
    rig_t *rig = calloc(1, sizeof(*rig));

    rig->shared = mmap(NULL, sizeof(shared_t), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
                       -1, 0);
    assert_true(rig->shared != MAP_FAILED);
    assert_int_equal(apr_pool_create(&rig->pool, NULL), APR_SUCCESS);
    assert_int_equal(mssl_channel_make_dispatcher(rig->ends), APR_SUCCESS);
    assert_int_equal(mssl_watch_make(&rig->watch, apr_time_from_sec(60), rig->pool), APR_SUCCESS);
    assert_int_equal(mssl_lastgood_make(&rig->last, geteuid()), APR_SUCCESS);
    rig->notice_every = 1;
    begin(rig);
    *state = rig;
    return 0;
}

/* The loop ends by itself when nobody is left. */
static inline int tear_down(void **state)
{
    rig_t *rig = *state;
    int status = 0;

    apr_pool_destroy(rig->pool);
    close(rig->ends[0]);
    close(rig->ends[1]);
    close(rig->last);
    rig->shared->is_released = 1;
    assert_int_equal(waitpid(rig->pid, &status, 0), rig->pid);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    munmap(rig->shared, sizeof(shared_t));
    free(rig);
    return 0;
}

/* For a channel of a test's own. */
static inline mssl_patience_t patient(void)
{
    mssl_patience_t patience;

    mssl_patience_begin(&patience, 5 * APR_USEC_PER_SEC, mssl_monotonic_now());
    return patience;
}

static inline mssl_broker_client_t *client_of(rig_t *rig, apr_interval_time_t timeout)
{
    mssl_broker_client_t *client;

    assert_int_equal(mssl_broker_client_make(&client, rig->ends[0], geteuid(), rig->watch, timeout,
                                             rig->pool), APR_SUCCESS);
    return client;
}

static inline apr_status_t open_key(rig_t *rig, mssl_broker_client_t *client, int source, const char *key,
                             mssl_material_t *out)
{
    mssl_reason_t why = { "" };
    mssl_question_t question = { .key = key, .pool = rig->pool, .out = out, .why = &why };

    memset(out, 0, sizeof(*out));
    return mssl_broker_client_open(client, source, &question);
}

/* A connection that says what it may not say is ended; nobody else notices. */
static inline void expect_end(rig_t *rig, const void *bytes, size_t len)
{
    int before = rig->shared->malformed, fetches = rig->shared->fetches, fd;
    char byte;
    mssl_patience_t patience = patient();

    assert_int_equal(mssl_channel_connect(&fd, rig->ends[0], geteuid(), &patience), APR_SUCCESS);
    assert_int_equal(send(fd, bytes, len, MSG_NOSIGNAL), len);
    assert_int_equal(mssl_channel_receive(fd, &byte, 1, &patience), APR_EOF);
    close(fd);
    assert_int_equal(rig->shared->malformed, before + 1);
    assert_int_equal(rig->shared->fetches, fetches);
}

typedef struct asker_t {
    rig_t *rig;
    mssl_broker_client_t *client;
    int source;
    apr_status_t rv;
    apr_time_t took;
    char key[32];
} asker_t;

static inline void *APR_THREAD_FUNC ask(apr_thread_t *thread, void *data)
{
    asker_t *asker = data;
    apr_time_t begin = apr_time_now();
    mssl_reason_t why;
    mssl_question_t question = { .key = asker->key, .why = &why };
    apr_pool_t *pool;

    (void)thread;
    assert_int_equal(apr_pool_create_unmanaged_ex(&pool, NULL, NULL), APR_SUCCESS);
    question.pool = pool;
    question.out = apr_pcalloc(pool, sizeof(*question.out));
    asker->rv = mssl_broker_client_open(asker->client, asker->source, &question);
    asker->took = apr_time_now() - begin;
    apr_pool_destroy(pool);
    return NULL;
}

static inline void start_asking(apr_thread_t **thread, asker_t *asker, rig_t *rig,
                         mssl_broker_client_t *client, int source, const char *key)
{
    *asker = (asker_t){ rig, client, source, 0, 0, "" };
    apr_cpystrn(asker->key, key, sizeof(asker->key));
    assert_int_equal(apr_thread_create(thread, NULL, ask, asker, rig->pool), APR_SUCCESS);
}

#endif /* MSSL_TESTS_RIG_H */
