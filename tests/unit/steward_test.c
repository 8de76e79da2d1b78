/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/desk.h"

#include "lib/steward/desk.h"
#include "lib/steward/memory.h"

static void test_told_once(void **state)
{
    desk_t *desk = *state;
    const mssl_json_value_t *message, *item;
    const char *env;

    look(desk); /* nothing is there yet, nothing is wrong */
    put(desk, "bad.example", 1);
    put(desk, "good.example", 0);
    save(desk);
    configure_one(desk, "cat > json; env > env; printf '%s|' \"$0\" \"$@\" > argv; echo x >> runs");
    look(desk);
    assert_int_equal(desk->calls[MSSL_STEWARD_TOLD], 1);
    message = read_json(desk, "json");
    assert_string_equal(mssl_json_get_text(message, "schema", ""), "mssl/1");
    assert_string_equal(mssl_json_get_text(message, "event", ""), "digest");
    assert_string_equal(mssl_json_get_text(message, "server", ""), "www.example");
    assert_int_equal(mssl_json_get_int(mssl_json_get(message, "counts"), "bad", 0), 1);
    assert_int_equal(mssl_json_get_int(message, "cut", -1), 0);
    item = mssl_json_get_first(message, "items");
    assert_null(item->next);
    assert_string_equal(mssl_json_get_text(item, "name", ""), "bad.example");
    assert_string_equal(mssl_json_get_text(item, "state", ""), "bad");
    assert_string_equal(mssl_json_get_text(item, "store", ""), "dir:/etc/mssl");
    assert_string_equal(mssl_json_get_text(item, "file", ""), "/etc/mssl/bad.example.pem");
    assert_string_equal(mssl_json_get_text(item, "explain", ""), "msslctl explain bad.example");
    assert_false(mssl_json_get_bool(item, "reminder", 1));
    assert_string_equal(read_file(desk, "argv"), "a 'word'|");
    env = read_file(desk, "env");
    assert_non_null(strstr(env, "MSSL_EVENT=digest\n"));
    assert_non_null(strstr(env, "MSSL_COUNT=1\n"));
    assert_non_null(strstr(env, "MSSL_WORST=bad\n"));
    assert_non_null(strstr(env, "MSSL_SERVER=www.example\n"));
    assert_non_null(strstr(env, "LANG=C.UTF-8\n"));
    assert_null(strstr(env, "HOME="));
    /* Not again: neither by this one, nor after a walk, nor by one that is begun anew. */
    look(desk);
    save(desk);
    look(desk);
    begin_anew(desk);
    look(desk);
    assert_string_equal(read_file(desk, "runs"), "x\n");
    assert_int_equal(desk->calls[MSSL_STEWARD_UNTOLD] + desk->calls[MSSL_STEWARD_DAMAGED], 0);
}

static void test_recovered(void **state)
{
    desk_t *desk = *state;
    const char *script = "cat > json; echo $MSSL_EVENT $MSSL_WORST >> runs";
    const mssl_json_value_t *item;
    int i;

    put(desk, "a.example", 1);
    save(desk);
    configure(desk, &script, 1, 1);
    look(desk);
    put(desk, "a.example", 0);
    desk->book->shelf[0].is_reachable = 0;
    strcpy(desk->book->shelf[0].why.text, "it hangs");
    save(desk);
    for (i = 0; i < 1000 && desk->calls[MSSL_STEWARD_TOLD] < 2; i++) {
        look(desk);
        apr_sleep(10000);
    }
    assert_string_equal(read_file(desk, "runs"), "digest bad\ndigest store_unreachable\n");
    item = mssl_json_get_first(read_json(desk, "json"), "items");
    assert_string_equal(mssl_json_get_text(item, "name", ""), "dir:/etc/mssl");
    assert_string_equal(mssl_json_get_text(item, "reason", ""), "it hangs");
    assert_string_equal(mssl_json_get_text(item->next, "name", ""), "a.example");
    assert_string_equal(mssl_json_get_text(item->next, "state", ""), "valid");
}

static void test_many(void **state)
{
    desk_t *desk = *state;
    const mssl_json_value_t *message, *item;
    int i, n = 0;

    for (i = 0; i < 5000; i++) {
        put(desk, apr_psprintf(desk->pool, "n%04d.example", i), 1);
    }
    save(desk);
    configure_one(desk, "cat > json; echo $MSSL_COUNT >> runs");
    look(desk);
    message = read_json(desk, "json");
    for (item = mssl_json_get_first(message, "items"); item != NULL; item = item->next) {
        n++;
    }
    assert_int_equal(n, 200);
    assert_int_equal(mssl_json_get_int(message, "cut", 0), 4800);
    look(desk);
    assert_string_equal(read_file(desk, "runs"), "5000\n");
}

