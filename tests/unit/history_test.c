/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/test.h"

#include <apr_general.h>
#include <apr_strings.h>
#include <fcntl.h>

#include <sys/wait.h>

#include "lib/base/filename.h"
#include "lib/inventory/history.h"
#include "lib/inventory/served.h"
#include "lib/inventory/sweep.h"
#include "tests/unit/certs.h"

typedef struct room_t {
    apr_pool_t *pool;
    char root[64];
    int dir;
    mssl_reason_t why;
} room_t;

static int set_up(void **state)
{
    room_t *room = calloc(1, sizeof(*room));

    apr_initialize();
    apr_pool_create(&room->pool, NULL);
    certs_folder(room->root, sizeof(room->root));
    room->dir = open(room->root, O_RDONLY | O_DIRECTORY);
    *state = room;
    return room->dir < 0;
}

static int tear_down(void **state)
{
    room_t *room = *state;

    close(room->dir);
    certs_remove(room->root);
    apr_pool_destroy(room->pool);
    free(room);
    apr_terminate();
    return 0;
}

static apr_uint32_t add(room_t *room, const char *name, const char *text, int keep)
{
    mssl_blob_t blob = { text, strlen(text) };
    apr_uint32_t number = 0;

    if (mssl_history_add(room->dir, name, &blob, NULL, keep, &number, room->pool, &room->why)
        != APR_SUCCESS) {
        fail_msg("%s", room->why.text);
    }
    return number;
}

/* "1=one 2=two", as they are read. */
static const char *all(room_t *room, const char *name)
{
    apr_array_header_t *versions;
    const char *text = "";
    mssl_blob_t blob;
    int i;

    assert_int_equal(mssl_history_list(room->dir, name, &versions, room->pool, &room->why),
                     APR_SUCCESS);
    for (i = 0; i < versions->nelts; i++) {
        const mssl_version_t *version = &APR_ARRAY_IDX(versions, i, mssl_version_t);

        assert_int_equal(mssl_history_read(room->dir, version, &blob, room->pool, &room->why),
                         APR_SUCCESS);
        text = apr_psprintf(room->pool, "%s%s%u=%s", text, i > 0 ? " " : "", version->number,
                            blob.data);
    }
    return text;
}

