/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/test.h"

#include "tests/unit/scheduled.h"

/* What an admin asked for is not lost where its turn could not be begun. */
static void test_asked_and_given_back(void **state)
{
    room_t *room = *state;
    mssl_job_t job = make_job("a.test", MSSL_JOB_INSTALLED, NOW + 60 * DAY);

    permit(room, "a.test\n");
    put(room, &job);
    assert_true(mssl_schedule_ask(room->schedule, "a.test", MSSL_TASK_REVOKE));
    assert_string_equal(next(room), "revoke a.test");
    mssl_schedule_give_back(room->schedule, "a.test", NOW + HOUR);
    assert_string_equal(next(room), "nothing");
    room->now += HOUR;
    assert_string_equal(next(room), "revoke a.test");
    put(room, &job);
    assert_string_equal(next(room), "nothing");
}

/* What nobody vouches for is not ordered, whoever asks; what is there of it can be ended. */
static void test_asked_for_what_is_gone(void **state)
{
    room_t *room = *state;
    mssl_job_t job = make_job("a.test", MSSL_JOB_GONE, NOW + 30 * DAY);

    permit(room, "# nobody\n");
    survey(room, NULL);
    put(room, &job);
    assert_false(mssl_schedule_ask(room->schedule, "a.test", MSSL_TASK_ORDER));
    assert_string_equal(next(room), "nothing");
    assert_true(mssl_schedule_ask(room->schedule, "a.test", MSSL_TASK_REVOKE));
    assert_string_equal(next(room), "revoke a.test");
    put(room, &job);
    permit(room, "a.test\n");
    assert_true(mssl_schedule_ask(room->schedule, "a.test", MSSL_TASK_ORDER));
    assert_string_equal(next(room), "order a.test first");
    permit(room, "# nobody\n"); /* asked for meanwhile, and no turn of it began */
    put(room, &job);
    permit(room, "a.test\n");
    assert_true(mssl_schedule_ask(room->schedule, "a.test", MSSL_TASK_ORDER));
    permit(room, "# nobody\n");
    assert_string_equal(next(room), "nothing");
}

/* An order that was asked for in vain costs the renewal nothing. */
static void test_asked_and_put_off(void **state)
{
    room_t *room = *state;
    mssl_job_t job = make_job("a.test", MSSL_JOB_INSTALLED, NOW + 30 * DAY);

    permit(room, "a.test\n");
    survey(room, NULL);
    put(room, &job);
    APR_ARRAY_IDX(room->issuing.issuers, 0, mssl_issuer_t).by_request = 1; /* none is left */
    APR_ARRAY_IDX(room->issuing.issuers, 2, mssl_issuer_t).by_request = 1;
    assert_true(mssl_schedule_ask(room->schedule, "a.test", MSSL_TASK_ORDER));
    assert_string_equal(next(room), "nothing");
    APR_ARRAY_IDX(room->issuing.issuers, 2, mssl_issuer_t).by_request = 0;
    assert_string_equal(next(room), "nothing");
    room->now = NOW + 30 * DAY;
    assert_string_equal(next(room), "order a.test second");
    assert_int_equal(room->turn.why, MSSL_WHY_RENEWAL);
}

/* All that are tried by themselves are at their limit: whoever asks for another one does not wait. */
static void test_named_beside_a_limit(void **state)
{
    room_t *room = *state;

    room->issuing.limit[MSSL_LIMIT_ORDERS] = (mssl_limit_t){ 1, HOUR };
    permit(room, "a.test\nb.test issuer:hand\n");
    survey(room, NULL);
    mssl_ledger_note(room->ledger, "first", "x.test", MSSL_WHY_FIRST, room->now, &room->why);
    mssl_ledger_note(room->ledger, "second", "x.test", MSSL_WHY_FIRST, room->now, &room->why);
    assert_string_equal(next(room), "preflight b.test");
    looked(room, "b.test", MSSL_FOUND_OURS);
    assert_string_equal(next(room), "order b.test hand");
    mssl_ledger_note(room->ledger, "hand", "b.test", MSSL_WHY_FIRST, room->now, &room->why);
    /* That one's own limit: nor is there a look then. */
    permit(room, "a.test\nb.test issuer:hand\nc.test issuer:hand\n");
    assert_string_equal(next(room), "nothing");
    assert_true(mssl_schedule_get_next(room->schedule) == room->now + HOUR);
    room->now += HOUR;
    assert_int_equal(strncmp(next(room), "preflight ", 10), 0);
    assert_int_equal(strncmp(next(room), "preflight ", 10), 0);
    assert_string_equal(next(room), "nothing");
}

