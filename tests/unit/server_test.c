/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
/*
 * The broker's loop in a process of its own, with real sockets; its proper client, and hostile ones.
 */
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

#include "lib/base/reason.h"
#include "lib/broker/channel.h"
#include "lib/broker/client.h"
#include "lib/broker/server.h"

#define SHORT (400 * 1000)
#define SECRET "only for the judge"

/** What the server's process tells the test. */
typedef struct shared_t {
    int fetches, malformed, strangers, crowded;
    int is_released; /* lets "hung.example" go on */
} shared_t;

typedef struct rig_t {
    apr_pool_t *pool;
    shared_t *shared;
    int ends[2];
    mssl_watch_t *watch;
    pid_t pid;
} rig_t;

static apr_status_t fetch(void *baton, int source, const char *key, const mssl_stamp_t *known,
                          mssl_material_t *out, apr_pool_t *pool, mssl_reason_t *why)
{
    shared_t *shared = baton;

    (void)pool;
    __atomic_add_fetch(&shared->fetches, 1, __ATOMIC_SEQ_CST);
    if (source == 1) {
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
        return mssl_reason_set(why, APR_EACCES, "it is locked");
    }
    out->nitems = 2;
    out->item[0].label = out->item[0].key_label = "/store/good";
    out->item[0].format = out->item[1].format = MSSL_FORMAT_PEM;
    out->item[0].cert.len = strcmp(key, "large.example") == 0 ? MSSL_FILE_MAX : 10;
    out->item[0].cert.data = memset(apr_palloc(pool, out->item[0].cert.len + 1), 'c',
                                    out->item[0].cert.len);
    out->item[1].label = out->item[1].key_label = "/store/bad";
    out->item[1].cert.data = apr_pstrdup(pool, SECRET);
    out->item[1].cert.len = strlen(SECRET);
    return APR_SUCCESS;
}

static void judge(void *baton, const char *key, mssl_material_t *material, apr_pool_t *pool)
{
    (void)baton;
    (void)key;
    (void)pool;
    material->item[1].rv = mssl_reason_set(&material->item[1].why, APR_EINVAL, "not a pair");
}

static void count(void *baton, mssl_broker_notice_t what, pid_t pid, uid_t uid)
{
    shared_t *shared = baton;

    (void)uid;
    assert_true(pid > 0);
    shared->malformed += what == MSSL_BROKER_MALFORMED;
    shared->strangers += what == MSSL_BROKER_STRANGER;
    shared->crowded += what == MSSL_BROKER_CROWDED;
}

static void begin(rig_t *rig)
{
    const mssl_broker_conf_t conf = {
        .fetch = fetch, .fetch_baton = rig->shared, .judge = judge, .notice = count,
        .notice_baton = rig->shared, .watch = rig->watch, .child_uid = geteuid(), .workers = 4, .workers_a_source = 2
    };

    rig->pid = fork();
    if (rig->pid == 0) {
        close(rig->ends[0]);
        alarm(60); /* whatever happens to the test */
        _exit(mssl_broker_serve(&conf, rig->ends[1]) == APR_SUCCESS ? 0 : 1);
    }
    assert_true(rig->pid > 0);
}

static int set_up(void **state)
{
    rig_t *rig = calloc(1, sizeof(*rig));

    rig->shared = mmap(NULL, sizeof(shared_t), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
                       -1, 0);
    assert_true(rig->shared != MAP_FAILED);
    assert_int_equal(apr_pool_create(&rig->pool, NULL), APR_SUCCESS);
    assert_int_equal(mssl_channel_make_dispatcher(rig->ends), APR_SUCCESS);
    assert_int_equal(mssl_watch_make(&rig->watch, apr_time_from_sec(60), rig->pool), APR_SUCCESS);
    begin(rig);
    *state = rig;
    return 0;
}

/* The loop ends by itself when nobody is left. */
static int tear_down(void **state)
{
    rig_t *rig = *state;
    int status = 0;

    apr_pool_destroy(rig->pool);
    close(rig->ends[0]);
    close(rig->ends[1]);
    rig->shared->is_released = 1;
    assert_int_equal(waitpid(rig->pid, &status, 0), rig->pid);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    munmap(rig->shared, sizeof(shared_t));
    free(rig);
    return 0;
}