static void test_again_and_merged(void **state)
{
    desk_t *desk = *state;
    int i;

    desk->conf.patience = apr_time_from_msec(100);
    desk->conf.mercy = apr_time_from_msec(100);
    desk->conf.minute = apr_time_from_msec(20);
    begin_anew(desk);
    put(desk, "a.example", 1);
    save(desk);
    /* It hangs, deaf to SIGTERM, with something that it began; later it does not. */
    configure_one(desk, "echo $MSSL_COUNT >> runs; [ -e ok ] && exit; trap '' TERM; sleep 600 & "
                  "echo $! > pid; wait; sleep 600");
    look(desk);
    assert_int_equal(desk->calls[MSSL_STEWARD_UNTOLD], 1);
    assert_non_null(strstr(desk->said, "did not end within"));
    i = atoi(read_file(desk, "pid"));
    assert_true(i > 1);
    while (kill(i, 0) == 0) { /* its zombie is init's, or whoever reaps here */
        char path[64];
        FILE *stat;
        char kind = 'Z';

        snprintf(path, sizeof(path), "/proc/%d/stat", i);
        stat = fopen(path, "r");
        assert_int_equal(stat == NULL ? 1 : fscanf(stat, "%*d %*s %c", &kind), 1);
        if (stat != NULL) {
            fclose(stat);
        }
        if (kind == 'Z') {
            break;
        }
        apr_sleep(1000);
    }
    put(desk, "b.example", 1);
    save(desk);
    assert_int_equal(mknodat(desk->dir, "ok", S_IFREG | 0600, 0), 0);
    for (i = 0; i < 1000 && desk->calls[MSSL_STEWARD_TOLD] < 1; i++) {
        look(desk);
        apr_sleep(10000);
    }
    assert_string_equal(read_file(desk, "runs"), "1\n2\n");
    assert_non_null(strstr(desk->said, "had failed before"));
}

static void test_each_by_itself(void **state)
{
    static const char *const scripts[] = { "echo x >> one", "exit 3", "kill -9 $$", "echo x >> four" };
    desk_t *desk = *state;

    put(desk, "a.example", 1);
    save(desk);
    configure(desk, scripts, 4, 3600);
    look(desk);
    look(desk);
    assert_string_equal(read_file(desk, "one"), "x\n");
    assert_string_equal(read_file(desk, "four"), "x\n");
    assert_int_equal(desk->calls[MSSL_STEWARD_UNTOLD], 2);
    /* One that comes is told what the others know; those are not told again. */
    configure(desk, (const char *const[]){ "echo x >> one", "echo x >> five" }, 2, 3600);
    look(desk);
    assert_string_equal(read_file(desk, "one"), "x\n");
    assert_string_equal(read_file(desk, "five"), "x\n");
}

static void test_damaged(void **state)
{
    desk_t *desk = *state;
    const mssl_owner_t owner = { (uid_t)-1, (gid_t)-1, 0600 };
    char name[MSSL_MEMORY_NAME_SIZE], bad[64];
    const char *argv[] = { "/bin/sh", "-c", NULL, "a 'word'", NULL };
    mssl_reason_t why = { "" };
    int notified;

    put(desk, "a.example", 1);
    save(desk);
    configure_one(desk, "echo x >> runs");
    argv[2] = apr_psprintf(desk->pool, "cd %s; echo x >> runs", desk->root);
    mssl_memory_make_name(name, argv);
    look(desk);
    notified = openat(desk->dir, MSSL_NOTIFIED_DIR, O_RDONLY | O_DIRECTORY);
    assert_int_equal(faccessat(notified, name, F_OK, 0), 0);
    assert_int_equal(mssl_file_write(notified, name, "mssl-notified 1\ntold", 20, &owner, &why),
                     APR_SUCCESS);
    begin_anew(desk);
    look(desk);
    assert_int_equal(desk->calls[MSSL_STEWARD_DAMAGED], 1);
    assert_string_equal(read_file(desk, "runs"), "x\nx\n");
    snprintf(bad, sizeof(bad), "%s.bad", name);
    assert_int_equal(faccessat(notified, bad, F_OK, 0), 0);
    close(notified);
}

