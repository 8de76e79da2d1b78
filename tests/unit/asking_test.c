/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/test.h"

#include <apr_general.h>
#include <apr_strings.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/issue/asking.h"

#define NOW apr_time_from_sec(APR_INT64_C(1800000000))
#define SECOND apr_time_from_sec(1)
#define HOUR apr_time_from_sec(3600)

typedef struct room_t {
    apr_pool_t *pool;
    mssl_asking_t *asking;
    apr_time_t now;
    char name[MSSL_NAME_SIZE];
    mssl_asking_cause_t cause;
} room_t;

static int set_up(void **state)
{
    room_t *room = calloc(1, sizeof(*room));

    apr_initialize();
    apr_pool_create(&room->pool, NULL);
    room->asking = mssl_asking_make(room->pool);
    room->now = NOW;
    *state = room;
    return 0;
}

static int tear_down(void **state)
{
    room_t *room = *state;

    apr_pool_destroy(room->pool);
    free(room);
    apr_terminate();
    return 0;
}

static int bring(room_t *room, const char *name)
{
    return mssl_asking_bring(room->asking, name, MSSL_ASKING_WANTED, room->now);
}

static int take(room_t *room)
{
    return mssl_asking_take(room->asking, room->now, room->name, &room->cause);
}

static void end(room_t *room, int is_yes)
{
    mssl_asking_end(room->asking, room->name, is_yes, room->now);
}

/* Ask and answer all that may be asked now. @return how many */
static int ask_all(room_t *room, int is_yes)
{
    int n;

    for (n = 0; take(room); n++) {
        end(room, is_yes);
    }
    return n;
}

static void test_four_at_once(void **state)
{
    room_t *room = *state;
    int i;

    for (i = 0; i < 8; i++) {
        assert_true(bring(room, apr_psprintf(room->pool, "www.d%d.com", i)));
    }
    for (i = 0; i < MSSL_ASKING_AT_ONCE; i++) {
        assert_true(take(room));
        assert_string_equal(room->name, apr_psprintf(room->pool, "www.d%d.com", i));
        assert_int_equal(room->cause, MSSL_ASKING_WANTED);
    }
    assert_false(take(room));
    end(room, 1);
    assert_true(take(room));
    assert_string_equal(room->name, "www.d4.com");
    assert_true(mssl_asking_has(room->asking, "www.d0.com"));
    assert_true(bring(room, "www.d0.com")); /* once is enough */
    assert_true(mssl_asking_has(room->asking, "www.d7.com"));
    assert_false(mssl_asking_has(room->asking, "www.d8.com"));
}

static void test_ten_a_second(void **state)
{
    room_t *room = *state;
    int i, n = 0;

    for (i = 0; i < MSSL_ASKING_WAITING; i++) {
        bring(room, apr_psprintf(room->pool, "www.d%d.com", i));
    }
    assert_false(bring(room, "www.toomany.com"));
    for (i = 0; i < 5; i++, room->now += SECOND) {
        n += ask_all(room, 0);
    }
    assert_within(n, 4 * MSSL_ASKING_A_SECOND, 5 * MSSL_ASKING_A_SECOND);
    /* Nor does who rested long ask for more at once. */
    room->now += HOUR;
    assert_within(ask_all(room, 0), 1, MSSL_ASKING_A_SECOND);
    /* A clock that is set back stops nobody. */
    room->now = NOW - 10 * HOUR;
    assert_within(ask_all(room, 0), 1, MSSL_ASKING_A_SECOND);
}

static void test_a_no_is_believed(void **state)
{
    room_t *room = *state;

    bring(room, "www.a.com");
    assert_int_equal(ask_all(room, 0), 1);
    assert_false(bring(room, "www.a.com"));
    room->now += MSSL_ASKING_BELIEVED - 1;
    assert_false(bring(room, "www.a.com"));
    room->now += 1;
    assert_true(bring(room, "www.a.com"));
    assert_int_equal(ask_all(room, 1), 1);
    assert_true(bring(room, "www.a.com")); /* a yes is no no */
    ask_all(room, 0);
    room->now -= 10 * HOUR;
    assert_true(bring(room, "www.a.com")); /* the clock was set back */
}