static mssl_broker_client_t *client_of(rig_t *rig, apr_interval_time_t timeout)
{
    mssl_broker_client_t *client;

    assert_int_equal(mssl_broker_client_make(&client, rig->ends[0], geteuid(), rig->watch, timeout,
                                             rig->pool), APR_SUCCESS);
    return client;
}

static apr_status_t open_key(rig_t *rig, mssl_broker_client_t *client, int source, const char *key,
                             mssl_material_t *out)
{
    mssl_reason_t why = { "" };

    memset(out, 0, sizeof(*out));
    return mssl_broker_client_open(client, source, key, NULL, out, NULL, rig->pool, &why);
}

static void test_answers(void **state)
{
    rig_t *rig = *state;
    mssl_broker_client_t *client = client_of(rig, MSSL_BROKER_TIMEOUT);
    mssl_material_t out = { .nitems = 0 };
    mssl_reason_t why = { "" };
    mssl_stamp_t stamp;
    apr_time_t as_of;

    assert_int_equal(open_key(rig, client, 0, "a.example", &out), APR_SUCCESS);
    assert_int_equal(out.nitems, 2);
    assert_string_equal(out.item[0].cert.data, "cccccccccc");
    assert_int_equal(out.item[1].rv, APR_EINVAL);
    assert_string_equal(out.item[1].why.text, "not a pair");
    assert_null(out.item[1].cert.data);
    stamp = out.stamp;
    memset(&out, 0, sizeof(out));
    assert_int_equal(mssl_broker_client_open(client, 0, "a.example", &stamp, &out, &as_of,
                                             rig->pool, &why), APR_EEXIST);
    assert_true(mssl_watch_has_seen(rig->watch, 0, "a.example", &stamp, &as_of));
    assert_int_equal(out.nitems, 0);
    assert_int_equal(open_key(rig, client, 0, "gone.example", &out), APR_NOTFOUND);
    memset(&out, 0, sizeof(out));
    assert_int_equal(mssl_broker_client_open(client, 0, "error.example", NULL, &out, NULL,
                                             rig->pool, &why), APR_EACCES);
    assert_string_equal(why.text, "it is locked");
    assert_int_equal(open_key(rig, client, 0, "large.example", &out), APR_SUCCESS);
    assert_int_equal(out.item[0].cert.len, MSSL_FILE_MAX);
    assert_int_equal(rig->shared->malformed + rig->shared->crowded, 0);
}

/* A connection that says what it may not say is ended; nobody else notices. */
static void expect_end(rig_t *rig, const void *bytes, size_t len)
{
    int before = rig->shared->malformed, fetches = rig->shared->fetches, fd;
    char byte;
    apr_time_t deadline = apr_time_now() + 5 * APR_USEC_PER_SEC;

    assert_int_equal(mssl_channel_connect(&fd, rig->ends[0], geteuid(), deadline), APR_SUCCESS);
    assert_int_equal(send(fd, bytes, len, MSG_NOSIGNAL), len);
    assert_int_equal(mssl_channel_receive(fd, &byte, 1, deadline), APR_EOF);
    close(fd);
    assert_int_equal(rig->shared->malformed, before + 1);
    assert_int_equal(rig->shared->fetches, fetches);
}

static size_t say(unsigned char *out, mssl_message_type_t type, const void *body, size_t len)
{
    mssl_message_encode_head(out, type, len);
    memcpy(out + MSSL_MESSAGE_HEAD, body, len);
    return MSSL_MESSAGE_HEAD + len;
}

