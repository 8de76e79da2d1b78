/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/test.h"

#include <apr_general.h>
#include <apr_strings.h>

#include "lib/base/recent.h"

#define NOW apr_time_from_sec(1800000000)

static void test_once_a_minute(void **state)
{
    apr_pool_t *pool;
    mssl_recent_t *recent;

    (void)state;
    apr_initialize();
    apr_pool_create(&pool, NULL);
    recent = mssl_recent_make(pool);
    assert_true(mssl_recent_is_news(recent, "a.test", NOW));
    assert_true(mssl_recent_is_news(recent, "b.test", NOW));
    assert_false(mssl_recent_is_news(recent, "a.test", NOW));
    assert_false(mssl_recent_is_news(recent, "a.test", NOW + MSSL_RECENT_AGE - 1));
    assert_true(mssl_recent_is_news(recent, "a.test", NOW + MSSL_RECENT_AGE));
    assert_false(mssl_recent_is_news(recent, "a.test", NOW + MSSL_RECENT_AGE + 1));
    /* The clock was set back. */
    assert_true(mssl_recent_is_news(recent, "a.test", NOW - 1));
    assert_false(mssl_recent_is_news(recent, "a.test", NOW));
    apr_pool_destroy(pool);
    apr_terminate();
}

/* Of some hundred names most are remembered; of very many, as many as there is room for. */
static void test_bounded(void **state)
{
    apr_pool_t *pool;
    mssl_recent_t *recent;
    int i, again = 0;

    (void)state;
    apr_initialize();
    apr_pool_create(&pool, NULL);
    recent = mssl_recent_make(pool);
    for (i = 0; i < 100; i++) {
        assert_true(mssl_recent_is_news(recent, apr_psprintf(pool, "n%d.test", i), NOW));
    }
    for (i = 0; i < 100; i++) {
        again += mssl_recent_is_news(recent, apr_psprintf(pool, "n%d.test", i), NOW + 1);
    }
    assert_true(again < 50);
    for (i = 1000; i < 101000; i++) {
        mssl_recent_is_news(recent, apr_psprintf(pool, "n%d.test", i), NOW + 2);
    }
    assert_true(mssl_recent_is_news(recent, "n1.test", NOW + 3));
    apr_pool_destroy(pool);
    apr_terminate();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_once_a_minute),
        cmocka_unit_test(test_bounded),
    };

    return cmocka_run_group_tests_name("recent", tests, NULL, NULL);
}
