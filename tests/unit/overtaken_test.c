/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

/* A look at files that takes long, while they are mended and another process tells so. */

#include "tests/unit/stores.h"

#include <apr_strings.h>

/** An opener of one process; between its first look and its answer the others see the files mended. */
typedef struct late_t {
    room_t *room;
    mssl_store_t *store;
    const mssl_view_t *others;
    int looks;
    int is_for_ever; /* each look finds other files than the one before */
} late_t;

static apr_status_t late_opener(void *baton, int source_id, mssl_question_t *question)
{
    late_t *late = baton;
    room_t *room = late->room;
    apr_status_t rv = mssl_store_fetch(late->store, source_id, question);

    if (question->key[0] == '*') {
        return rv;
    }
    if (late->looks++ == 0 && !late->is_for_ever) {
        room_put(room->root, "a.example.pem", "a.example", "mended");
        room_later(room);
        assert_string_equal(room_look(room, late->others, "a.example"), "mended");
    }
    else if (late->is_for_ever) {
        certs_write_text(room->root, "a.example.pem",
                         apr_psprintf(room->pool, "garbage, %d", late->looks));
    }
    return rv;
}

static void make_processes(late_t *late, room_t *room)
{
    memset(late, 0, sizeof(*late));
    late->room = room;
    room->conf.told = mssl_told_make(apr_pcalloc(room->pool, mssl_told_size()));
    room_make_store(room);
    late->others = room->view;
    room_make_store(room);
    late->store = room->store;
    mssl_store_set_opener(room->store, late_opener, late);
}

/* What was bad when it looked is not told after it was told to be good: it is looked at once more. */
static void test_bad(void **state)
{
    room_t *room = *state;
    late_t late;

    make_processes(&late, room);
    certs_write_text(room->root, "a.example.pem", "garbage");
    assert_string_equal(room_look(room, late.others, "a.example"), "none");
    room_reported(room, "BAD a.example");
    room_gives(room, "a.example", "mended");
    assert_int_equal(late.looks, 2);
    assert_string_equal(room->reports, "GOOD a.example its certificate is in service\n");
}

/* The same for one that was not valid any more. */
static void test_expired(void **state)
{
    room_t *room = *state;
    late_t late;

    make_processes(&late, room);
    room_put_invalid(room->root, "a.example.pem", "a.example", "old", -1);
    assert_string_equal(room_look(room, late.others, "a.example"), "old");
    room_reported(room, "LATE a.example");
    room_gives(room, "a.example", "mended");
    assert_int_equal(late.looks, 2);
    assert_string_equal(room->reports, "GOOD a.example its certificate is in service\n");
}

/* What is bad at the second look is told, however often it changes; what was told is not looked at twice. */
static void test_still_bad(void **state)
{
    room_t *room = *state;
    late_t late;

    make_processes(&late, room);
    late.is_for_ever = 1;
    certs_write_text(room->root, "a.example.pem", "garbage");
    room_gives(room, "a.example", "none");
    assert_int_equal(late.looks, 2);
    room_reported(room, "BAD a.example");
    room_later(room);
    room_gives(room, "a.example", "none");
    assert_int_equal(late.looks, 3);
    room_reported(room, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_bad, room_set_up, room_tear_down),
        cmocka_unit_test_setup_teardown(test_expired, room_set_up, room_tear_down),
        cmocka_unit_test_setup_teardown(test_still_bad, room_set_up, room_tear_down),
    };

    return cmocka_run_group_tests_name("overtaken", tests, NULL, NULL);
}