static void test_bad_settings_and_inventory(void **state)
{
    desk_t *desk = *state;
    const mssl_owner_t owner = { (uid_t)-1, (gid_t)-1, 0600 };
    mssl_progress_t walking = { .number = 1, .source = 0, .walk = { .is_complete = 1 } };
    mssl_progress_t first = { .number = 1, .source = -1 };
    mssl_reason_t why = { "" };

    configure_one(desk, "echo x >> runs");
    put(desk, "a.example", 1);
    /* Within a walk, before the end of the first one, and damaged: nothing to go by. */
    assert_int_equal(mssl_book_save(desk->book, &walking, desk->inventory, &why), APR_SUCCESS);
    look(desk);
    assert_int_equal(mssl_book_save(desk->book, &first, desk->inventory, &why), APR_SUCCESS);
    look(desk);
    assert_int_equal(desk->calls[MSSL_STEWARD_DAMAGED], 0);
    assert_int_equal(mssl_file_write(desk->inventory, MSSL_BOOK_FILE, "x", 1, &owner, &why),
                     APR_SUCCESS);
    look(desk);
    look(desk);
    assert_int_equal(desk->calls[MSSL_STEWARD_DAMAGED], 1);
    assert_int_equal(desk->calls[MSSL_STEWARD_TOLD], 0);
    /* Settings that others could have written. */
    save(desk);
    assert_int_equal(fchmodat(desk->dir, MSSL_SETTINGS_FILE, 0666, 0), 0);
    begin_anew(desk);
    look(desk);
    assert_int_equal(desk->calls[MSSL_STEWARD_DAMAGED], 2);
    assert_int_equal(desk->calls[MSSL_STEWARD_TOLD], 0);
    assert_int_equal(fchmodat(desk->dir, MSSL_SETTINGS_FILE, 0640, 0), 0);
    look(desk);
    assert_int_equal(desk->calls[MSSL_STEWARD_TOLD], 1);
}

static void test_only_one(void **state)
{
    desk_t *desk = *state;
    apr_pool_t *pool;
    mssl_steward_t *other;

    put(desk, "a.example", 1);
    save(desk);
    configure_one(desk, "echo x >> runs");
    apr_pool_create(&pool, NULL);
    other = mssl_steward_make(&desk->conf, pool);
    look(desk);
    assert_int_equal(mssl_steward_look(other), APR_EAGAIN);
    assert_int_equal(mssl_steward_look(other), APR_EAGAIN);
    assert_int_equal(desk->calls[MSSL_STEWARD_WAITS], 1);
    begin_anew(desk); /* the first one ends */
    assert_int_equal(mssl_steward_look(other), APR_SUCCESS);
    assert_string_equal(read_file(desk, "runs"), "x\n");
    apr_pool_destroy(pool);
}

static void test_test(void **state)
{
    desk_t *desk = *state;

    assert_int_equal(mssl_steward_test(&desk->conf, desk->pool), APR_ENOENT);
    configure(desk, (const char *const[]){ "echo $MSSL_EVENT $MSSL_COUNT > one; cat > json",
                                           "exit 1" }, 2, 3600);
    assert_int_not_equal(mssl_steward_test(&desk->conf, desk->pool), APR_SUCCESS);
    assert_string_equal(read_file(desk, "one"), "test 0\n");
    assert_string_equal(mssl_json_get_text(read_json(desk, "json"), "event", ""), "test");
    assert_int_equal(desk->calls[MSSL_STEWARD_TOLD], 1);
    assert_int_equal(desk->calls[MSSL_STEWARD_UNTOLD], 1);
}

static void take_code(void *baton, const char *command, int code, apr_status_t rv, const char *text)
{
    char *told = baton;

    assert_non_null(command);
    assert_int_equal(rv == APR_SUCCESS, code == 0);
    assert_true(*text != '\0');
    snprintf(told + strlen(told), 8, "%d ", code);
}

/* Who asks for it has each command's exit code, and nothing is reported. */
static void test_codes(void **state)
{
    desk_t *desk = *state;
    mssl_steward_conf_t conf = desk->conf;
    char told[64] = "";

    conf.tested = take_code;
    conf.baton = told;
    configure(desk, (const char *const[]){ "exit 0", "exit 7", "kill -9 $$" }, 3, 3600);
    assert_int_not_equal(mssl_steward_test(&conf, desk->pool), APR_SUCCESS);
    assert_string_equal(told, "0 7 -1 ");
    assert_int_equal(desk->calls[MSSL_STEWARD_TOLD] + desk->calls[MSSL_STEWARD_UNTOLD], 0);
}

static void test_waits(void **state)
{
    static const int minutes[] = { 1, 5, 15, 60, 60, 60 };
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(minutes); i++) {
        assert_int_equal(mssl_desk_get_wait((int)i + 1, 1000), minutes[i] * 1000);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_told_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_recovered, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_many, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_again_and_merged, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_each_by_itself, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_damaged, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_bad_settings_and_inventory, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_only_one, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_test, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_codes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_waits, set_up, tear_down),
    };

    return cmocka_run_group_tests_name("steward", tests, NULL, NULL);
}
