/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
/*
 * The broker's loop in a process of its own, with real sockets; its proper client, and hostile ones.
 */
#include "tests/unit/rig.h"

static void test_answers(void **state)
{
    rig_t *rig = *state;
    mssl_broker_client_t *client = client_of(rig, MSSL_BROKER_TIMEOUT);
    mssl_material_t out = { .nitems = 0 };
    mssl_reason_t why = { "" };
    mssl_stamp_t stamp;
    mssl_question_t question = { .key = "a.example", .known = &stamp, .pool = rig->pool,
                                 .out = &out, .why = &why };

    assert_int_equal(open_key(rig, client, 0, "a.example", &out), APR_SUCCESS);
    assert_int_equal(out.nitems, 2);
    assert_string_equal(out.item[0].cert.data, "cccccccccc");
    assert_int_equal(out.item[1].rv, APR_EINVAL);
    assert_string_equal(out.item[1].why.text, "not a pair");
    assert_null(out.item[1].cert.data);
    stamp = out.stamp;
    memset(&out, 0, sizeof(out));
    assert_int_equal(mssl_broker_client_open(client, 0, &question), APR_EEXIST);
    assert_true(mssl_watch_has_looked(rig->watch, 0, "a.example", &stamp, &question.as_of));
    assert_int_equal(out.nitems, 0);
    assert_int_equal(open_key(rig, client, 0, "gone.example", &out), APR_NOTFOUND);
    memset(&out, 0, sizeof(out));
    question.key = "error.example";
    question.known = NULL;
    assert_int_equal(mssl_broker_client_open(client, 0, &question), APR_EACCES);
    assert_string_equal(why.text, "it is locked");
    assert_int_equal(open_key(rig, client, 0, "large.example", &out), APR_SUCCESS);
    assert_int_equal(out.item[0].cert.len, MSSL_FILE_MAX);
    assert_int_equal(rig->shared->malformed + rig->shared->crowded, 0);
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
    expect_end(rig, all, say(all, (mssl_message_type_t)6, body, len));
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
    mssl_patience_t patience = patient();
    mssl_material_t out;
    int slow, half;

    assert_int_equal(mssl_channel_connect(&half, rig->ends[0], geteuid(), &patience), APR_SUCCESS);
    assert_int_equal(send(half, all, 5, 0), 5);
    assert_int_equal(mssl_channel_connect(&slow, rig->ends[0], geteuid(), &patience), APR_SUCCESS);
    for (i = 0; i < used; i++) {
        assert_int_equal(send(slow, all + i, 1, 0), 1);
        usleep(1000);
    }
    assert_int_equal(mssl_channel_receive(slow, all, MSSL_MESSAGE_HEAD, &patience), APR_SUCCESS);
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
    mssl_patience_t patience = patient();
    apr_status_t rv;

    for (i = 0; i < MSSL_BROKER_PEERS_A_PROCESS; i++) {
        assert_int_equal(mssl_channel_connect(&fds[i], rig->ends[0], geteuid(), &patience),
                         APR_SUCCESS);
    }
    assert_int_equal(mssl_channel_connect(&one, rig->ends[0], geteuid(), &patience), APR_EOF);
    assert_int_equal(rig->shared->crowded, 1);
    close(fds[0]);
    do {
        rv = mssl_channel_connect(&one, rig->ends[0], geteuid(), &patience);
    } while (rv == APR_EOF && patience.left > 0);
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
    mssl_patience_t patience = patient();
    int status, fd;

    assert_int_equal(mssl_broker_client_make(&client, rig->ends[0], geteuid() + 1, NULL, SHORT,
                                             rig->pool), APR_SUCCESS);
    assert_int_equal(open_key(rig, client, 0, "a.example", &out), APR_EACCES);
    if (geteuid() != 0) {
        return; /* only root can become somebody else */
    }
    if (fork() == 0) {
        _exit(setuid(65534) == 0
              && mssl_channel_connect(&fd, rig->ends[0], 0, &patience) == APR_EOF ? 0 : 1);
    }
    assert_true(wait(&status) > 0);
    assert_true(status == 0 && rig->shared->strangers == 1);
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
        askers[i] = (asker_t){ rig, client, i % 2 * 2, 0, 0, "a.example" };
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
    assert_int_equal(open_key(rig, hasty, 0, "a.example", &out), APR_EBUSY);
    assert_within(apr_time_now() - begun, SHORT - 10000, 3 * SHORT);
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

    assert_int_equal(open_key(rig, client, 0, "die.example", &out), APR_EBUSY);
    assert_int_equal(waitpid(rig->pid, &status, 0), rig->pid);
    assert_int_equal(WEXITSTATUS(status), 3);
    begin(rig);
    assert_int_equal(open_key(rig, client, 2, "a.example", &out), APR_SUCCESS);
}