static int count(void *baton, const char *name)
{
    (void)name;
    ++*(int *)baton;
    return 1;
}

/* A pair that is gone is asked for once, out of turn; not where somebody else's serves. */
static void test_lost(void **state)
{
    room_t *room = *state;
    mssl_job_t job = make_job("a.test", MSSL_JOB_INSTALLED, NOW + 30 * DAY);
    mssl_job_t other = make_job("b.test", MSSL_JOB_INSTALLED, NOW + 30 * DAY);
    int n = 0;

    permit(room, "a.test\nb.test\nc.test\n");
    put(room, &job);
    put(room, &other);
    assert_int_equal(mssl_schedule_lose(room->schedule, "a.test"), MSSL_LOST_NOT); /* nobody knows who serves it */
    survey(room, "b.test");
    mssl_schedule_list_installed(room->schedule, count, &n);
    assert_int_equal(n, 1);
    assert_int_equal(mssl_schedule_lose(room->schedule, "b.test"), MSSL_LOST_NOT);
    assert_int_equal(mssl_schedule_lose(room->schedule, "c.test"), MSSL_LOST_NOT);
    assert_int_equal(mssl_schedule_lose(room->schedule, "none.test"), MSSL_LOST_NOT);
    room->issuing.limit[MSSL_LIMIT_NAME] = (mssl_limit_t){ 1, DAY };
    assert_int_equal(mssl_schedule_lose(room->schedule, "a.test"), MSSL_LOST_ASKED);
    assert_false(mssl_schedule_is_installed(room->schedule, "a.test"));
    assert_string_equal(next(room), "order a.test first");
    assert_int_equal(room->turn.why, MSSL_WHY_ASKED);
    mssl_ledger_note(room->ledger, "first", "a.test", MSSL_WHY_ASKED, room->now, &room->why);
    mssl_ledger_note(room->ledger, "second", "a.test", MSSL_WHY_ASKED, room->now, &room->why);
    put(room, &job);
    /* Again and again: its limit holds, and then it is its turn. */
    assert_int_equal(mssl_schedule_lose(room->schedule, "a.test"), MSSL_LOST_ASKED);
    assert_int_equal(strncmp(next(room), "preflight c", 11), 0);
    assert_string_equal(next(room), "nothing");
    assert_int_equal(mssl_schedule_lose(room->schedule, "a.test"), MSSL_LOST_NOT);
    room->now += DAY;
    assert_string_equal(next(room), "order a.test first");
    /* What costs money is not bought twice. */
    permit(room, "b.test issuer:hand\n");
    survey(room, NULL);
    assert_int_equal(mssl_schedule_lose(room->schedule, "b.test"), MSSL_LOST_FOR_GOOD);
    assert_int_equal(mssl_schedule_lose(room->schedule, "b.test"), MSSL_LOST_NOT);
    assert_string_equal(next(room), "nothing");
}

/* Who waits for a limit is not looked at meanwhile: the turn itself looks, right before it orders. */
static void test_waiting(void **state)
{
    room_t *room = *state;
    int i;

    APR_ARRAY_IDX(room->issuing.issuers, 2, mssl_issuer_t).by_request = 1;
    room->issuing.limit[MSSL_LIMIT_ORDERS] = (mssl_limit_t){ 1, HOUR };
    permit(room, "a.test\nb.test\n");
    survey(room, NULL);
    looked(room, "a.test", MSSL_FOUND_OURS);
    looked(room, "b.test", MSSL_FOUND_OURS);
    assert_int_equal(strncmp(next(room), "order ", 6), 0);
    mssl_ledger_note(room->ledger, "first", room->turn.name, MSSL_WHY_FIRST, room->now, &room->why);
    for (i = 0; i < 59; i++) {
        room->now += HOUR / 60;
        assert_string_equal(next(room), "nothing");
    }
    room->now += HOUR / 60;
    assert_int_equal(strncmp(next(room), "order ", 6), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_waiting, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_asked_and_given_back, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_asked_for_what_is_gone, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_asked_and_put_off, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_named_beside_a_limit, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_lost, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