static void test_hostile_bytes(void **state)
{
    static const char *const keys[] = { "/etc/shadow", "../a.example", "A.example", "*", "" };
    rig_t *rig = *state;
    mssl_broker_client_t *client = client_of(rig, MSSL_BROKER_TIMEOUT);
    mssl_request_t request = { .source = 0, .key = "a.example" };
    unsigned char body[MSSL_REQUEST_MAX], all[2 * (MSSL_MESSAGE_HEAD + MSSL_REQUEST_MAX)];
    mssl_material_t out;
    size_t i, len = mssl_message_encode_request(body, &request), used;

    assert_int_equal(open_key(rig, client, 0, "a.example", &out), APR_SUCCESS);
    expect_end(rig, "GET / HTTP/1.1\r\n\r\n", 18);
    expect_end(rig, memset(all, 0xff, sizeof(all)), sizeof(all) / 2);
    expect_end(rig, all, say(all, MSSL_MESSAGE_HELLO, "", 0));
    expect_end(rig, all, say(all, MSSL_MESSAGE_ANSWER, body, len));
    expect_end(rig, all, say(all, (mssl_message_type_t)4, body, len));
    mssl_message_encode_head(all, MSSL_MESSAGE_FETCH, MSSL_REQUEST_MAX + 1);
    expect_end(rig, all, MSSL_MESSAGE_HEAD);
    used = say(all, MSSL_MESSAGE_FETCH, body, len);
    memcpy(all + used, all, used); /* two at once */
    expect_end(rig, all, 2 * used);
    for (i = 0; i < COUNT(keys); i++) {
        strcpy(request.key, keys[i]);
        len = mssl_message_encode_request(body, &request);
        expect_end(rig, all, say(all, MSSL_MESSAGE_FETCH, body, len));
    }
    assert_int_equal(open_key(rig, client, 0, "a.example", &out), APR_SUCCESS);
    assert_int_equal(kill(rig->pid, 0), 0);
}

/* A request byte by byte is one; half of one costs nobody anything. */
static void test_slow_bytes(void **state)
{
    rig_t *rig = *state;
    mssl_request_t request = { .source = 0, .key = "a.example" };
    unsigned char body[MSSL_REQUEST_MAX], all[MSSL_MESSAGE_HEAD + MSSL_REQUEST_MAX];
    size_t i, used = say(all, MSSL_MESSAGE_FETCH, body, mssl_message_encode_request(body, &request));
    apr_time_t deadline = apr_time_now() + 5 * APR_USEC_PER_SEC;
    mssl_material_t out;
    int slow, half;

    assert_int_equal(mssl_channel_connect(&half, rig->ends[0], geteuid(), deadline), APR_SUCCESS);
    assert_int_equal(send(half, all, 5, 0), 5);
    assert_int_equal(mssl_channel_connect(&slow, rig->ends[0], geteuid(), deadline), APR_SUCCESS);
    for (i = 0; i < used; i++) {
        assert_int_equal(send(slow, all + i, 1, 0), 1);
        usleep(1000);
    }
    assert_int_equal(mssl_channel_receive(slow, all, MSSL_MESSAGE_HEAD, deadline), APR_SUCCESS);
    close(slow);
    assert_int_equal(open_key(rig, client_of(rig, MSSL_BROKER_TIMEOUT), 0, "a.example", &out),
                     APR_SUCCESS);
    close(half);
}

static void pass_fds(int dispatcher, const int *fds, size_t n)
{
    char control[CMSG_SPACE(4 * sizeof(int))] = "", byte = 'x';
    struct iovec part = { &byte, 1 };
    struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1 };
    struct cmsghdr *header;

    if (n > 0) {
        message.msg_control = control;
        message.msg_controllen = CMSG_SPACE(n * sizeof(int));
        header = CMSG_FIRSTHDR(&message);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(n * sizeof(int));
        memcpy(CMSG_DATA(header), fds, n * sizeof(int));
    }
    assert_int_equal(sendmsg(dispatcher, &message, 0), 1);
}

