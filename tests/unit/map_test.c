/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

/* map: its text, and its life below a store. */

#include "lib/providers/maptable.h"
#include "tests/unit/stores.h"

static mssl_maptable_t *parse(const char *text)
{
    return mssl_maptable_new(strdup(text), strlen(text));
}

static void test_lines(void **state)
{
    static const char text[] =
        "# a comment\r\n"
        "\n"
        "a.example  one.pem\r\n"
        "  B.Example.,*.c.example\t\"two words.pem\" two.key # why\n"
        "a.example \"quoted#.pem\"\n"
        "a.example three.pem#no-comment\n"
        "d.example last.pem";
    mssl_maptable_t *table = parse(text);
    mssl_maprow_t rows[MSSL_MATERIAL_MAX];

    (void)state;
    assert_int_equal(mssl_maptable_count(table), 6);
    assert_null(mssl_maptable_get_note(table, 0));
    assert_int_equal(mssl_maptable_find(table, "a.example", rows, MSSL_MATERIAL_MAX), 3);
    assert_string_equal(rows[0].cert, "one.pem");
    assert_null(rows[0].key);
    assert_string_equal(rows[1].cert, "quoted#.pem");
    assert_string_equal(rows[2].cert, "three.pem#no-comment");
    assert_int_equal(mssl_maptable_find(table, "a.example", rows, 2), 2);
    assert_int_equal(mssl_maptable_find(table, "b.example", rows, MSSL_MATERIAL_MAX), 1);
    assert_string_equal(rows[0].cert, "two words.pem");
    assert_string_equal(rows[0].key, "two.key");
    assert_int_equal(mssl_maptable_find(table, "*.c.example", rows, MSSL_MATERIAL_MAX), 1);
    assert_int_equal(mssl_maptable_find(table, "c.example", rows, MSSL_MATERIAL_MAX), 0);
    assert_int_equal(mssl_maptable_find(table, "d.example", rows, MSSL_MATERIAL_MAX), 1);
    mssl_maptable_free(table);
}

static void test_wrong_lines(void **state)
{
    static const char *const wrong[] = {
        "a.example", "a.example \"open.pem", "a.example one two three", "192.0.2.1 x.pem",
        "a..b x.pem", "\xc3\xbc.example x.pem", "a.example \"\"", "*.*.example x.pem",
        "a.example \"x\"y", ", x.pem", "../etc x.pem",
    };
    mssl_maprow_t row;
    char text[256];
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(wrong); i++) {
        mssl_maptable_t *table;

        snprintf(text, sizeof(text), "first.example 1.pem\n%s\nlast.example 2.pem\n", wrong[i]);
        table = parse(text);
        assert_int_equal(mssl_maptable_find(table, "first.example", &row, 1), 1);
        assert_int_equal(mssl_maptable_find(table, "last.example", &row, 1), 1);
        assert_int_equal(mssl_maptable_count(table), 2);
        assert_memory_equal(mssl_maptable_get_note(table, 0), "line 2: ", 8);
        assert_null(mssl_maptable_get_note(table, 1));
        mssl_maptable_free(table);
    }
}

static void test_many_wrong_lines(void **state)
{
    mssl_maptable_t *table;
    char text[512] = "";
    int i;

    (void)state;
    for (i = 0; i < 25; i++) {
        strcat(text, "alone\n");
    }
    table = parse(text);
    assert_string_equal(mssl_maptable_get_note(table, MSSL_MAPTABLE_NOTES), "15 more lines are wrong");
    assert_null(mssl_maptable_get_note(table, MSSL_MAPTABLE_NOTES + 1));
    mssl_maptable_free(table);
    table = mssl_maptable_new(memcpy(malloc(14), "a.b x\0y\nc.d z", 14), 13);
    assert_int_equal(mssl_maptable_count(table), 1);
    assert_string_equal(mssl_maptable_get_note(table, 0), "line 1: holds a NUL byte");
    mssl_maptable_free(table);
}

