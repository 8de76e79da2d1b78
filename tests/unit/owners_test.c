/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/test.h"

#include <apr_general.h>
#include <apr_strings.h>

#include "lib/steward/owners.h"
#include "tests/unit/pool.h"

#define MINUTE apr_time_from_sec(60)
#define HOUR (60 * MINUTE)
#define NOW (500000 * HOUR)
#define A "a@b.example"
#define B "b@b.example"

static int may(const mssl_owners_t *owners, const char *address, mssl_event_t event, apr_time_t now)
{
    return mssl_owners_may(owners, address, event, now, HOUR);
}

/* Each owner and event by itself. */
static void test_often(void **state)
{
    mssl_owners_t *owners = mssl_owners_make(*state);

    assert_true(may(owners, A, MSSL_EVENT_ISSUED, NOW));
    mssl_owners_told(owners, A, MSSL_EVENT_ISSUED, NOW);
    assert_false(may(owners, A, MSSL_EVENT_ISSUED, NOW + HOUR - 1));
    assert_true(may(owners, A, MSSL_EVENT_ISSUED, NOW + HOUR));
    assert_true(may(owners, A, MSSL_EVENT_ISSUED, NOW - 1));
    assert_true(may(owners, A, MSSL_EVENT_FAILED, NOW));
    assert_true(may(owners, B, MSSL_EVENT_ISSUED, NOW));
}

static void test_failures(void **state)
{
    mssl_owners_t *owners = mssl_owners_make(*state);

    assert_int_equal(mssl_owners_failed(owners, A), 1);
    assert_int_equal(mssl_owners_failed(owners, A), 2);
    mssl_owners_wait(owners, A, NOW + HOUR);
    assert_false(may(owners, A, MSSL_EVENT_ISSUED, NOW));
    assert_false(may(owners, A, MSSL_EVENT_FAILED, NOW + HOUR - 1));
    assert_true(may(owners, A, MSSL_EVENT_ISSUED, NOW + HOUR));
    assert_true(may(owners, A, MSSL_EVENT_ISSUED, NOW - 2 * HOUR)); /* a clock that was set back */
    assert_true(may(owners, B, MSSL_EVENT_ISSUED, NOW));
    mssl_owners_told(owners, A, MSSL_EVENT_ISSUED, NOW);
    assert_int_equal(mssl_owners_failed(owners, A), 1);
    mssl_owners_forget(owners, A);
    assert_int_equal(mssl_owners_failed(owners, A), 1);
}

/* Of too many those that fail are known longest; and no more than there is room for. */
static void test_many(void **state)
{
    mssl_owners_t *owners = mssl_owners_make(*state);
    int i;

    mssl_owners_failed(owners, A);
    mssl_owners_wait(owners, A, NOW + HOUR);
    mssl_owners_told(owners, B, MSSL_EVENT_ISSUED, NOW);
    for (i = 0; i < MSSL_OWNERS_MAX; i++) {
        mssl_owners_told(owners, apr_psprintf(*state, "%d@c.example", i), MSSL_EVENT_ISSUED, NOW);
    }
    assert_false(may(owners, A, MSSL_EVENT_ISSUED, NOW));
    assert_true(may(owners, B, MSSL_EVENT_ISSUED, NOW));
    for (i = 0; i < 3 * MSSL_OWNERS_MAX; i++) {
        mssl_owners_failed(owners, apr_psprintf(*state, "%d@d.example", i));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_often, pool_set_up, pool_tear_down),
        cmocka_unit_test_setup_teardown(test_failures, pool_set_up, pool_tear_down),
        cmocka_unit_test_setup_teardown(test_many, pool_set_up, pool_tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
