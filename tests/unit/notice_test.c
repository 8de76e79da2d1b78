/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/test.h"

#include <apr_general.h>
#include <apr_strings.h>
#include <stdlib.h>
#include <string.h>

#include "lib/steward/notice.h"

#define HOUR apr_time_from_sec(3600)
#define DAY (24 * HOUR)
#define NOW (20000 * DAY)

typedef struct desk_t {
    apr_pool_t *pool;
    mssl_notices_t *notices;
} desk_t;

static int set_up(void **state)
{
    desk_t *desk = calloc(1, sizeof(*desk));

    apr_initialize();
    apr_pool_create(&desk->pool, NULL);
    desk->notices = mssl_notices_make(desk->pool);
    *state = desk;
    return 0;
}

static int tear_down(void **state)
{
    desk_t *desk = *state;

    apr_pool_destroy(desk->pool);
    free(desk);
    apr_terminate();
    return 0;
}

static int all_there(void *baton, const char *key)
{
    (void)baton;
    (void)key;
    return 1;
}

static int none_there(void *baton, const char *key)
{
    (void)baton;
    (void)key;
    return 0;
}

static int due_at(desk_t *desk, const mssl_condition_t *condition, int n, apr_time_t now,
                  mssl_notice_t **due)
{
    return mssl_notices_due(desk->notices, condition, n, all_there, NULL, now, HOUR, due,
                            desk->pool);
}

/* The state of a certificate that nobody renews. */
static mssl_name_state_t state_at(apr_time_t at, apr_interval_time_t lifetime)
{
    mssl_warns_t warns;

    mssl_warns_init(&warns);
    if (at >= lifetime) {
        return MSSL_STATE_EXPIRED;
    }
    if (lifetime - at <= mssl_warns_get_urgent(&warns, lifetime)) {
        return MSSL_STATE_URGENT;
    }
    return lifetime - at <= mssl_warns_get_expiring(&warns, lifetime) ? MSSL_STATE_EXPIRING
                                                                     : MSSL_STATE_VALID;
}

/* All that is told of it in so many days, asked once an hour: "67.5 expiring, ...". */
static const char *live(desk_t *desk, apr_interval_time_t lifetime, int days)
{
    const char *told = "";
    apr_time_t at;

    for (at = 0; at < days * DAY; at += HOUR) {
        mssl_condition_t condition = { "a.example", state_at(at, lifetime) };
        mssl_notice_t *due;
        int n = due_at(desk, &condition, condition.state != MSSL_STATE_VALID, NOW + at, &due);

        assert_true(n <= 1);
        if (n == 1) {
            told = apr_psprintf(desk->pool, "%s%s%.1f %s%s", told, *told != '\0' ? ", " : "",
                                (double)at / DAY, mssl_states_get_word(due->state),
                                due->is_reminder ? " again" : "");
            mssl_notices_told(desk->notices, due, n, NOW + at);
        }
        if (at % (5 * DAY) == 0) { /* a reboot */
            const char *saved = mssl_notices_save(desk->notices, desk->pool);

            desk->notices = mssl_notices_make(desk->pool);
            assert_int_equal(mssl_notices_load(desk->notices, saved, NULL), APR_SUCCESS);
        }
    }
    return told;
}

static void test_90_days(void **state)
{
    assert_string_equal(live(*state, 90 * DAY, 115),
                        "67.5 expiring, 79.2 urgent, 80.2 urgent again, 81.2 urgent again, 82.2 "
                        "urgent again, 83.2 urgent again, 84.2 urgent again, 85.2 urgent again, "
                        "86.2 urgent again, 87.2 urgent again, 88.2 urgent again, 89.2 urgent "
                        "again, 90.0 expired, 91.0 expired again, 92.0 expired again, 93.0 expired "
                        "again, 94.0 expired again, 95.0 expired again, 96.0 expired again, 103.0 "
                        "expired again, 110.0 expired again");
}

