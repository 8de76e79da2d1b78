/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/test.h"

#include <stdio.h>

#include "lib/issue/plan.h"

#define NOW apr_time_from_sec(1800000000)
#define MINUTE apr_time_from_sec(60)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)

static mssl_job_t make_failed(int failures, mssl_class_t class, apr_interval_time_t age)
{
    mssl_job_t job;

    mssl_job_init(&job, "a.test", NOW - age);
    job.state = MSSL_JOB_FAILED;
    job.failing = NOW - age;
    job.failures = failures;
    job.class = class;
    return job;
}

static void test_retry(void **state)
{
    static const struct {
        int failures;
        apr_interval_time_t age, least, most;
    } rows[] = {
        { 1, 0, MINUTE, MINUTE },
        { 2, MINUTE, 10 * MINUTE, 10 * MINUTE },
        { 3, HOUR, 100 * MINUTE, 100 * MINUTE },
        { 4, HOUR, DAY / 10 * 8, DAY / 10 * 12 },
        { 30, 29 * DAY, DAY / 10 * 8, DAY / 10 * 12 },
        { 31, 31 * DAY, 7 * DAY / 10 * 8, 7 * DAY / 10 * 12 },
        { 2147483647, 3000 * DAY, 7 * DAY / 10 * 8, 7 * DAY / 10 * 12 },
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        mssl_job_t job = make_failed(rows[i].failures, MSSL_CLASS_UNAUTHORIZED, rows[i].age);
        apr_interval_time_t wait = mssl_plan_retry(&job, 0, NOW) - NOW;

        assert_within(wait, rows[i].least, rows[i].most);
        assert_int_equal(mssl_plan_retry(&job, 0, NOW) - NOW, wait); /* not drawn anew */
        /* What a CA says counts for its limits alone, and not once it is over. */
        assert_int_equal(mssl_plan_retry(&job, NOW + HOUR * 5, NOW) - NOW, wait);
        job.class = MSSL_CLASS_LIMIT;
        assert_int_equal(mssl_plan_retry(&job, NOW + HOUR * 5, NOW), NOW + HOUR * 5);
        assert_int_equal(mssl_plan_retry(&job, NOW - HOUR, NOW) - NOW, wait);
    }
}

/* The next issuer's turn comes by what was not the name's fault, twice in a row. */
static void test_refusals(void **state)
{
    static const struct {
        mssl_class_t class;
        int failures, refusals;
    } rows[] = {
        { MSSL_CLASS_DNS, 1, 0 }, { MSSL_CLASS_CA, 2, 1 }, { MSSL_CLASS_LIMIT, 3, 2 },
        { MSSL_CLASS_CONNECTION, 4, 0 }, { MSSL_CLASS_LIMIT, 5, 1 }, { MSSL_CLASS_HERE, 6, 0 },
    };
    mssl_job_t job;
    size_t i;

    (void)state;
    mssl_job_init(&job, "a.test", NOW);
    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        mssl_plan_fail(&job, rows[i].class, 0, NOW);
        assert_int_equal(job.failures, rows[i].failures);
        assert_int_equal(job.refusals, rows[i].refusals);
    }
}

/* When somebody else's certificate counts as urgent, as MSSLExpiryWarn has it. */
static void test_urgent(void **state)
{
    mssl_warns_t warns;

    (void)state;
    mssl_warns_init(&warns);
    assert_int_equal(mssl_plan_urgent(&warns.urgent, NOW, NOW + 100 * DAY), NOW + 88 * DAY);
    assert_int_equal(mssl_plan_urgent(&warns.urgent, NOW, NOW + 365 * DAY), NOW + 351 * DAY);
    assert_int_equal(mssl_plan_urgent(&warns.urgent, NOW, NOW + 6 * DAY), NOW + 5 * DAY);
    warns.urgent = (mssl_warn_t){ .days = 20 };
    assert_int_equal(mssl_plan_urgent(&warns.urgent, NOW, NOW + 90 * DAY), NOW + 70 * DAY);
}

