/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/test.h"

#include "tests/unit/scheduled.h"

/* These of a list, and what is requested. */
static void permit_requests(room_t *room, const char *lines)
{
    room->issuing.for_requests = 0;
    permit(room, lines);
    room->issuing.for_requests = 1;
    mssl_schedule_permit(room->schedule,
                         mssl_permits_read(&room->issuing, room->dir, NULL, NULL, ignore, NULL,
                                           room->pool), room->now);
}

/* Of a list, and requested of the issuer that costs money; poor.test stopped that one. */
static int begin_stopped(void **state)
{
    mssl_job_t poor = make_job("poor.test", MSSL_JOB_FAILED, 0);
    room_t *room;

    set_up(state);
    room = *state;
    mkdir(apr_pstrcat(room->pool, room->root, "/requests", NULL), 0755);
    mkdir(apr_pstrcat(room->pool, room->root, "/requests/wanted", NULL), 0755);
    certs_write_text(room->root, "requests/wanted/a.test",
                     "mssl-request/1\nname: a.test\nverb: order\nissuer: hand\n");
    permit_requests(room, "a.test\npoor.test\n");
    survey(room, NULL);
    MSSL_JOB_SET(poor.issuer, "hand");
    poor.class = MSSL_CLASS_FUNDS;
    put(room, &poor);
    return 0;
}

static mssl_job_t make_bought(mssl_job_state_t state, apr_time_t at)
{
    mssl_job_t job = make_job("a.test", state, at);

    MSSL_JOB_SET(job.issuer, "hand");
    MSSL_JOB_SET(job.serial, "01");
    return job;
}

/* An issuer is stopped by another name: what serves this one is thought of all the same. */
static void test_installed(void **state)
{
    room_t *room = *state;
    mssl_job_t job = make_bought(MSSL_JOB_INSTALLED, NOW + HOUR);

    put(room, &job);
    assert_string_equal(next(room), "nothing");
    room->now = NOW + HOUR;
    assert_string_equal(next(room), "order a.test hand");
    assert_int_equal(room->turn.is_stopped, 1);
    assert_int_equal(room->turn.is_asked, 0);
    /* Who is declined as well. */
    job.state = MSSL_JOB_DECLINED;
    put(room, &job);
    room->now += HOUR;
    assert_string_equal(next(room), "order a.test hand");
    assert_int_equal(room->turn.is_stopped, 1);
}

/* A free one is made at its time; the order goes on when there is money. */
static void test_failed(void **state)
{
    room_t *room = *state;
    mssl_job_t job = make_bought(MSSL_JOB_FAILED, NOW + HOUR);

    job.class = MSSL_CLASS_HERE;
    job.meanwhile = NOW + DAY;
    put(room, &job);
    room->now = NOW + HOUR;
    assert_string_equal(next(room), "nothing");
    room->now = NOW + DAY;
    assert_string_equal(next(room), "meanwhile a.test first");
    job.meanwhile = NOW + 60 * DAY;
    put(room, &job);
    room->now += HOUR;
    assert_string_equal(next(room), "nothing");
    mssl_schedule_resume(room->schedule);
    assert_string_equal(next(room), "order a.test hand");
    assert_int_equal(room->turn.is_stopped, 0);
}

/* Nothing is planned, as nobody else vouched for it when it failed: once, and never where nobody does. */
static void test_unplanned(void **state)
{
    room_t *room = *state;
    mssl_job_t job = make_bought(MSSL_JOB_FAILED, NOW);

    put(room, &job);
    assert_string_equal(next(room), "order a.test hand");
    assert_int_equal(room->turn.is_stopped, 1);
    permit_requests(room, "poor.test\n");
    put(room, &job);
    room->now += HOUR;
    assert_string_equal(next(room), "nothing");
}

/* Its issuer is configured no more. */
static void test_gone(void **state)
{
    room_t *room = *state;
    mssl_job_t job = make_bought(MSSL_JOB_INSTALLED, NOW);

    APR_ARRAY_IDX(room->issuing.issuers, 1, mssl_issuer_t).name = "other";
    put(room, &job);
    assert_string_equal(next(room), "order a.test");
    assert_int_equal(room->turn.is_stopped, 1);
}

/* A first order waits; so does what asks for one that costs nothing, which may be asked by others alone. */
static void test_not_meant(void **state)
{
    room_t *room = *state;
    mssl_job_t job = make_bought(MSSL_JOB_FAILED, NOW);

    job.serial[0] = '\0';
    job.class = MSSL_CLASS_LIMIT;
    job.found = MSSL_FOUND_OURS;
    job.checked = NOW;
    put(room, &job);
    assert_string_equal(next(room), "nothing");
    APR_ARRAY_IDX(room->issuing.issuers, 1, mssl_issuer_t).by_request = 0;
    job = make_bought(MSSL_JOB_INSTALLED, NOW);
    put(room, &job);
    room->now += HOUR;
    assert_string_equal(next(room), "nothing");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_installed, begin_stopped, tear_down),
        cmocka_unit_test_setup_teardown(test_failed, begin_stopped, tear_down),
        cmocka_unit_test_setup_teardown(test_unplanned, begin_stopped, tear_down),
        cmocka_unit_test_setup_teardown(test_gone, begin_stopped, tear_down),
        cmocka_unit_test_setup_teardown(test_not_meant, begin_stopped, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