/* Things in the dispatcher that are no connection (the datagram sockets end with the process). */
static void test_hostile_dispatcher(void **state)
{
    rig_t *rig = *state;
    int fds[4], datagram[2], file = open("/dev/null", O_RDONLY), i;
    mssl_material_t out;
    char byte;

    for (i = 0; i < 4; i++) {
        fds[i] = file;
    }
    pass_fds(rig->ends[0], fds, 0);
    pass_fds(rig->ends[0], fds, 1);
    pass_fds(rig->ends[0], fds, 4);
    assert_int_equal(send(rig->ends[0], "", 0, 0), 0); /* an empty packet is not the end */
    assert_int_equal(socketpair(AF_UNIX, SOCK_DGRAM, 0, datagram), 0);
    pass_fds(rig->ends[0], datagram, 1);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
    pass_fds(rig->ends[0], fds, 2);
    close(fds[1]);
    /* Two at once are closed, both: nobody holds the other end of ours. */
    assert_int_equal(read(fds[0], &byte, 1), 0);
    assert_int_equal(open_key(rig, client_of(rig, MSSL_BROKER_TIMEOUT), 0, "a.example", &out),
                     APR_SUCCESS);
    close(fds[0]);
    close(file);
}

static void test_crowd(void **state)
{
    rig_t *rig = *state;
    int fds[MSSL_BROKER_PEERS_A_PROCESS], one, i;
    apr_time_t deadline = apr_time_now() + 5 * APR_USEC_PER_SEC;
    apr_status_t rv;

    for (i = 0; i < MSSL_BROKER_PEERS_A_PROCESS; i++) {
        assert_int_equal(mssl_channel_connect(&fds[i], rig->ends[0], geteuid(), deadline),
                         APR_SUCCESS);
    }
    assert_int_equal(mssl_channel_connect(&one, rig->ends[0], geteuid(), deadline), APR_EOF);
    assert_int_equal(rig->shared->crowded, 1);
    close(fds[0]);
    do {
        rv = mssl_channel_connect(&one, rig->ends[0], geteuid(), deadline);
    } while (rv == APR_EOF && apr_time_now() < deadline);
    assert_int_equal(rv, APR_SUCCESS);
    close(one);
    for (i = 1; i < MSSL_BROKER_PEERS_A_PROCESS; i++) {
        close(fds[i]);
    }
}

/* Another user is refused by the broker; a greeting by another user is refused by the child. */
static void test_strangers(void **state)
{
    rig_t *rig = *state;
    mssl_broker_client_t *client;
    mssl_material_t out;
    apr_time_t deadline = apr_time_now() + 5 * APR_USEC_PER_SEC;
    int status, fd;

    assert_int_equal(mssl_broker_client_make(&client, rig->ends[0], geteuid() + 1, NULL, SHORT,
                                             rig->pool), APR_SUCCESS);
    assert_int_equal(open_key(rig, client, 0, "a.example", &out), APR_EACCES);
    if (geteuid() != 0) {
        return; /* only root can become somebody else */
    }
    if (fork() == 0) {
        _exit(setuid(65534) == 0
              && mssl_channel_connect(&fd, rig->ends[0], 0, deadline) == APR_EOF ? 0 : 1);
    }
    assert_true(wait(&status) > 0);
    assert_true(status == 0 && rig->shared->strangers == 1);
}

typedef struct asker_t {
    rig_t *rig;
    mssl_broker_client_t *client;
    int source;
    apr_status_t rv;
    apr_time_t took;
} asker_t;

static void *APR_THREAD_FUNC ask(apr_thread_t *thread, void *data)
{
    asker_t *asker = data;
    apr_time_t begin = apr_time_now();
    mssl_reason_t why;
    mssl_material_t *out;
    apr_pool_t *pool;

    (void)thread;
    assert_int_equal(apr_pool_create_unmanaged_ex(&pool, NULL, NULL), APR_SUCCESS);
    out = apr_pcalloc(pool, sizeof(*out));
    asker->rv = mssl_broker_client_open(asker->client, asker->source, "a.example", NULL, out,
                                        NULL, pool, &why);
    asker->took = apr_time_now() - begin;
    apr_pool_destroy(pool);
    return NULL;
}