static void test_fail(void **state)
{
    mssl_job_t job;

    (void)state;
    mssl_job_init(&job, "a.test", NOW - DAY);
    job.state = MSSL_JOB_ORDERED;
    job.found = MSSL_FOUND_OURS;
    mssl_plan_fail(&job, MSSL_CLASS_CAA, 0, NOW);
    assert_int_equal(job.state, MSSL_JOB_FAILED);
    assert_int_equal(job.class, MSSL_CLASS_CAA);
    assert_int_equal(job.found, MSSL_FOUND_NOTHING);
    assert_int_equal(job.failures, 1);
    assert_true(job.since == NOW && job.failing == NOW && job.next == NOW + MINUTE);
    job.state = MSSL_JOB_ORDERED;
    job.since = NOW + MINUTE;
    mssl_plan_fail(&job, MSSL_CLASS_LIMIT, NOW + DAY, NOW + MINUTE);
    assert_int_equal(job.failures, 2);
    assert_true(job.since == NOW + MINUTE && job.failing == NOW && job.next == NOW + DAY);
    job.failures = 2147483647;
    mssl_plan_fail(&job, MSSL_CLASS_CA, 0, NOW + 2 * MINUTE);
    assert_int_equal(job.failures, 2147483647);
    assert_true(job.since == NOW + MINUTE);
}

static void test_preflight(void **state)
{
    mssl_class_t class;

    (void)state;
    for (class = MSSL_CLASS_NONE; class < MSSL_CLASSES; class++) {
        int is_looked_at = class == MSSL_CLASS_DNS || class == MSSL_CLASS_ELSEWHERE
                           || class == MSSL_CLASS_CONNECTION;
        mssl_job_t job = make_failed(5, class, DAY);

        assert_int_equal(mssl_plan_preflight(&job, NOW), is_looked_at ? NOW + 10 * MINUTE : 0);
        job = make_failed(5, class, 4 * DAY);
        assert_int_equal(mssl_plan_preflight(&job, NOW), is_looked_at ? NOW + HOUR : 0);
        job = make_failed(50, class, 34 * DAY);
        assert_int_equal(mssl_plan_preflight(&job, NOW), 0);
        job = make_failed(5, class, DAY);
        job.state = MSSL_JOB_DECLINED;
        assert_int_equal(mssl_plan_preflight(&job, NOW), 0);
    }
}

static void test_poll(void **state)
{
    mssl_job_t job = make_failed(0, MSSL_CLASS_NONE, HOUR);

    (void)state;
    job.state = MSSL_JOB_PENDING;
    assert_int_equal(mssl_plan_poll(&job, NOW), NOW + 5 * MINUTE);
    job.since = NOW - 3 * HOUR;
    assert_int_equal(mssl_plan_poll(&job, NOW), NOW + HOUR);
}

static void test_renewal(void **state)
{
    static const struct {
        int days, percent, least, most; /* days before the end */
    } rows[] = {
        { 90, 0, 26, 30 }, { 64, 0, 19, 22 }, { 45, 0, 13, 15 }, { 10, 0, 2, 4 },
        { 6, 0, 2, 3 }, { 90, 50, 40, 45 }, { 6, 10, 0, 1 },
    };
    size_t i;
    int n;

    (void)state;
    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        apr_time_t end = NOW + rows[i].days * DAY;
        apr_time_t first = end, last = 0;

        for (n = 0; n < 2000; n++) {
            char name[32];
            apr_time_t renew;

            snprintf(name, sizeof(name), "site%d.test", n);
            renew = mssl_plan_renewal(name, NOW, end, rows[i].percent);
            assert_within(end - renew, rows[i].least * DAY, rows[i].most * DAY);
            first = renew < first ? renew : first;
            last = renew > last ? renew : last;
        }
        /* Spread over most of a tenth of what is left. */
        assert_true(last - first > (end - first) / 12);
        assert_true(last - first <= (end - first) / 10);
    }
}

static void test_advised(void **state)
{
    (void)state;
    assert_int_equal(mssl_plan_advised(NOW, 0, NOW + 30 * DAY), NOW);
    assert_int_equal(mssl_plan_advised(NOW, NOW - 20 * DAY, NOW + 30 * DAY), NOW - 20 * DAY);
    assert_int_equal(mssl_plan_advised(NOW, NOW + 10 * DAY, NOW + 30 * DAY), NOW + 10 * DAY);
    assert_int_equal(mssl_plan_advised(NOW, NOW + 29 * DAY, NOW + 30 * DAY), NOW + 15 * DAY);
}

