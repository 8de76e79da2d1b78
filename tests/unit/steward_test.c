/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/test.h"

#include <apr_strings.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>

#include "lib/base/buffer.h"
#include "lib/base/jsonread.h"
#include "lib/files/slurp.h"
#include "lib/files/write.h"
#include "lib/inventory/file.h"
#include "lib/inventory/publish.h"
#include "lib/steward/memory.h"
#include "lib/steward/steward.h"
#include "tests/unit/stores.h"

#define DAY apr_time_from_sec(86400)
#define EVER (APR_INT64_MAX - APR_USEC_PER_SEC)
#define TEXT_MAX (64 * 1024 * 1024)

/** A state folder, and what the steward said. */
typedef struct desk_t {
    apr_pool_t *pool;
    char root[64];
    int dir, inventory, calls[MSSL_STEWARD_WAITS + 1];
    char said[1024];
    mssl_book_t *book;
    mssl_steward_conf_t conf;
    mssl_steward_t *steward;
} desk_t;

static void hear(void *baton, mssl_steward_event_t event, const char *text)
{
    desk_t *desk = baton;

    desk->calls[event]++;
    apr_cpystrn(desk->said, text, sizeof(desk->said));
}

static int make_folder(const desk_t *desk, const char *name)
{
    assert_int_equal(mkdirat(desk->dir, name, 0700), 0);
    return openat(desk->dir, name, O_RDONLY | O_DIRECTORY);
}

static int set_up(void **state)
{
    desk_t *desk = calloc(1, sizeof(*desk));
    sigset_t child;

    apr_initialize();
    apr_pool_create(&desk->pool, NULL);
    certs_folder(desk->root, sizeof(desk->root));
    desk->dir = open(desk->root, O_RDONLY | O_DIRECTORY);
    desk->inventory = make_folder(desk, MSSL_BOOK_FOLDER);
    close(make_folder(desk, MSSL_NOTIFIED_DIR));
    desk->book = mssl_book_make(1, desk->pool);
    desk->book->shelf[0].label = "dir:/etc/mssl";
    desk->book->shelf[0].is_reachable = desk->book->shelf[0].can_list = 1;
    mssl_steward_conf_init(&desk->conf);
    desk->conf.dir = desk->dir;
    desk->conf.self = "/nonexistent";
    desk->conf.report = hear;
    desk->conf.baton = desk;
    desk->steward = mssl_steward_make(&desk->conf, desk->pool);
    sigemptyset(&child);
    sigaddset(&child, SIGCHLD);
    sigprocmask(SIG_BLOCK, &child, NULL);
    *state = desk;
    return 0;
}

static int tear_down(void **state)
{
    desk_t *desk = *state;

    close(desk->inventory);
    close(desk->dir);
    apr_pool_destroy(desk->pool);
    certs_remove(desk->root);
    free(desk);
    apr_terminate();
    return 0;
}

/* A steward as if the one before had been killed. */
static void begin_anew(desk_t *desk)
{
    apr_pool_clear(desk->pool);
    desk->book = mssl_book_make(1, desk->pool);
    desk->book->shelf[0].label = "dir:/etc/mssl";
    desk->book->shelf[0].is_reachable = desk->book->shelf[0].can_list = 1;
    desk->steward = mssl_steward_make(&desk->conf, desk->pool);
}

static void put(desk_t *desk, const char *key, int is_bad)
{
    mssl_finding_t finding = { .nfacts = 1 };
    apr_time_t now = apr_time_now();

    finding.fact[0].is_bad = is_bad;
    finding.fact[0].reason = is_bad ? "no PEM \x1b[2J" : NULL;
    finding.fact[0].dates = (mssl_dates_t){ now - 10 * DAY, now + 80 * DAY, 0, EVER };
    finding.fact[0].file = apr_pstrcat(desk->pool, "/etc/mssl/", key, ".pem", NULL);
    assert_int_equal(mssl_book_put(desk->book, 0, key, &finding, 1), APR_SUCCESS);
}

