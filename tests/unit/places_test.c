/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/test.h"

#include "lib/status/places.h"

#define NOW apr_time_from_sec(1000)

static void test_two_at_once(void **state)
{
    mssl_places_t places = { { 0 } };

    (void)state;
    assert_int_equal(mssl_places_take(&places, NOW), 0);
    assert_int_equal(mssl_places_take(&places, NOW + 1), 1);
    assert_int_equal(mssl_places_take(&places, NOW + 2), -1);
    mssl_places_give(&places, 0, NOW);
    assert_int_equal(mssl_places_take(&places, NOW + 3), 0);
    assert_int_equal(mssl_places_take(&places, NOW + 4), -1);
}

/* Its process died; who comes late gives back nobody else's. */
static void test_died(void **state)
{
    mssl_places_t places = { { 0 } };
    apr_time_t later = NOW + apr_time_from_sec(61);

    (void)state;
    assert_int_equal(mssl_places_take(&places, NOW), 0);
    assert_int_equal(mssl_places_take(&places, NOW), 1);
    assert_int_equal(mssl_places_take(&places, NOW + apr_time_from_sec(60)), -1);
    assert_int_equal(mssl_places_take(&places, later), 0);
    assert_int_equal(mssl_places_take(&places, later), 1);
    mssl_places_give(&places, 0, NOW);
    assert_int_equal(mssl_places_take(&places, later), -1);
}

static void test_no_memory(void **state)
{
    int i;

    (void)state;
    for (i = 0; i < 3; i++) {
        assert_int_equal(mssl_places_take(NULL, NOW), 0);
    }
    mssl_places_give(NULL, 0, NOW);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_two_at_once),
        cmocka_unit_test(test_died),
        cmocka_unit_test(test_no_memory),
    };

    return cmocka_run_group_tests_name("places", tests, NULL, NULL);
}
