/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

/* What was good last for the whole server, as a store asks for it. */

#include <unistd.h>

#include "tests/unit/stores.h"
#include "lib/providers/config.h"

/* Who remembers for the whole server: here, what lies in the second folder. */
static apr_status_t recall(void *baton, int source, mssl_question_t *question)
{
    room_t *room = baton;

    assert_int_equal(source, mssl_source_get_id(room->source));
    assert_null(question->known);
    return mssl_store_fetch(room->store, source + 1, question);
}

static void set_recall(room_t *room)
{
    mssl_reason_t why = { "" };
    mssl_source_t *second;

    assert_int_equal(mssl_store_add_provider(&second, room->store, "dir", &mssl_store_dir,
                                             room->second, 0, &why), APR_SUCCESS);
    assert_int_equal(mssl_source_get_id(second), mssl_source_get_id(room->source) + 1);
    mssl_store_set_recall(room->store, recall, room);
}

/* Bad files: what was good last for the server, whatever this process saw. */
static void test_recalled(void **state)
{
    room_t *room = *state;
    char aside[80];

    set_recall(room);
    room_put(room->second, "a.example.pem", "a.example", "last");
    room_gives(room, "a.example", "none"); /* nothing there is nothing */
    room_later(room);
    certs_write(room->root, "a.example.pem", "cut off", 7);
    room->now += room->conf.negative_timeout;
    room_gives(room, "a.example", "last");
    room_reported(room, "BAD a.example ");
    room_later(room);
    room_gives(room, "a.example", "last");
    room_reported(room, "");
    room_put(room->root, "a.example.pem", "a.example", "mended");
    room_later(room);
    room_gives(room, "a.example", "mended");
    room_reported(room, "GOOD a.example");
    room_put(room->second, "a.example.pem", "a.example", "newer"); /* by another child */
    certs_write(room->root, "a.example.pem", "cut off", 7);
    room_later(room);
    room_gives(room, "a.example", "newer");
    room_remove(room->second, "a.example.pem"); /* forgotten: what this process saw is left */
    certs_write(room->root, "a.example.pem", "cut", 3);
    room_later(room);
    room_gives(room, "a.example", "newer");
    room_remove(room->root, "a.example.pem");
    room_later(room);
    room_gives(room, "a.example", "none");
    /* A store that cannot be asked. */
    room_put(room->second, "b.example.pem", "b.example", "b");
    snprintf(aside, sizeof(aside), "%s.aside", room->root);
    assert_int_equal(rename(room->root, aside), 0);
    room_gives(room, "b.example", "b");
    room_reported(room, "UNREACHABLE dir:");
    room_gives(room, "c.example", "error");
    assert_int_equal(rename(aside, room->root), 0);
    room_later(room);
    room_gives(room, "b.example", "none");
}

/* What is remembered is judged as what is read. */
static void test_recalled_is_judged(void **state)
{
    room_t *room = *state;

    set_recall(room);
    room_put(room->second, "a.example.pem", "b.example", "another's");
    certs_write(room->root, "a.example.pem", "cut off", 7);
    room_gives(room, "a.example", "none");
    room_put_invalid(room->second, "c.example.pem", "c.example", "late", -1);
    room_put(room->root, "_.example.pem", "*.example", "wild");
    certs_write(room->root, "c.example.pem", "cut off", 7);
    room->now += room->conf.negative_timeout;
    room_gives(room, "c.example", "wild"); /* a valid one beats it, as it would on disk */
}

static apr_status_t open_as_default(void *baton, int source, mssl_question_t *question)
{
    const room_t *room = baton;

    return mssl_store_fetch(room->store, source, question);
}

/* Here, what lies in the first folder. */
static apr_status_t recall_first(void *baton, int source, mssl_question_t *question)
{
    const room_t *room = baton;

    (void)source;
    return mssl_store_fetch(room->store, mssl_source_get_id(room->source), question);
}

/* Files of the configuration that are bad at the start, and are kept then for who may not read them. */
static void test_bad_before_the_fork(void **state)
{
    room_t *room = *state;
    const char *keys[] = { "a.example" };
    apr_array_header_t list = { room->pool, sizeof(keys[0]), 1, 1, (char *)keys };
    mssl_config_t *config = mssl_config_make(room->pool);
    mssl_source_t *files;
    const mssl_view_t *view;
    char path[128];

    room_put(room->root, "a.example.pem", "a.example", "last");
    certs_write(room->second, "a.pem", "cut off", 7);
    snprintf(path, sizeof(path), "%s/a.pem", room->second);
    mssl_config_add(config, &list, path, NULL);
    mssl_config_keep(config);
    files = mssl_store_add_instance(room->store, "MSSLCertificate", &mssl_store_config, config,
                                    mssl_config_has, NULL);
    view = mssl_store_get_view(room->store, &files, 1);
    mssl_store_set_opener(room->store, open_as_default, room);
    mssl_store_set_recall(room->store, recall_first, room);
    assert_string_equal(room_look(room, view, "a.example"), "last"); /* at once */
    room_reported(room, "BAD a.example ");
    if (geteuid() == 0) { /* the same of what was kept */
        chmod(path, 0600);
        assert_int_equal(seteuid(65534), 0);
        room_later(room);
        assert_string_equal(room_look(room, view, "a.example"), "last");
        room_reported(room, "");
        assert_int_equal(seteuid(0), 0);
    }
    room_put(room->second, "a.pem", "a.example", "mended");
    room_later(room);
    assert_string_equal(room_look(room, view, "a.example"), "mended");
    room_reported(room, "GOOD a.example ");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_recalled, room_set_up, room_tear_down),
        cmocka_unit_test_setup_teardown(test_recalled_is_judged, room_set_up, room_tear_down),
        cmocka_unit_test_setup_teardown(test_bad_before_the_fork, room_set_up, room_tear_down),
    };

    return cmocka_run_group_tests_name("recall", tests, NULL, NULL);
}