/* A hung source costs its askers the timeout, one time; other sources go on meanwhile. */
static void test_hung_source(void **state)
{
    rig_t *rig = *state;
    mssl_broker_client_t *client = client_of(rig, SHORT);
    asker_t hung[6], other = { rig, client, 2, 0, 0 };
    apr_thread_t *threads[6];
    apr_status_t rv;
    int i;

    for (i = 0; i < 6; i++) {
        hung[i] = (asker_t){ rig, client, 1, 0, 0 };
        assert_int_equal(apr_thread_create(&threads[i], NULL, ask, &hung[i], rig->pool),
                         APR_SUCCESS);
    }
    usleep(SHORT / 4);
    ask(NULL, &other);
    assert_int_equal(other.rv, APR_SUCCESS);
    assert_true(other.took < SHORT / 2);
    for (i = 0; i < 6; i++) {
        apr_thread_join(&rv, threads[i]);
        assert_int_equal(hung[i].rv, APR_TIMEUP);
        assert_in_range(hung[i].took, SHORT - 10000, 3 * SHORT);
    }
    ask(NULL, &hung[0]);
    assert_int_equal(hung[0].rv, APR_TIMEUP);
    assert_true(hung[0].took < SHORT / 4); /* left alone for a while */
    __atomic_store_n(&rig->shared->is_released, 1, __ATOMIC_SEQ_CST);
    usleep(SHORT + SHORT / 4);
    ask(NULL, &hung[0]);
    assert_int_equal(hung[0].rv, APR_SUCCESS);
}

static void test_many_askers(void **state)
{
    rig_t *rig = *state;
    mssl_broker_client_t *client = client_of(rig, MSSL_BROKER_TIMEOUT);
    asker_t askers[40];
    apr_thread_t *threads[40];
    apr_status_t rv;
    int i;

    for (i = 0; i < 40; i++) {
        askers[i] = (asker_t){ rig, client, i % 2 * 2, 0, 0 };
        assert_int_equal(apr_thread_create(&threads[i], NULL, ask, &askers[i], rig->pool),
                         APR_SUCCESS);
    }
    for (i = 0; i < 40; i++) {
        apr_thread_join(&rv, threads[i]);
        assert_int_equal(askers[i].rv, APR_SUCCESS);
    }
    assert_int_equal(rig->shared->fetches, 40);
    assert_int_equal(rig->shared->crowded, 0);
}

/* Killed and begun again: the client's old connections are cut, and it makes new ones. */
static void test_restart(void **state)
{
    rig_t *rig = *state;
    mssl_broker_client_t *client = client_of(rig, MSSL_BROKER_TIMEOUT);
    mssl_broker_client_t *hasty = client_of(rig, SHORT);
    mssl_material_t out;
    apr_time_t begun;
    int status;

    assert_int_equal(open_key(rig, client, 0, "a.example", &out), APR_SUCCESS);
    assert_int_equal(open_key(rig, hasty, 0, "a.example", &out), APR_SUCCESS);
    kill(rig->pid, SIGKILL);
    assert_int_equal(waitpid(rig->pid, &status, 0), rig->pid);
    begun = apr_time_now();
    assert_int_equal(open_key(rig, hasty, 0, "a.example", &out), APR_TIMEUP);
    assert_in_range(apr_time_now() - begun, SHORT - 10000, 3 * SHORT);
    begin(rig);
    assert_int_equal(open_key(rig, client, 0, "a.example", &out), APR_SUCCESS);
}

/* A death in the middle of an answer is an error in bounded time, not a hang. */
static void test_death_under_way(void **state)
{
    rig_t *rig = *state;
    mssl_broker_client_t *client = client_of(rig, SHORT);
    mssl_material_t out;
    int status;

    assert_int_equal(open_key(rig, client, 0, "die.example", &out), APR_TIMEUP);
    assert_int_equal(waitpid(rig->pid, &status, 0), rig->pid);
    assert_int_equal(WEXITSTATUS(status), 3);
    begin(rig);
    assert_int_equal(open_key(rig, client, 2, "a.example", &out), APR_SUCCESS);
}

int main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_answers), TEST(test_hostile_bytes), TEST(test_slow_bytes),
        TEST(test_hostile_dispatcher), TEST(test_crowd), TEST(test_strangers),
        TEST(test_hung_source), TEST(test_many_askers), TEST(test_restart), TEST(test_death_under_way),
    };
    int rc;

    apr_initialize();
    rc = cmocka_run_group_tests_name("server", tests, NULL, NULL);
    apr_terminate();
    return rc;
}