static void test_a_million_lines(void **state)
{
    const int n = 1000000;
    char *text = malloc((size_t)n * 64), *at = text, name[64];
    mssl_maprow_t row;
    mssl_maptable_t *table;
    apr_time_t began;
    int i;

    (void)state;
    for (i = 0; i < n; i++) {
        at += sprintf(at, "site%d.example certs/%d.pem\n", i, i);
    }
    began = apr_time_now();
    table = mssl_maptable_new(text, (apr_size_t)(at - text));
    print_message("a million lines in %d ms\n", (int)apr_time_as_msec(apr_time_now() - began));
    assert_int_equal(mssl_maptable_count(table), n);
    for (i = 0; i < n; i += 99991) {
        snprintf(name, sizeof(name), "site%d.example", i);
        assert_int_equal(mssl_maptable_find(table, name, &row, 1), 1);
    }
    mssl_maptable_free(table);
}

static const mssl_view_t *map_view(room_t *room)
{
    mssl_source_t *source;
    mssl_reason_t why;
    char path[128];

    snprintf(path, sizeof(path), "%s/sites.map", room->root);
    if (mssl_store_add_provider(&source, room->store, "map", &mssl_store_map, path, 0, &why)
        != APR_SUCCESS) {
        fail_msg("%s", why.text);
    }
    return mssl_store_get_view(room->store, &source, 1);
}

static void test_reload(void **state)
{
    room_t *room = *state;
    const mssl_view_t *view;
    char text[512];

    room_put(room->root, "certs/one.pem", "a.example,b.example", "one");
    room_put(room->second, "two.pem", "a.example,c.example", "two");
    certs_write_text(room->root, "sites.map", "a.example,b.example certs/one.pem\nwrong\n");
    view = map_view(room);
    room_reported(room, "");
    assert_string_equal(room_look(room, view, "a.example"), "one");
    room_reported(room, "sites.map, line 2: must be NAME");
    assert_string_equal(room_look(room, view, "b.example"), "one");
    assert_string_equal(room_look(room, view, "c.example"), "none");
    snprintf(text, sizeof(text), "a.example,c.example %s/two.pem\n", room->second);
    certs_write_text(room->root, "sites.map", text);
    room->now += room->conf.negative_timeout;
    assert_string_equal(room_look(room, view, "a.example"), "two");
    assert_string_equal(room_look(room, view, "b.example"), "none");
    assert_string_equal(room_look(room, view, "c.example"), "two");
    room_reported(room, "");
    /* The files behind the map are live, too. */
    room_put(room->second, "two.pem", "a.example,c.example", "three");
    room_later(room);
    assert_string_equal(room_look(room, view, "a.example"), "three");
}

static void test_vanished_map(void **state)
{
    room_t *room = *state;
    const mssl_view_t *view;

    room_put(room->root, "one.pem", "a.example", "one");
    certs_write_text(room->root, "sites.map", "a.example one.pem\nx.example none.pem\n");
    view = map_view(room);
    assert_string_equal(room_look(room, view, "a.example"), "one");
    assert_string_equal(room_look(room, view, "x.example"), "none");
    room_reported(room, "none.pem: no such file");
    room_remove(room->root, "sites.map");
    room_later(room);
    assert_string_equal(room_look(room, view, "a.example"), "one");
    room_reported(room, "UNREACHABLE map:");
    assert_string_equal(room_look(room, view, "b.example"), "error");
    certs_write_text(room->root, "sites.map", "a.example one.pem\n");
    room_later(room);
    assert_string_equal(room_look(room, view, "a.example"), "one");
    room_reported(room, "REACHABLE map:");
}

