/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

/* What hangs, and what is said too often: workers, sources, names and notices. */

#include "tests/unit/rig.h"

/* One name that hangs: who asks for it is told, in time, and nobody else notices. */
static void test_hung_name(void **state)
{
    rig_t *rig = *state;
    mssl_broker_client_t *client = client_of(rig, SHORT);
    asker_t hung[6], other = { rig, client, 2, 0, 0, "a.example" };
    apr_thread_t *threads[6];
    apr_status_t rv;
    int i;

    for (i = 0; i < 6; i++) {
        start_asking(&threads[i], &hung[i], rig, client, 1, "hung.example");
    }
    usleep(SHORT / 4);
    ask(NULL, &other);
    assert_int_equal(other.rv, APR_SUCCESS);
    assert_true(other.took < SHORT / 2);
    for (i = 0; i < 6; i++) {
        apr_thread_join(&rv, threads[i]);
        assert_int_equal(hung[i].rv, APR_EBUSY);
        assert_true(hung[i].took < 3 * SHORT);
    }
    assert_int_equal(rig->shared->hung, 1); /* one worker, however many ask */
    ask(NULL, &hung[0]);
    assert_int_equal(hung[0].rv, APR_EBUSY);
    assert_true(hung[0].took < SHORT / 4); /* left alone for a while */
    strcpy(other.key, "b.example");
    other.source = 1;
    __atomic_store_n(&rig->shared->is_released, 1, __ATOMIC_SEQ_CST);
    ask(NULL, &other);
    assert_int_equal(other.rv, APR_SUCCESS); /* the source did not pay for it */
}

/*
 * A source of which several names hang costs its askers the timeout once; other sources go on
 * meanwhile, also when more names hang than there are workers.
 */
static void test_hung_source(void **state)
{
    rig_t *rig = *state;
    mssl_broker_client_t *client = client_of(rig, SHORT);
    asker_t hung[6], other = { rig, client, 2, 0, 0, "a.example" };
    apr_thread_t *threads[6];
    apr_time_t deadline;
    apr_status_t rv;
    char key[32];
    int i, n = 0;

    for (i = 0; i < 6; i++) {
        snprintf(key, sizeof(key), "n%d.example", i);
        start_asking(&threads[i], &hung[i], rig, client, 1, key);
    }
    usleep(SHORT / 4);
    ask(NULL, &other);
    assert_int_equal(other.rv, APR_SUCCESS);
    assert_true(other.took < SHORT / 2);
    for (i = 0; i < 6; i++) {
        apr_thread_join(&rv, threads[i]);
        assert_true(hung[i].rv == APR_TIMEUP || hung[i].rv == APR_EBUSY);
        assert_within(hung[i].took, SHORT - 10000, 3 * SHORT);
        n += hung[i].rv == APR_TIMEUP;
    }
    assert_int_equal(n, 5); /* the first was taken for the name's own trouble */
    strcpy(hung[0].key, "new.example");
    ask(NULL, &hung[0]);
    assert_int_equal(hung[0].rv, APR_TIMEUP);
    assert_true(hung[0].took < SHORT / 4); /* left alone for a while */
    usleep(SHORT + SHORT / 4);
    ask(NULL, &hung[0]);
    assert_int_equal(hung[0].rv, APR_TIMEUP);
    assert_true(hung[0].took < SHORT / 4); /* asked again, but not by who has a visitor waiting */
    __atomic_store_n(&rig->shared->is_released, 1, __ATOMIC_SEQ_CST);
    deadline = apr_time_now() + 20 * APR_USEC_PER_SEC;
    do {
        usleep(SHORT / 4);
        ask(NULL, &hung[0]);
        assert_true(hung[0].took < SHORT);
    } while (hung[0].rv != APR_SUCCESS && apr_time_now() < deadline);
    assert_int_equal(hung[0].rv, APR_SUCCESS);
}

/*
 * Names that hang do not hide their source, nor does the one that is asked for first when the source
 * is in doubt: a good name finds out at once that it is they.
 */