/* The end of a walk. */
static void save(desk_t *desk)
{
    mssl_progress_t progress = { .number = 1, .source = -1, .walk = { .is_complete = 1 } };
    mssl_reason_t why = { "" };

    if (mssl_book_save(desk->book, &progress, desk->inventory, &why) != APR_SUCCESS) {
        fail_msg("%s", why.text);
    }
}

/* One command each, by a shell that runs in the folder. */
static void configure(desk_t *desk, const char *const *scripts, int n, int every)
{
    const mssl_owner_t owner = { (uid_t)-1, (gid_t)-1, 0640 };
    mssl_settings_t settings = { "www.example", apr_array_make(desk->pool, 2,
                                                               sizeof(mssl_order_t)) };
    mssl_buffer_t text = { .max = TEXT_MAX };
    mssl_reason_t why = { "" };
    int i;

    for (i = 0; i < n; i++) {
        mssl_order_t order = { apr_time_from_sec(every),
                               apr_pcalloc(desk->pool, 6 * sizeof(char *)) };

        order.argv[0] = "/bin/sh";
        order.argv[1] = "-c";
        order.argv[2] = apr_psprintf(desk->pool, "cd %s; %s", desk->root, scripts[i]);
        order.argv[3] = "a 'word'";
        APR_ARRAY_PUSH(settings.orders, mssl_order_t) = order;
    }
    assert_int_equal(mssl_settings_write(&settings, mssl_buffer_add, &text), APR_SUCCESS);
    assert_int_equal(mssl_file_write(desk->dir, MSSL_SETTINGS_FILE, text.data, text.len, &owner,
                                     &why), APR_SUCCESS);
    mssl_buffer_free(&text);
}

static void configure_one(desk_t *desk, const char *script)
{
    configure(desk, &script, 1, 3600);
}

static const char *read_file(desk_t *desk, const char *name)
{
    mssl_reason_t why = { "" };
    const char *text;
    apr_size_t len;

    if (mssl_file_slurp(&text, &len, desk->dir, name, TEXT_MAX, desk->pool, &why)
        != APR_SUCCESS) {
        fail_msg("%s", why.text);
    }
    return text;
}

static const mssl_json_value_t *read_json(desk_t *desk, const char *name)
{
    const char *text = read_file(desk, name);
    const mssl_json_value_t *value;
    mssl_reason_t why = { "" };

    if (mssl_json_read(&value, text, strlen(text), desk->pool, &why) != APR_SUCCESS) {
        fail_msg("%s", why.text);
    }
    return value;
}

static void look(desk_t *desk)
{
    assert_int_equal(mssl_steward_look(desk->steward), APR_SUCCESS);
}

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

    assert_int_equal(mssl_steward_test(desk->steward), APR_ENOENT);
    configure(desk, (const char *const[]){ "echo $MSSL_EVENT $MSSL_COUNT > one; cat > json",
                                           "exit 1" }, 2, 3600);
    assert_int_not_equal(mssl_steward_test(desk->steward), APR_SUCCESS);
    assert_string_equal(read_file(desk, "one"), "test 0\n");
    assert_string_equal(mssl_json_get_text(read_json(desk, "json"), "event", ""), "test");
    assert_int_equal(desk->calls[MSSL_STEWARD_TOLD], 1);
    assert_int_equal(desk->calls[MSSL_STEWARD_UNTOLD], 1);
}

static void test_waits(void **state)
{
    static const int minutes[] = { 1, 5, 15, 60, 60, 60 };
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(minutes); i++) {
        assert_int_equal(mssl_steward_get_wait((int)i + 1, 1000), minutes[i] * 1000);
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
        cmocka_unit_test_setup_teardown(test_waits, set_up, tear_down),
    };

    return cmocka_run_group_tests_name("steward", tests, NULL, NULL);
}
