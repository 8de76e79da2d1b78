/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/test.h"

#include "lib/process/health.h"

#define SECOND apr_time_from_sec(1)
/** Some time since the machine was started. */
#define START apr_time_from_sec(1000)

static void test_one_death(void **state)
{
    mssl_health_t health = { 0 };
    apr_time_t now = START;
    int i;

    (void)state;
    assert_false(mssl_health_look(&health, now)); /* not asked for */
    mssl_health_begin(&health, now);
    /* Once an hour, for days: a new one is there at once each time. */
    for (i = 0; i < 100; i++) {
        now += 3600 * SECOND;
        mssl_health_end(&health, now);
        assert_false(mssl_health_look(&health, now));
        mssl_health_begin(&health, now);
        assert_false(mssl_health_look(&health, now));
        assert_false(health.is_down);
    }
}

static void test_absent(void **state)
{
    mssl_health_t health = { 0 };

    (void)state;
    mssl_health_begin(&health, START);
    mssl_health_end(&health, START + 100 * SECOND);
    assert_false(mssl_health_look(&health, START + 115 * SECOND - 1));
    assert_true(mssl_health_look(&health, START + 115 * SECOND));
    assert_true(health.is_down);
    assert_false(mssl_health_look(&health, START + 200 * SECOND));
    /* Up again when it has lived for a while, and not before. */
    mssl_health_begin(&health, START + 300 * SECOND);
    assert_false(mssl_health_look(&health, START + 330 * SECOND - 1));
    assert_true(health.is_down);
    assert_true(mssl_health_look(&health, START + 330 * SECOND));
    assert_false(health.is_down);
}

/* It cannot be begun at all, again and again: absent since the first time. */
static void test_never_begun(void **state)
{
    mssl_health_t health = { 0 };

    (void)state;
    mssl_health_end(&health, START);
    mssl_health_end(&health, START + 14 * SECOND);
    assert_false(mssl_health_look(&health, START + 14 * SECOND));
    assert_true(mssl_health_look(&health, START + 15 * SECOND));
}

static void test_dies_again_and_again(void **state)
{
    mssl_health_t health = { 0 };
    apr_time_t now = START;
    int i, changes = 0;

    (void)state;
    mssl_health_begin(&health, now);
    now += 1000 * SECOND; /* a long one, then short ones */
    mssl_health_end(&health, now);
    for (i = 1; i < MSSL_HEALTH_LIVES; i++) {
        assert_false(mssl_health_look(&health, now));
        mssl_health_begin(&health, now);
        now += 20 * SECOND;
        mssl_health_end(&health, now);
    }
    assert_true(mssl_health_look(&health, now));
    assert_true(health.is_down);
    /* Down as long as it goes on, without a change in between. */
    for (i = 0; i < 1000; i++) {
        mssl_health_begin(&health, now);
        changes += mssl_health_look(&health, now + 10 * SECOND);
        now += 29 * SECOND;
        mssl_health_end(&health, now);
        changes += mssl_health_look(&health, now);
    }
    assert_int_equal(changes, 0);
    assert_true(health.is_down);
}

/* A graceful restart begins another one beside it: what lived goes on living. */
static void test_restarts(void **state)
{
    mssl_health_t health = { 0 };
    apr_time_t now = START;
    int i;

    (void)state;
    mssl_health_end(&health, now);
    assert_true(mssl_health_look(&health, now + 20 * SECOND));
    now += 20 * SECOND;
    for (i = 0; i < 3; i++, now += 10 * SECOND) {
        mssl_health_begin(&health, now);
        assert_false(mssl_health_look(&health, now));
    }
    assert_true(mssl_health_look(&health, now));
    assert_false(health.is_down);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_death),
        cmocka_unit_test(test_absent),
        cmocka_unit_test(test_never_begun),
        cmocka_unit_test(test_dies_again_and_again),
        cmocka_unit_test(test_restarts),
    };

    return cmocka_run_group_tests_name("health", tests, NULL, NULL);
}