static void test_hung_names_do_not_hide(void **state)
{
    rig_t *rig = *state;
    apr_interval_time_t timeout = 2 * APR_USEC_PER_SEC;
    mssl_broker_client_t *client = client_of(rig, timeout);
    asker_t hung[5], next = { rig, client, 1, 0, 0, "next.example" };
    asker_t fine = { rig, client, 1, 0, 0, "fine.example" };
    apr_thread_t *threads[5];
    char key[32];
    apr_time_t begun;
    apr_status_t rv;
    int i, n = 0;

    for (i = 0; i < 5; i++) {
        snprintf(key, sizeof(key), "n%d.example", i);
        start_asking(&threads[i], &hung[i], rig, client, 1, key);
    }
    for (i = 0; i < 5; i++) {
        apr_thread_join(&rv, threads[i]);
        n += hung[i].rv == APR_TIMEUP;
    }
    assert_within(n, 1, 4); /* the source is in doubt; some may have waited for a worker */
    kill(rig->pid, SIGKILL); /* with its workers: this is about the client */
    assert_int_equal(waitpid(rig->pid, NULL, 0), rig->pid);
    begin(rig);
    begun = apr_time_now();
    ask(NULL, &next);
    assert_int_equal(next.rv, APR_TIMEUP);
    assert_true(next.took < timeout / 2);
    do {
        ask(NULL, &fine);
    } while (fine.rv != APR_SUCCESS && apr_time_now() - begun < timeout / 2);
    assert_int_equal(fine.rv, APR_SUCCESS);
}

/* Names that hang are replaced as workers: others of the same source are answered all the same. */
static void test_hung_workers_are_replaced(void **state)
{
    rig_t *rig = *state;
    mssl_broker_client_t *client = client_of(rig, SHORT);
    mssl_broker_client_t *patient = client_of(rig, 10 * APR_USEC_PER_SEC);
    asker_t hung[4], other = { rig, patient, 1, 0, 0, "fine.example" };
    apr_thread_t *threads[4];
    apr_status_t rv;
    char key[32];
    int i;

    for (i = 0; i < 4; i++) {
        snprintf(key, sizeof(key), "hung%d.example", i);
        start_asking(&threads[i], &hung[i], rig, client, 1, key);
    }
    for (i = 0; i < 4; i++) {
        apr_thread_join(&rv, threads[i]);
    }
    ask(NULL, &other);
    assert_int_equal(other.rv, APR_SUCCESS);
    assert_true(other.took < 5 * APR_USEC_PER_SEC); /* not before the others hang for certain */
    __atomic_store_n(&rig->shared->is_released, 1, __ATOMIC_SEQ_CST);
}

static void say_garbage(rig_t *rig)
{
    mssl_patience_t patience = patient();
    char byte;
    int fd;

    assert_int_equal(mssl_channel_connect(&fd, rig->ends[0], geteuid(), &patience), APR_SUCCESS);
    assert_int_equal(send(fd, "GET / HTTP/1.1\r\n\r\n", 18, MSG_NOSIGNAL), 18);
    assert_int_equal(mssl_channel_receive(fd, &byte, 1, &patience), APR_EOF);
    close(fd);
}

/* A child that is taken over may not fill the log. */
static void test_notices_are_limited(void **state)
{
    rig_t *rig = *state;
    int i;

    kill(rig->pid, SIGKILL);
    assert_int_equal(waitpid(rig->pid, NULL, 0), rig->pid);
    rig->notice_every = 3 * APR_USEC_PER_SEC;
    begin(rig);
    for (i = 0; i < 20; i++) {
        say_garbage(rig);
    }
    assert_int_equal(rig->shared->malformed, 1);
    usleep(3 * APR_USEC_PER_SEC);
    say_garbage(rig);
    assert_int_equal(rig->shared->malformed, 2);
    assert_int_equal(rig->shared->left_out, 19);
}

int main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_hung_name),
        TEST(test_hung_source),
        TEST(test_hung_names_do_not_hide),
        TEST(test_hung_workers_are_replaced),
        TEST(test_notices_are_limited),
    };
    int rc;

    apr_initialize();
    rc = cmocka_run_group_tests_name("workers", tests, NULL, NULL);
    apr_terminate();
    return rc;
}
