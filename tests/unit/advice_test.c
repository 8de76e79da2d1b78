/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/test.h"

#include "lib/issue/advice.h"
#include "tests/unit/scheduled.h"

typedef struct desk_t {
    room_t *room;
    mssl_advice_t *advice;
    apr_time_t now;
    mssl_turn_t turn;
} desk_t;

static desk_t open_desk(void **state)
{
    room_t *room = *state;

    return (desk_t){ room, mssl_advice_make(&room->issuing, room->pool), NOW, { 0 } };
}

static void add(desk_t *desk, const char *name, const char *issuer)
{
    mssl_job_t job = make_job(name, MSSL_JOB_INSTALLED, NOW + 60 * DAY);

    MSSL_JOB_SET(job.issuer, issuer);
    mssl_advice_put(desk->advice, &job, desk->now);
}

/* Until then, each that is asked for has no news at once; in pool: "a.test b.test ". */
static const char *ask_until(desk_t *desk, apr_time_t end, int has_verb)
{
    const char *names = "";
    apr_time_t next;

    while ((next = mssl_advice_get_next(desk->advice)) != 0 && next <= end) {
        desk->now = next;
        assert_int_equal(mssl_advice_take(desk->advice, desk->now, &desk->turn), 1);
        assert_int_equal(desk->turn.task, MSSL_TASK_ADVISE);
        assert_null(desk->turn.issuer); /* nothing is noted in a ledger */
        names = apr_pstrcat(desk->room->pool, names, desk->turn.name, " ", NULL);
        mssl_advice_end(desk->advice, has_verb);
    }
    desk->now = end;
    return names;
}

/* Twice a day, each at its own time, which no restart changes; one at a time. */
static void test_each_in_its_time(void **state)
{
    desk_t desk = open_desk(state), again = open_desk(state);
    apr_time_t first;

    add(&desk, "a.test", "first");
    first = mssl_advice_get_next(desk.advice);
    assert_true(first > NOW && first <= NOW + 12 * HOUR);
    assert_int_equal(mssl_advice_take(desk.advice, first - 1, &desk.turn), 0);
    again.now = NOW + 5 * DAY;
    add(&again, "a.test", "first");
    assert_int_equal((mssl_advice_get_next(again.advice) - first) % (12 * HOUR), 0);
    assert_string_equal(ask_until(&desk, NOW + DAY, 1), "a.test a.test ");
    add(&desk, "a.test", "first"); /* put again: its time stays */
    assert_int_equal(mssl_advice_get_next(desk.advice), first + DAY);

    assert_int_equal(mssl_advice_take(desk.advice, first + DAY, &desk.turn), 1);
    assert_int_equal(mssl_advice_get_next(desk.advice), 0);
    assert_int_equal(mssl_advice_take(desk.advice, first + 30 * DAY, &desk.turn), 0);
    mssl_advice_end(desk.advice, 1);
    assert_true(mssl_advice_get_next(desk.advice) > first + DAY);
    mssl_advice_forget(desk.advice, "a.test");
    mssl_advice_forget(desk.advice, "a.test");
    assert_int_equal(mssl_advice_get_next(desk.advice), 0);
}

/* What is not in service, or was made by another CA than the issuer's, is not asked for. */
static void test_who(void **state)
{
    desk_t desk = open_desk(state);
    mssl_job_t job = make_job("b.test", MSSL_JOB_FAILED, NOW);

    add(&desk, "a.test", "nobody");
    mssl_advice_put(desk.advice, &job, NOW);
    job = make_job("c.test", MSSL_JOB_INSTALLED, NOW);
    MSSL_JOB_SET(job.directory, "https://staging.test/dir");
    mssl_advice_put(desk.advice, &job, NOW);
    assert_int_equal(mssl_advice_get_next(desk.advice), 0);
    add(&desk, "b.test", "first");
    assert_int_not_equal(mssl_advice_get_next(desk.advice), 0);
    job = make_job("b.test", MSSL_JOB_GONE, NOW);
    mssl_advice_put(desk.advice, &job, NOW);
    assert_int_equal(mssl_advice_get_next(desk.advice), 0);
}

/* An issuer that has no such verb is asked once, whatever it made. */
static void test_mute(void **state)
{
    desk_t desk = open_desk(state);
    const char *asked;
    int i;

    for (i = 0; i < 100; i++) {
        add(&desk, apr_psprintf(desk.room->pool, "n%d.test", i), "first");
    }
    asked = ask_until(&desk, NOW + DAY, 0);
    assert_ptr_equal(strchr(asked, ' '), strrchr(asked, ' '));
    add(&desk, "new.test", "first");
    add(&desk, "other.test", "second");
    assert_string_equal(ask_until(&desk, NOW + 2 * DAY, 1), "other.test other.test ");
    mssl_advice_end(desk.advice, 0); /* nobody was asked: of a configuration before */
    assert_int_not_equal(mssl_advice_get_next(desk.advice), 0);
}

/* 100,000 names: never more than one in MSSL_ADVICE_SPAN, after a restart too, and each has its turn. */
static void test_many(void **state)
{
    static const int n = 100000;
    desk_t desk = open_desk(state);
    apr_time_t at, last = 0, end;
    int i, asked = 0, in_hour = 0;

    for (i = 0; i < n; i++) {
        add(&desk, apr_psprintf(desk.room->pool, "site%d.test", i), "first");
    }
    end = NOW + HOUR;
    for (at = NOW; at < NOW + 6 * DAY; at = mssl_advice_get_next(desk.advice)) {
        if (mssl_advice_take(desk.advice, at, &desk.turn)) {
            assert_true(at - last >= MSSL_ADVICE_SPAN);
            last = at;
            in_hour += at < end;
            asked++;
            mssl_advice_end(desk.advice, 1);
        }
    }
    assert_within(in_hour, 100, 1800);
    assert_within(asked, n * 2 - n / 10, 6 * 43200);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_each_in_its_time, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_who, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_mute, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_many, set_up, tear_down),
    };

    return cmocka_run_group_tests_name("advice", tests, NULL, NULL);
}