static void test_47_days(void **state)
{
    assert_string_equal(live(*state, 47 * DAY, 48),
                        "35.3 expiring, 41.4 urgent, 42.4 urgent again, 43.4 urgent again, 44.4 "
                        "urgent again, 45.4 urgent again, 46.4 urgent again, 47.0 expired");
}

static void test_6_days(void **state)
{
    assert_string_equal(live(*state, 6 * DAY, 7), "4.5 expiring, 5.0 urgent, 6.0 expired");
}

/* 5,000 at once are one telling; what has time waits for the day. */
static void test_together(void **state)
{
    desk_t *desk = *state;
    mssl_condition_t *condition = apr_pcalloc(desk->pool, 5000 * sizeof(*condition));
    mssl_notice_t *due;
    int i;

    for (i = 0; i < 5000; i++) {
        condition[i].key = apr_psprintf(desk->pool, "n%04d.example", i);
        condition[i].state = i % 2 ? MSSL_STATE_EXPIRING : MSSL_STATE_URGENT;
    }
    assert_int_equal(due_at(desk, condition, 5000, NOW, &due), 5000);
    assert_int_equal(due[0].state, MSSL_STATE_URGENT);
    assert_string_equal(due[0].key, "n0000.example");
    assert_string_equal(condition[due[1].condition].key, "n0002.example");
    mssl_notices_told(desk->notices, due, 5000, NOW);
    assert_int_equal(due_at(desk, condition, 5000, NOW + HOUR, &due), 0);
    assert_int_equal(due_at(desk, condition, 5000, NOW + DAY, &due), 2500);
    condition[1].key = "later.example";
    assert_int_equal(due_at(desk, condition, 5000, NOW + 2 * HOUR, &due), 0);
    condition[0].state = MSSL_STATE_BAD;
    assert_int_equal(due_at(desk, condition, 5000, NOW + 2 * HOUR, &due), 1);
    assert_string_equal(due->key, "n0000.example");
    /* Not told (the program failed): it stays due, and more comes to it. */
    condition[2].state = MSSL_STATE_EXPIRED;
    assert_int_equal(due_at(desk, condition, 5000, NOW + 3 * HOUR, &due), 2);
    mssl_notices_told(desk->notices, due, 2, NOW + 3 * HOUR);
    condition[4].state = MSSL_STATE_EXPIRED;
    assert_int_equal(due_at(desk, condition, 5000, NOW + 3 * HOUR + HOUR / 2, &due), 0); /* every= */
    assert_int_equal(due_at(desk, condition, 5000, NOW + 4 * HOUR, &due), 1);
}

static void test_recovered(void **state)
{
    static const mssl_condition_t bad[] = { { "dir:/s", MSSL_STATE_BAD },
                                            { "a.example", MSSL_STATE_URGENT } };
    desk_t *desk = *state;
    mssl_notice_t *due;

    assert_int_equal(due_at(desk, bad, 2, NOW, &due), 2);
    mssl_notices_told(desk->notices, due, 2, NOW);
    assert_int_equal(due_at(desk, NULL, 0, NOW + DAY, &due), 2);
    assert_int_equal(due[0].state, MSSL_STATE_VALID);
    assert_string_equal(due[0].key, "a.example");
    assert_int_equal(due[0].condition, -1);
    mssl_notices_told(desk->notices, due, 2, NOW + DAY);
    assert_int_equal(due_at(desk, NULL, 0, NOW + 3 * DAY, &due), 0);
    /* It comes back: news, not a reminder. */
    assert_int_equal(due_at(desk, bad, 2, NOW + 3 * DAY, &due), 2);
    assert_false(due[0].is_reminder);
    mssl_notices_told(desk->notices, due, 2, NOW + 3 * DAY);
    /* Gone for good: nothing is told of it. */
    assert_int_equal(mssl_notices_due(desk->notices, NULL, 0, none_there, NULL, NOW + 9 * DAY,
                                      HOUR, &due, desk->pool), 0);
    mssl_notices_forget(desk->notices, bad, 1, none_there, NULL);
    assert_int_equal(due_at(desk, NULL, 0, NOW + 9 * DAY, &due), 1);
    assert_string_equal(due->key, "dir:/s");
}