/* What serves ends within the day: not without having asked again. A limit is not pressed. */
static void test_before_the_end(void **state)
{
    static const struct {
        mssl_class_t class;
        apr_interval_time_t left, least, most;
    } rows[] = {
        { MSSL_CLASS_CA, 30 * DAY, DAY * 8 / 10, DAY * 12 / 10 },
        { MSSL_CLASS_CA, DAY, DAY / 2, DAY / 2 },
        { MSSL_CLASS_CHAIN, 4 * HOUR, 2 * HOUR, 2 * HOUR },
        { MSSL_CLASS_CA, HOUR, HOUR, HOUR },
        { MSSL_CLASS_CA, -HOUR, DAY * 8 / 10, DAY * 12 / 10 },
        { MSSL_CLASS_LIMIT, DAY, DAY * 8 / 10, DAY * 12 / 10 },
    };
    mssl_job_t job;
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(rows); i++) {
        mssl_job_init(&job, "a.test", NOW);
        job.failures = job.meanwhile_failures = 4;
        job.not_after = NOW + rows[i].left;
        mssl_plan_fail(&job, rows[i].class, 0, NOW);
        assert_within(job.next - NOW, rows[i].least, rows[i].most);
        mssl_plan_fail_meanwhile(&job, rows[i].class, 0, NOW);
        assert_int_equal(job.meanwhile, job.next);
    }
}

/* What a clock that was ahead left behind is wanted now; what may wait so long goes on waiting. */
static void test_clock_set_back(void **state)
{
    static const struct {
        mssl_job_state_t state;
        mssl_class_t class;
        int failures, is_expected;
        apr_time_t next, not_after, until;
    } rows[] = {
        { MSSL_JOB_FAILED, MSSL_CLASS_CA, 1, 1, MINUTE, 0, 0 },
        { MSSL_JOB_FAILED, MSSL_CLASS_CA, 1, 0, 3 * DAY, 0, 0 },
        { MSSL_JOB_FAILED, MSSL_CLASS_CA, 9, 0, 400 * DAY, 60 * DAY, 0 },
        { MSSL_JOB_FAILED, MSSL_CLASS_CA, 9, 1, 400 * DAY, 401 * DAY, 0 }, /* an admin is reminded */
        { MSSL_JOB_FAILED, MSSL_CLASS_LIMIT, 1, 1, 90 * DAY, 0, 0 },
        { MSSL_JOB_FAILED, MSSL_CLASS_LIMIT, 1, 0, 400 * DAY, 0, 0 },
        { MSSL_JOB_WANTED, MSSL_CLASS_NONE, 0, 1, DAY, 0, 0 }, /* another one serves it */
        { MSSL_JOB_WANTED, MSSL_CLASS_NONE, 0, 0, 2 * DAY, 0, 0 },
        { MSSL_JOB_PENDING, MSSL_CLASS_NONE, 0, 1, 400 * DAY, 0, 400 * DAY }, /* an admin's turn */
        { MSSL_JOB_PENDING, MSSL_CLASS_NONE, 0, 0, 400 * DAY, 0, 401 * DAY },
        { MSSL_JOB_INSTALLED, MSSL_CLASS_NONE, 0, 1, 400 * DAY, 0, 0 },
        { MSSL_JOB_DECLINED, MSSL_CLASS_NONE, 0, 1, 400 * DAY, 0, 0 },
    };
    mssl_job_t job;
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(rows); i++) {
        mssl_job_init(&job, "a.test", NOW);
        job.state = rows[i].state;
        job.class = rows[i].class;
        job.failures = rows[i].failures;
        job.next = NOW + rows[i].next;
        job.not_after = NOW + rows[i].not_after;
        job.until = NOW + rows[i].until;
        assert_int_equal(mssl_plan_get_next(&job, NOW), rows[i].is_expected ? job.next : NOW);
        job.next = 0;
        assert_int_equal(mssl_plan_get_next(&job, NOW), 0);
        job.meanwhile = NOW + rows[i].next;
        assert_int_equal(mssl_plan_get_meanwhile(&job, NOW),
                         rows[i].next < 400 * DAY || rows[i].not_after > 400 * DAY ? job.meanwhile : NOW);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_retry),     cmocka_unit_test(test_fail), cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_urgent),
        cmocka_unit_test(test_preflight),
        cmocka_unit_test(test_poll),      cmocka_unit_test(test_renewal),
        cmocka_unit_test(test_advised),   cmocka_unit_test(test_clock_set_back),
        cmocka_unit_test(test_before_the_end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