/* Written in place: what is not ended by a newline yet is not believed while it is young. */
static void test_half_written_map(void **state)
{
    room_t *room = *state;
    const mssl_view_t *view;
    char path[128];
    FILE *file;

    room_put(room->root, "one.pem", "a.example,b.example", "one");
    certs_write_text(room->root, "sites.map", "a.example one.pem\nb.example one.pem\n");
    view = map_view(room);
    assert_string_equal(room_look(room, view, "b.example"), "one");
    snprintf(path, sizeof(path), "%s/sites.map", room->root);
    file = fopen(path, "w");
    fputs("a.example one.p", file);
    fflush(file);
    room_later(room);
    assert_string_equal(room_look(room, view, "b.example"), "one");
    assert_string_equal(room_look(room, view, "a.example"), "one");
    fputs("em\nb.example one.pem\n", file);
    fclose(file);
    room_later(room);
    assert_string_equal(room_look(room, view, "b.example"), "one");
    room_reported(room, "");
}

static void *look_while_it_changes(void *data)
{
    room_t *room = ((void **)data)[0];
    const mssl_view_t *view = ((void **)data)[1];
    mssl_choice_t choice;
    intptr_t wrong = 0;
    char name[32];
    int i;

    for (i = 0; i < 400; i++) {
        snprintf(name, sizeof(name), "n%d.a.example", rand() % 200);
        wrong += mssl_store_lookup(view, name, room->now + apr_time_from_sec(i),
                                   &choice) != APR_SUCCESS;
        mssl_choice_release(&choice);
    }
    return (void *)wrong;
}

/* Threads look names up while the map is replaced: each is there in the old one and in the new. */
static void test_threads(void **state)
{
    room_t *room = *state;
    pthread_t threads[4];
    void *data[2], *wrong[4];
    char text[8192] = "", line[64];
    int i, n;

    room_put(room->root, "0.pem", "*.a.example", "zero");
    room_put(room->root, "1.pem", "*.a.example", "one");
    for (n = 0; n < 200; n++) {
        snprintf(line, sizeof(line), "n%d.a.example 0.pem\n", n);
        strcat(text, line);
    }
    certs_write_text(room->root, "sites.map", text);
    data[0] = room;
    data[1] = (void *)map_view(room);
    for (i = 0; i < 4; i++) {
        pthread_create(&threads[i], NULL, look_while_it_changes, data);
    }
    for (i = 0; i < 10; i++) {
        text[strlen(text) - 6] = (char)('0' + i % 2);
        certs_write_text(room->root, "sites.map", text);
        usleep(20000);
    }
    for (i = 0; i < 4; i++) {
        pthread_join(threads[i], &wrong[i]);
    }
    for (i = 0; i < 4; i++) {
        assert_null(wrong[i]);
    }
}

static void test_make(void **state)
{
    room_t *room = *state;
    mssl_reason_t why;
    void *map;

    assert_true(APR_STATUS_IS_ENOENT(mssl_store_map.make(&map, "/tmp/mssl-test-no", room->pool,
                                                         &why)));
    assert_non_null(map);
    assert_int_equal(mssl_store_map.make(&map, room->root, room->pool, &why), APR_EINVAL);
    assert_non_null(strstr(why.text, "use dir:"));
    assert_int_equal(mssl_store_map.make(&map, "relative", room->pool, &why), APR_EINVAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lines),
        cmocka_unit_test(test_wrong_lines),
        cmocka_unit_test(test_many_wrong_lines),
        cmocka_unit_test(test_a_million_lines),
        cmocka_unit_test_setup_teardown(test_reload, room_set_up, room_tear_down),
        cmocka_unit_test_setup_teardown(test_vanished_map, room_set_up, room_tear_down),
        cmocka_unit_test_setup_teardown(test_half_written_map, room_set_up, room_tear_down),
        cmocka_unit_test_setup_teardown(test_threads, room_set_up, room_tear_down),
        cmocka_unit_test_setup_teardown(test_make, room_set_up, room_tear_down),
    };

    return cmocka_run_group_tests_name("map", tests, NULL, NULL);
}