/* An admin, or an order that is due, is heard whatever strangers did. */
static void test_due(void **state)
{
    room_t *room = *state;
    int i;

    bring(room, "www.a.com");
    ask_all(room, 0);
    for (i = 0; i < MSSL_ASKING_WAITING; i++) {
        bring(room, apr_psprintf(room->pool, "www.d%d.com", i));
    }
    room->now += SECOND;
    assert_true(mssl_asking_bring(room->asking, "www.a.com", MSSL_ASKING_DUE, room->now));
    assert_true(take(room));
    assert_string_equal(room->name, "www.a.com");
    assert_int_equal(room->cause, MSSL_ASKING_DUE);
    for (i = 0; i < MSSL_ASKING_WAITING; i++) {
        assert_true(mssl_asking_bring(room->asking, apr_psprintf(room->pool, "n%d.b.com", i),
                                      MSSL_ASKING_DUE, room->now));
    }
    assert_false(mssl_asking_bring(room->asking, "more.b.com", MSSL_ASKING_DUE, room->now));
}

/* Ask for all that may be asked. @param wild out: how many of them were of the wildcard */
static int ask_and_count(room_t *room, int *wild)
{
    int n;

    for (n = 0; take(room); n++) {
        *wild += strstr(room->name, ".wild.co.uk") != NULL;
        end(room, 0);
    }
    return n;
}

/* A wildcard record that leads here, and 100,000 labels: they cost nothing, and others are heard. */
static void test_wildcard(void **state)
{
    room_t *room = *state;
    int i, wild = 0, others = 0;
    char name[64];

    for (i = 0; i < 100000; i++) {
        snprintf(name, sizeof(name), "r%d.wild.co.uk", i);
        assert_int_equal(bring(room, name), i < MSSL_ASKING_DOMAIN);
        if (i % 1000 == 999) {
            snprintf(name, sizeof(name), "www.good%d.com", i);
            assert_true(bring(room, name));
            room->now += 10 * SECOND;
            others += ask_and_count(room, &wild);
        }
    }
    assert_int_equal(wild, MSSL_ASKING_DOMAIN);
    assert_int_equal(others - wild, 100);
    assert_true(mssl_asking_count(room->asking) < 300);
    /* The next hour's. */
    room->now += HOUR;
    for (i = 0; i < 100; i++) {
        snprintf(name, sizeof(name), "s%d.wild.co.uk", i);
        assert_int_equal(bring(room, name), i < MSSL_ASKING_DOMAIN);
    }
}

/* Each a domain of its own: as many as can be asked for in the time are known, and not one more. */
static void test_flood_of_domains(void **state)
{
    room_t *room = *state;
    unsigned int most = 0;
    int i, wild = 0, n = 0;
    char name[64];

    for (i = 0; i < 1000000; i++) {
        snprintf(name, sizeof(name), "www.f%d.com", i);
        bring(room, name);
        if (i % 100 == 0) {
            room->now += SECOND;
            n += ask_and_count(room, &wild);
            most = mssl_asking_count(room->asking) > most ? mssl_asking_count(room->asking) : most;
        }
    }
    assert_within(n, 90000, 100010);
    assert_true(most < 36000 + 6000 + 2 * MSSL_ASKING_WAITING + 20);
    /* Somebody else's turn comes as the others'. */
    room->now += 20 * SECOND;
    for (i = 0; i < 20; i++, room->now += SECOND) {
        ask_and_count(room, &wild);
    }
    assert_true(bring(room, "www.honest.com"));
    assert_true(take(room));
    assert_string_equal(room->name, "www.honest.com");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_four_at_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_ten_a_second, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_no_is_believed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_due, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_wildcard, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_flood_of_domains, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