static void test_versions(void **state)
{
    room_t *room = *state;
    apr_array_header_t *versions;
    struct stat st;

    assert_string_equal(all(room, "a.example"), "");
    assert_int_equal(add(room, "a.example", "one", 3), 1);
    assert_int_equal(add(room, "a.example", "one", 3), 1);
    assert_int_equal(add(room, "a.example", "two", 3), 2);
    assert_int_equal(add(room, "*.example", "wild", 3), 1);
    assert_int_equal(add(room, "a.example", "three", 3), 3);
    assert_string_equal(all(room, "a.example"), "1=one 2=two 3=three");
    assert_int_equal(add(room, "a.example", "four", 3), 4);
    assert_string_equal(all(room, "a.example"), "2=two 3=three 4=four");
    assert_int_equal(add(room, "a.example", "three", 3), 5);
    assert_string_equal(all(room, "a.example"), "2=two 4=four 5=three");
    assert_string_equal(all(room, "*.example"), "1=wild");
    assert_int_equal(mssl_history_list(room->dir, "a.example", &versions, room->pool, &room->why),
                     APR_SUCCESS);
    assert_int_equal(fstatat(room->dir, APR_ARRAY_IDX(versions, 0, mssl_version_t).path, &st, 0), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
}

/* More than nine, and one that was lowered. */
static void test_many(void **state)
{
    room_t *room = *state;
    int i;

    for (i = 1; i <= 12; i++) {
        assert_int_equal(add(room, "b.example", apr_itoa(room->pool, i), 20), i);
    }
    assert_int_equal(add(room, "b.example", "last", 2), 13);
    assert_string_equal(all(room, "b.example"), "12=12 13=last");
}

/* What has a name's look and is none of its versions. */
static void test_others(void **state)
{
    static const char *const others[] = { "c.example.0", "c.example.01", "c.example.1x",
                                          "c.example.", "c.example.1234567890", "xc.example.1",
                                          "c.example.2.3" };
    room_t *room = *state;
    apr_array_header_t *versions;
    char fan[3];
    size_t i;
    int fd;

    assert_int_equal(add(room, "c.example", "one", 3), 1);
    assert_int_equal(mssl_history_list(room->dir, "c.example", &versions, room->pool, &room->why),
                     APR_SUCCESS);
    memcpy(fan, APR_ARRAY_IDX(versions, 0, mssl_version_t).path, 2);
    fan[2] = '\0';
    for (i = 0; i < COUNT(others); i++) {
        fd = openat(room->dir, apr_pstrcat(room->pool, fan, "/", others[i], NULL),
                    O_CREAT | O_WRONLY, 0600);
        assert_true(fd >= 0);
        close(fd);
    }
    assert_int_equal(symlinkat("c.example.1", room->dir, apr_pstrcat(room->pool, fan,
                                                                     "/c.example.7", NULL)), 0);
    assert_string_equal(all(room, "c.example"), "1=one");
}

#define ROUNDS 60

/* In a process of its own: versions of one name, as fast as they go. */
static void add_many(room_t *room, const char *who, const char *second, int keep)
{
    mssl_reason_t why = { "" };
    apr_uint32_t number, last = 0;
    int i;

    for (i = 0; i < ROUNDS; i++) {
        const char *text = apr_psprintf(room->pool, "%s %d", who, i);
        mssl_blob_t blob = { text, strlen(text) };

        if (mssl_history_add(room->dir, "a.example", &blob, second, keep, &number, room->pool, &why)
                != APR_SUCCESS || number <= last) {
            _exit(1);
        }
        last = number;
    }
    _exit(0);
}

/* The inventory and msslctl at the same moment: each version has a number of its own, none is lost. */
static void test_both_at_once(void **state)
{
    static const char *const who[] = { "inventory", "msslctl" };
    room_t *room = *state;
    apr_array_header_t *versions;
    int seen[2][ROUNDS] = { { 0 } }, n, status, keep;
    mssl_blob_t blob;
    pid_t pid[2];
    size_t i;

    for (keep = 2 * ROUNDS; keep >= 2; keep -= 2 * ROUNDS - 2) {
        for (i = 0; i < 2; i++) {
            pid[i] = fork();
            if (pid[i] == 0) {
                add_many(room, who[i], i == 0 ? ".second" : NULL, keep);
            }
        }
        for (i = 0; i < 2; i++) {
            assert_int_equal(waitpid(pid[i], &status, 0), pid[i]);
            assert_int_equal(status, 0);
        }
        assert_int_equal(mssl_history_list(room->dir, "a.example", &versions, room->pool,
                                           &room->why), APR_SUCCESS);
        if (keep == 2) {
            assert_within(versions->nelts, 2, 3); /* both may have kept the other's last */
            continue;
        }
        assert_int_equal(versions->nelts, 2 * ROUNDS);
        for (i = 0; i < 2 * ROUNDS; i++) {
            const mssl_version_t *version = &APR_ARRAY_IDX(versions, (int)i, mssl_version_t);

            assert_int_equal(version->number, i + 1);
            assert_int_equal(mssl_history_read(room->dir, version, &blob, room->pool, &room->why),
                             APR_SUCCESS);
            n = atoi(strchr(blob.data, ' '));
            seen[blob.data[0] == 'm'][n]++;
        }
        for (i = 0; i < ROUNDS; i++) {
            assert_int_equal(seen[0][i], 1);
            assert_int_equal(seen[1][i], 1);
        }
    }
}

/* What serves of a name: "first second", by key type. */
static const char *serves(room_t *room, const char *name, const char *source)
{
    const mssl_served_t served = { room->dir, room->root };
    mssl_material_t found = { .nitems = 0 };
    const char *text = "";
    apr_status_t rv = mssl_served_get(&served, name, source, &found, room->pool);
    int i;

    assert_int_equal(rv, mssl_served_get(&served, name, source, NULL, room->pool));
    assert_true((rv == APR_SUCCESS) == (found.nitems > 0));
    for (i = 0; i < found.nitems; i++) {
        assert_int_equal(strncmp(found.item[i].label, room->root, strlen(room->root)), 0);
        text = apr_pstrcat(room->pool, text, i > 0 ? " " : "", found.item[i].cert.data, NULL);
    }
    return text;
}

static void serve(room_t *room, const char *name, const char *source, mssl_key_type_t type,
                 const char *text)
{
    const char *file = mssl_served_get_file(name, source, type, room->pool);
    mssl_blob_t blob = { text, strlen(text) };
    apr_uint32_t number;

    if (mssl_history_add(room->dir, name, &blob, file, 2, &number, room->pool, &room->why)
        != APR_SUCCESS) {
        fail_msg("%s", room->why.text);
    }
}

static void test_served(void **state)
{
    room_t *room = *state;
    mssl_served_t served = { room->dir, room->root };
    mssl_material_t found = { .nitems = 0 };
    char fan[MSSL_HISTORY_FAN_SIZE];

    assert_string_equal(serves(room, "a.example", "dir:/one"), "");
    serve(room, "a.example", "dir:/one", MSSL_KEY_ECDSA, "one");
    assert_string_equal(serves(room, "a.example", "dir:/one"), "one");
    assert_string_equal(serves(room, "a.example", "dir:/two"), "");
    assert_string_equal(serves(room, "*.example", "dir:/one"), "");
    serve(room, "a.example", "dir:/one", MSSL_KEY_RSA, "rsa");
    serve(room, "a.example", "dir:/one", MSSL_KEY_RSA, "rsa");
    serve(room, "*.example", "dir:/one", MSSL_KEY_RSA, "wild");
    assert_string_equal(serves(room, "a.example", "dir:/one"), "rsa one");
    assert_string_equal(serves(room, "*.example", "dir:/one"), "wild");
    /* What is pruned serves on, and so it does what is newer. */
    add(room, "a.example", "2", 2);
    add(room, "a.example", "3", 2);
    assert_string_equal(all(room, "a.example"), "3=2 4=3");
    assert_string_equal(serves(room, "a.example", "dir:/one"), "rsa one");
    serve(room, "a.example", "dir:/one", MSSL_KEY_ECDSA, "4");
    assert_string_equal(serves(room, "a.example", "dir:/one"), "rsa 4");
    add(room, "a.example", "5", 2); /* what is the last version already */
    serve(room, "a.example", "dir:/one", MSSL_KEY_ECDSA, "5");
    assert_string_equal(all(room, "a.example"), "5=4 6=5");
    assert_string_equal(serves(room, "a.example", "dir:/one"), "rsa 5");
    /* One that is damaged. */
    assert_int_equal(mssl_served_get(&served, "a.example", "dir:/one", &found, room->pool),
                     APR_SUCCESS);
    mssl_served_set_aside(&served, "a.example", found.item[1].label, room->pool);
    mssl_served_set_aside(&served, "a.example", "/etc/passwd", room->pool);
    assert_string_equal(serves(room, "a.example", "dir:/one"), "rsa");
    assert_string_equal(all(room, "a.example"), "5=4");
    /* Its number does not come again, and of damaged ones the last stays. */
    add(room, "a.example", "6", 2);
    assert_string_equal(all(room, "a.example"), "5=4 7=6");
    serve(room, "a.example", "dir:/one", MSSL_KEY_ECDSA, "8");
    memset(&found, 0, sizeof(found));
    assert_int_equal(mssl_served_get(&served, "a.example", "dir:/one", &found, room->pool),
                     APR_SUCCESS);
    mssl_served_set_aside(&served, "a.example", found.item[1].label, room->pool);
    mssl_history_locate(fan, "a.example", room->pool);
    assert_int_equal(faccessat(room->dir, apr_pstrcat(room->pool, fan, "/a.example.6.bad", NULL),
                               F_OK, 0), -1);
    assert_int_equal(faccessat(room->dir, apr_pstrcat(room->pool, fan, "/a.example.8.bad", NULL),
                               F_OK, 0), 0);
    assert_string_equal(all(room, "a.example"), "7=6");
    assert_true(mssl_served_has(&served, "a.example", "dir:/one", MSSL_KEY_RSA, room->pool));
    assert_false(mssl_served_has(&served, "a.example", "dir:/one", MSSL_KEY_ECDSA, room->pool));
}

/* As long as a name can be. */
static void make_longest(char name[MSSL_NAME_SIZE])
{
    memset(name, 'x', MSSL_NAME_SIZE);
    name[60] = name[120] = name[180] = name[240] = '.';
    name[MSSL_NAME_SIZE - 1] = '\0';
}

/* And another one that differs in its last letter. */
static void test_served_long(void **state)
{
    room_t *room = *state;
    char longest[MSSL_NAME_SIZE];

    make_longest(longest);
    serve(room, longest, "dir:/one", MSSL_KEY_ECDSA, "long");
    add(room, longest, "longer", 2);
    assert_string_equal(serves(room, longest, "dir:/one"), "long");
    assert_string_equal(all(room, longest), "1=long 2=longer");
    longest[MSSL_NAME_SIZE - 2] = 'y';
    assert_string_equal(serves(room, longest, "dir:/one"), "");
    assert_string_equal(all(room, longest), "");
}

/* As a loss of power leaves what was not on the disk yet. */
static void test_served_and_lost(void **state)
{
    room_t *room = *state;
    mssl_served_t served = { room->dir, room->root };
    char fan[MSSL_HISTORY_FAN_SIZE];
    const char *file;

    serve(room, "a.example", "dir:/one", MSSL_KEY_ECDSA, "one");
    file = mssl_served_get_file("a.example", "dir:/one", MSSL_KEY_ECDSA, room->pool);
    mssl_history_locate(fan, "a.example", room->pool);
    file = apr_pstrcat(room->pool, room->root, "/", fan, "/", file, NULL);
    assert_int_equal(truncate(file, 0), 0); /* both of its names */
    assert_false(mssl_served_has(&served, "a.example", "dir:/one", MSSL_KEY_ECDSA, room->pool));
    assert_string_equal(serves(room, "a.example", "dir:/one"), "");
    serve(room, "a.example", "dir:/one", MSSL_KEY_ECDSA, "one");
    assert_string_equal(serves(room, "a.example", "dir:/one"), "one");
}

/* Who has none of the file's names beside it. */
static int is_in_one(void *baton, const char *file, const char *source)
{
    char one[MSSL_SERVED_SOURCE_SIZE];

    (void)baton;
    mssl_served_name_source(one, "dir:/one");
    return strcmp(file, "gone.example") != 0 && !mssl_filename_is_cut(file) && (source == NULL || strcmp(source, one) == 0);
}

static void test_swept(void **state)
{
    room_t *room = *state;
    char fan[MSSL_HISTORY_FAN_SIZE], longest[MSSL_NAME_SIZE];
    const char *bad;

    serve(room, "a.example", "dir:/one", MSSL_KEY_RSA, "one");
    serve(room, "a.example", "dir:/two", MSSL_KEY_RSA, "two");
    serve(room, "*.example", "dir:/one", MSSL_KEY_EDDSA, "wild");
    serve(room, "gone.example", "dir:/one", MSSL_KEY_ECDSA, "gone");
    make_longest(longest);
    serve(room, longest, "dir:/one", MSSL_KEY_ECDSA, "long");
    mssl_history_sweep(room->dir, is_in_one, NULL, apr_time_now(), room->pool);
    assert_string_equal(serves(room, "a.example", "dir:/one"), "one");
    assert_string_equal(serves(room, "a.example", "dir:/two"), "");
    assert_string_equal(serves(room, "*.example", "dir:/one"), "wild");
    assert_string_equal(serves(room, "gone.example", "dir:/one"), "");
    assert_string_equal(all(room, "gone.example"), "1=gone"); /* for a week, for who wants it back */
    assert_string_equal(serves(room, longest, "dir:/one"), "");
    assert_string_equal(all(room, longest), "1=long");
    mssl_history_locate(fan, "gone.example", room->pool);
    bad = apr_pstrcat(room->pool, fan, "/gone.example.1", NULL);
    mssl_history_set_aside(room->dir, "gone.example", bad, room->pool);
    bad = apr_pstrcat(room->pool, bad, ".bad", NULL);
    assert_int_equal(faccessat(room->dir, bad, F_OK, 0), 0);
    mssl_history_sweep(room->dir, is_in_one, NULL, apr_time_now() + apr_time_from_sec(8 * 86400),
                       room->pool);
    assert_int_equal(faccessat(room->dir, bad, F_OK, 0), -1);
    assert_string_equal(all(room, longest), "");
}

static void test_parsed(void **state)
{
    static const char *const none[] = { "a.example.rsa.0123456789abcdef", ".a.example.rsa",
                                        ".a.example.dsa.0123456789abcdef", ".rsa.0123456789abcdef",
                                        ".a.example.rsa.0123456789abcdeg", ".A.example.rsa.0123456789abcdef",
                                        ".a.example.rsa.0123456789abcdef0", "..rsa.0123456789abcdef",
                                        ".0123456789abcdef.new" };
    char name[MSSL_NAME_SIZE], source[MSSL_SERVED_SOURCE_SIZE];
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(none); i++) {
        if (mssl_served_parse(name, source, none[i])) {
            fail_msg("%s is taken for %s", none[i], name);
        }
    }
    assert_true(mssl_served_parse(name, source, "._.b.rsa.ecdsa.0123456789abcdef"));
    assert_string_equal(name, "_.b.rsa");
    assert_string_equal(source, "0123456789abcdef");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_versions, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_many, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_others, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_both_at_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_served, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_served_long, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_served_and_lost, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_swept, set_up, tear_down),
        cmocka_unit_test(test_parsed),
    };

    return cmocka_run_group_tests_name("history", tests, NULL, NULL);
}