/* A clock that was a year ahead, and was set right: as if nothing had been told in that time. */
static void test_clock_set_back(void **state)
{
    static const mssl_condition_t first[] = { { "a.example", MSSL_STATE_URGENT },
                                              { "b.example", MSSL_STATE_EXPIRING } };
    static const mssl_condition_t then[] = { { "a.example", MSSL_STATE_URGENT },
                                             { "b.example", MSSL_STATE_EXPIRING },
                                             { "c.example", MSSL_STATE_EXPIRING } };
    desk_t *desk = *state;
    mssl_notice_t *due;

    assert_int_equal(due_at(desk, first, 2, NOW + 365 * DAY, &due), 2);
    mssl_notices_told(desk->notices, due, 2, NOW + 365 * DAY);
    assert_int_equal(due_at(desk, then, 3, NOW, &due), 2);
    assert_string_equal(due[0].key, "a.example");
    assert_true(due[0].is_reminder);
    assert_string_equal(due[1].key, "c.example");
    mssl_notices_told(desk->notices, due, 2, NOW);
    assert_int_equal(due_at(desk, then, 3, NOW + DAY - HOUR, &due), 0);
    assert_int_equal(due_at(desk, then, 3, NOW + DAY, &due), 1);
    /* A step of a second back tells nothing twice. */
    mssl_notices_told(desk->notices, due, 1, NOW + DAY);
    assert_int_equal(due_at(desk, then, 3, NOW + DAY - apr_time_from_sec(1), &due), 0);
}

static void test_damaged(void **state)
{
    static const mssl_condition_t bad = { "a.example", MSSL_STATE_BAD };
    static const char *const damaged[] = {
        "", "mssl-notified 2\ntold 0 0\nend 0\n", "mssl-notified 1\n", "mssl-notified 1\ntold 0 0\n",
        "mssl-notified 1\ntold 0\nend 0\n", "mssl-notified 1\ntold 0 0\nend 1\n",
        "mssl-notified 1\ntold 0 0\nbad 1 1 \nend 1\n", "mssl-notified 1\ntold 0 0\nfine 1 1 a\nend 1\n",
        "mssl-notified 1\ntold 0 0\nbad -1 1 a\nend 1\n", "mssl-notified 1\ntold 0 0\nbad 1 a\nend 1\n",
        "mssl-notified 1\ntold 0 0\nend 0\nbad 1 1 a\n", "mssl-notified 1\ntold 9999999999999 0\nend 0\n",
    };
    desk_t *desk = *state;
    mssl_reason_t why = { "" };
    mssl_notice_t *due;
    size_t i;

    due_at(desk, &bad, 1, NOW, &due);
    mssl_notices_told(desk->notices, due, 1, NOW);
    for (i = 0; i < sizeof(damaged) / sizeof(damaged[0]); i++) {
        assert_int_equal(mssl_notices_load(desk->notices, damaged[i], &why), APR_EINVAL);
        assert_true(why.text[0] != '\0');
    }
    /* What was known is known still. */
    assert_int_equal(due_at(desk, &bad, 1, NOW + 2 * HOUR, &due), 0);
    assert_string_equal(mssl_notices_save(desk->notices, desk->pool),
                        "mssl-notified 1\ntold 1728000000 0\nbad 1728000000 1728000000 a.example\n"
                        "end 1\n");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_90_days), TEST(test_47_days), TEST(test_6_days), TEST(test_together),
        TEST(test_recovered), TEST(test_clock_set_back),
        TEST(test_damaged),
    };

    return cmocka_run_group_tests_name("notice", tests, NULL, NULL);
}
