/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/test.h"

#include "lib/base/patience.h"

#define MS 1000
#define BEGUN (5 * APR_USEC_PER_SEC)

static void test_steps(void **state)
{
    mssl_patience_t patience;

    (void)state;
    mssl_patience_begin(&patience, 250 * MS, BEGUN);
    assert_int_equal(mssl_patience_next(&patience, BEGUN), 100 * MS);
    assert_int_equal(mssl_patience_next(&patience, BEGUN + 100 * MS), 100 * MS);
    /* Asked again at once, in the middle of a step, and where the last is short. */
    assert_int_equal(mssl_patience_next(&patience, BEGUN + 100 * MS), 100 * MS);
    assert_int_equal(mssl_patience_next(&patience, BEGUN + 120 * MS), 100 * MS);
    assert_int_equal(mssl_patience_next(&patience, BEGUN + 220 * MS), 30 * MS);
    assert_int_equal(mssl_patience_next(&patience, BEGUN + 250 * MS), 0);
    assert_int_equal(mssl_patience_next(&patience, BEGUN + 250 * MS), 0);
    assert_int_equal(mssl_patience_next(&patience, BEGUN + 900 * MS), 0);
}

static void test_none(void **state)
{
    mssl_patience_t patience;

    (void)state;
    mssl_patience_begin(&patience, 0, BEGUN);
    assert_int_equal(mssl_patience_next(&patience, BEGUN), 0);
}

/* An hour in which nothing ran is two steps, each time. */
static void test_standstill(void **state)
{
    mssl_patience_t patience;
    apr_time_t now = BEGUN;

    (void)state;
    mssl_patience_begin(&patience, 500 * MS, now);
    assert_int_equal(mssl_patience_next(&patience, now += 100 * MS), 100 * MS);
    assert_int_equal(mssl_patience_next(&patience, now += apr_time_from_sec(3600)), 100 * MS);
    assert_int_equal(mssl_patience_next(&patience, now += 100 * MS), 100 * MS);
    assert_int_equal(mssl_patience_next(&patience, now += apr_time_from_sec(3600)), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_steps),
        cmocka_unit_test(test_none),
        cmocka_unit_test(test_standstill),
    };

    return cmocka_run_group_tests_name("patience", tests, NULL, NULL);
}
