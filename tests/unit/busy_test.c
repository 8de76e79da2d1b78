/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

/*
 * What takes long because others are before it, or for what is in it, is not the fault of its source.
 */
#include "tests/unit/rig.h"

static void ask_all(rig_t *rig, mssl_broker_client_t *client, int source, const char *kind,
                    asker_t *asker, int n)
{
    apr_thread_t *thread[16];
    apr_status_t rv;
    char key[32];
    int i;

    for (i = 0; i < n; i++) {
        apr_snprintf(key, sizeof(key), "%s%d.example", kind, i);
        start_asking(&thread[i], &asker[i], rig, client, source, key);
    }
    for (i = 0; i < n; i++) {
        apr_thread_join(&rv, thread[i]);
    }
}

/* Three PFX with many iterations: read in no time, and then computed upon. */
static void test_costly_names(void **state)
{
    rig_t *rig = *state;
    mssl_broker_client_t *client = client_of(rig, 3 * SHORT);
    mssl_material_t out;
    asker_t asker[2];
    mssl_reason_t why = { "" };
    mssl_question_t question = { .key = "costly2.example", .pool = rig->pool, .out = &out,
                                 .why = &why };

    ask_all(rig, client, 0, "costly", asker, 2);
    assert_int_equal(asker[0].rv, APR_EBUSY);
    assert_int_equal(asker[1].rv, APR_EBUSY);
    memset(&out, 0, sizeof(out));
    assert_int_equal(mssl_broker_client_open(client, 0, &question), APR_EBUSY);
    assert_non_null(strstr(why.text, "iterations"));
    assert_int_equal(open_key(rig, client, 0, "a.example", &out), APR_SUCCESS);
    assert_int_equal(open_key(rig, client, 0, "b.example", &out), APR_SUCCESS);
}

/* A source that does not answer is one, as ever: nothing comes back from it. */
static void test_hung_source(void **state)
{
    rig_t *rig = *state;
    mssl_broker_client_t *client = client_of(rig, SHORT);
    asker_t asker[2];

    ask_all(rig, client, 1, "hung", asker, 2);
    assert_true((asker[0].rv == APR_TIMEUP) + (asker[1].rv == APR_TIMEUP) == 1);
}

/* Who waits in the broker for a worker is told so before it gives up. */
static void test_queue_of_the_broker(void **state)
{
    rig_t *rig = *state;
    mssl_broker_client_t *client = client_of(rig, 20 * SHORT);
    asker_t asker[8];
    int i, early = 0;

    ask_all(rig, client, 1, "hung", asker, 8);
    for (i = 0; i < 8; i++) {
        early += asker[i].rv == APR_EBUSY && asker[i].took < 15 * SHORT;
    }
    assert_true(early >= 3); /* two begin, and two more a second later */
}

/* Who waited here for a connection has had no time: that says nothing of its name. */
static void test_queue_of_the_client(void **state)
{
    rig_t *rig = *state;
    mssl_broker_client_t *client = client_of(rig, 3 * SHORT);
    apr_thread_t *thread[MSSL_BROKER_CONNECTIONS];
    asker_t asker[MSSL_BROKER_CONNECTIONS];
    mssl_material_t out;
    mssl_reason_t why = { "" };
    apr_status_t rv;
    apr_time_t begun = apr_time_now();
    char key[32];
    int i, has_waited;

    for (i = 0; i < MSSL_BROKER_CONNECTIONS; i++) {
        apr_snprintf(key, sizeof(key), "hung%d.example", i);
        start_asking(&thread[i], &asker[i], rig, client, 1, key);
    }
    usleep(SHORT); /* they have all connections, or else the next one has time */
    has_waited = apr_time_now() - begun < 3 * SHORT / 2;
    rv = open_key(rig, client, 0, "costly.example", &out);
    assert_int_equal(rv, APR_EBUSY);
    for (i = 0; i < MSSL_BROKER_CONNECTIONS; i++) {
        apr_thread_join(&rv, thread[i]);
    }
    rig->shared->is_released = 1;
    if (!has_waited) {
        print_message("the machine was busy: a queue in the client not tested\n");
        return;
    }
    assert_string_equal(why.text, "");
    assert_int_equal(open_key(rig, client, 0, "costly.example", &out), APR_SUCCESS);
}

int main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_costly_names), TEST(test_hung_source), TEST(test_queue_of_the_broker),
        TEST(test_queue_of_the_client),
    };
    int rc;

    apr_initialize();
    rc = cmocka_run_group_tests_name("busy", tests, NULL, NULL);
    apr_terminate();
    return rc;
}