static apr_status_t recall(rig_t *rig, mssl_broker_client_t *client, int source, const char *key,
                           mssl_material_t *out)
{
    mssl_reason_t why = { "" };
    mssl_question_t question = { .key = key, .pool = rig->pool, .out = out, .why = &why };

    memset(out, 0, sizeof(*out));
    return mssl_broker_client_recall(client, source, &question);
}

/* What was good last is had without a look, also of a source that hangs, and from the next broker. */
static void test_recall(void **state)
{
    rig_t *rig = *state;
    mssl_broker_client_t *client = client_of(rig, 5 * SHORT);
    asker_t asker[3];
    apr_thread_t *thread[COUNT(asker)];
    char key[32];
    apr_status_t rv;
    mssl_material_t out;
    int status, fetches;
    size_t i;

    assert_int_equal(recall(rig, client, 0, "a.example", &out), APR_NOTFOUND);
    assert_int_equal(open_key(rig, client, 0, "a.example", &out), APR_SUCCESS);
    assert_int_equal(open_key(rig, client, 1, "fine.example", &out), APR_SUCCESS);
    for (i = 0; i < COUNT(asker); i++) {
        apr_snprintf(key, sizeof(key), "hung%d.example", (int)i);
        start_asking(&thread[i], &asker[i], rig, client, 1, key);
    }
    while (__atomic_load_n(&rig->shared->hung, __ATOMIC_SEQ_CST) < 2) {
        usleep(1000);
    }
    fetches = rig->shared->fetches;
    assert_int_equal(recall(rig, client, 1, "fine.example", &out), APR_SUCCESS);
    assert_int_equal(out.nitems, 1);
    assert_string_equal(out.item[0].cert.data, "cccccccccc");
    assert_int_equal(recall(rig, client, 1, "a.example", &out), APR_NOTFOUND);
    assert_int_equal(recall(rig, client, 0, "fine.example", &out), APR_NOTFOUND);
    assert_int_equal(recall(rig, client, 7, "a.example", &out), APR_NOTFOUND);
    assert_within(rig->shared->fetches, fetches, fetches + 1); /* the third that hangs */
    for (i = 0; i < COUNT(asker); i++) {
        apr_thread_join(&rv, thread[i]);
    }
    kill(rig->pid, SIGKILL);
    assert_int_equal(waitpid(rig->pid, &status, 0), rig->pid);
    assert_int_equal(recall(rig, client, 0, "a.example", &out), APR_TIMEUP);
    begin(rig);
    rv = recall(rig, client, 0, "a.example", &out);
    assert_int_equal(rv, APR_TIMEUP); /* at once: it is left alone for a while */
    assert_int_equal(recall(rig, client_of(rig, SHORT), 0, "a.example", &out), APR_SUCCESS);
}

int main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_answers), TEST(test_hostile_bytes), TEST(test_slow_bytes),
        TEST(test_hostile_dispatcher), TEST(test_crowd), TEST(test_strangers),
        TEST(test_many_askers), TEST(test_restart), TEST(test_death_under_way),
        TEST(test_recall),
    };
    int rc;

    apr_initialize();
    rc = cmocka_run_group_tests_name("server", tests, NULL, NULL);
    apr_terminate();
    return rc;
}
