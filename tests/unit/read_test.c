/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/test.h"

#include <apr_general.h>
#include <apr_pools.h>
#include <pthread.h>

#include "lib/files/read.h"
#include "tests/unit/certs.h"

#define NOBODY 65534
#define OTHER 65533

typedef struct room_t {
    apr_pool_t *pool;
    char root[64];
    char store[80]; /* root/store */
    mssl_blob_t blob;
    mssl_reason_t why;
} room_t;

static int set_up(void **state)
{
    room_t *room = calloc(1, sizeof(*room));

    apr_initialize();
    apr_pool_create(&room->pool, NULL);
    certs_folder(room->root, sizeof(room->root));
    snprintf(room->store, sizeof(room->store), "%s/store", room->root);
    mkdir(room->store, 0755);
    *state = room;
    return 0;
}

static int tear_down(void **state)
{
    room_t *room = *state;

    certs_remove(room->root);
    apr_pool_destroy(room->pool);
    free(room);
    apr_terminate();
    return 0;
}

static const char *at(room_t *room, const char *name)
{
    static char path[8][256];
    static int i;

    i = (i + 1) % 8;
    snprintf(path[i], sizeof(path[i]), "%s/%s", room->store, name);
    return path[i];
}

static apr_status_t read_it(room_t *room, const char *name)
{
    room->why.text[0] = '\0';
    return mssl_file_read(&room->blob, room->store, at(room, name), room->pool, &room->why);
}

static void reads(room_t *room, const char *name, const char *text)
{
    apr_status_t rv = read_it(room, name);

    if (rv != APR_SUCCESS) {
        fail_msg("%s: %d %s", name, rv, room->why.text);
    }
    assert_int_equal(room->blob.len, strlen(text));
    assert_string_equal(room->blob.data, text);
}

static void refuses(room_t *room, const char *name, const char *part)
{
    assert_int_not_equal(read_it(room, name), APR_SUCCESS);
    assert_null(room->blob.data);
    if (strstr(room->why.text, part) == NULL || strstr(room->why.text, room->store) == NULL) {
        fail_msg("'%s' is not in: %s", part, room->why.text);
    }
}

static void test_plain(void **state)
{
    room_t *room = *state;

    certs_write_text(room->store, "a", "hello");
    certs_write_text(room->store, "sub/b", "");
    reads(room, "a", "hello");
    reads(room, "sub/b", "");
    assert_true(APR_STATUS_IS_ENOENT(read_it(room, "none")));
    assert_true(APR_STATUS_IS_ENOENT(read_it(room, "none/none")));
    refuses(room, "a/b", "no directory");
    refuses(room, "sub", "not a regular file");
    assert_int_equal(mssl_file_read(&room->blob, room->store, "/etc/hostname", room->pool,
                                    &room->why), APR_EINVAL);
}

static void test_odd_kinds(void **state)
{
    room_t *room = *state;
    char *large = calloc(1, MSSL_FILE_MAX + 1);

    mkfifo(at(room, "fifo"), 0644);
    refuses(room, "fifo", "not a regular file");
    certs_link("/dev/zero", at(room, "zero"));
    refuses(room, "zero", "not a regular file");
    memset(large, 'x', MSSL_FILE_MAX + 1);
    certs_write(room->store, "full", large, MSSL_FILE_MAX);
    certs_write(room->store, "large", large, MSSL_FILE_MAX + 1);
    assert_int_equal(read_it(room, "full"), APR_SUCCESS);
    assert_int_equal(room->blob.len, MSSL_FILE_MAX);
    refuses(room, "large", "larger than 1024 KB");
    free(large);
    /* A sparse gigabyte is seen by its size, not read. */
    certs_write_text(room->store, "sparse", "");
    assert_int_equal(truncate(at(room, "sparse"), 1024L * 1024 * 1024), 0);
    refuses(room, "sparse", "larger than 1024 KB");
    assert_int_equal(mssl_file_read(&room->blob, NULL, at(room, "fifo"), room->pool, &room->why),
                     APR_EINVAL);
}

static void test_links(void **state)
{
    room_t *room = *state;

    certs_write_text(room->root, "archive/a1", "one");
    certs_write_text(room->root, "archive/a2", "two");
    mkdir(at(room, "live"), 0755);
    certs_link("../../archive/a1", at(room, "live/a"));
    reads(room, "live/a", "one");
    unlink(at(room, "live/a"));
    certs_link("../../archive/a2", at(room, "live/a"));
    reads(room, "live/a", "two");
    certs_link("live", at(room, "dir"));
    reads(room, "dir/a", "two");
    certs_link("nowhere", at(room, "dangling"));
    refuses(room, "dangling", "a link to nothing");
    certs_link("loop2", at(room, "loop1"));
    certs_link("loop1", at(room, "loop2"));
    refuses(room, "loop1", "a loop of links");
    refuses(room, "loop1/x", "a loop of links");
}

static void test_long_chain(void **state)
{
    room_t *room = *state;
    char name[16], target[16];
    int i;

    certs_write_text(room->store, "l0", "end");
    for (i = 1; i <= MSSL_LINKS_MAX + 1; i++) {
        snprintf(name, sizeof(name), "l%d", i);
        snprintf(target, sizeof(target), "l%d", i - 1);
        certs_link(target, at(room, name));
    }
    snprintf(name, sizeof(name), "l%d", MSSL_LINKS_MAX);
    reads(room, name, "end");
    snprintf(name, sizeof(name), "l%d", MSSL_LINKS_MAX + 1);
    refuses(room, name, "a loop of links");
}

static void test_writable_folders(void **state)
{
    room_t *room = *state;
    char link_to[128];

    certs_write_text(room->store, "open/a", "x");
    chmod(at(room, "open"), 0777);
    refuses(room, "open/a", "chmod o-w /");
    refuses(room, "open/a", "/open on the way there");
    chmod(at(room, "open"), 01777);
    refuses(room, "open/a", "writable by others");
    chmod(at(room, "open"), 0775);
    reads(room, "open/a", "x");
    chmod(room->store, 0757);
    refuses(room, "open/a", "writable by others");
    chmod(room->store, 0755);
    /* Outside of the store it counts, too: by way of /tmp everybody could put his own there. */
    certs_write_text(room->root, "out/b", "x");
    snprintf(link_to, sizeof(link_to), "%s/out/b", room->root);
    certs_link(link_to, at(room, "absolute"));
    refuses(room, "absolute", "writable by others");
    certs_link("../out/b", at(room, "relative"));
    reads(room, "relative", "x");
    /* A path that the admin named is taken as it is, up to the first link. */
    assert_int_equal(mssl_file_read(&room->blob, "/", link_to, room->pool, &room->why),
                     APR_SUCCESS);
    assert_int_not_equal(mssl_file_read(&room->blob, "/", at(room, "absolute"), room->pool,
                                        &room->why), APR_SUCCESS);
}

static void test_link_owners(void **state)
{
    room_t *room = *state;

    if (geteuid() != 0) {
        print_message("needs root: owners of links not tested\n");
        skip();
    }
    certs_write_text(room->store, "roots", "secret");
    certs_write_text(room->store, "mine", "mine");
    certs_write_text(room->store, "others", "others");
    certs_chown(at(room, "mine"), NOBODY);
    certs_chown(at(room, "others"), OTHER);
    certs_link("roots", at(room, "steal"));
    certs_chown(at(room, "steal"), NOBODY);
    refuses(room, "steal", "a link of uid 65534 to a file of uid 0 is not followed");
    certs_link("others", at(room, "steal2"));
    certs_chown(at(room, "steal2"), NOBODY);
    refuses(room, "steal2", "to a file of uid 65533 is not followed");
    certs_link("mine", at(room, "own"));
    certs_chown(at(room, "own"), NOBODY);
    reads(room, "own", "mine");
    certs_link("others", at(room, "by-root"));
    reads(room, "by-root", "others");
    /* A link of root to a link of a customer does not wash it clean. */
    certs_link("steal", at(room, "wash"));
    refuses(room, "wash", "is not followed");
    /* Nor does a folder that is a customer's link. */
    mkdir(at(room, "private"), 0755);
    certs_write_text(room->store, "private/key", "secret");
    certs_link("private", at(room, "folder"));
    certs_chown(at(room, "folder"), NOBODY);
    refuses(room, "folder/key", "is not followed");
    certs_link("/etc/shadow", at(room, "shadow"));
    certs_chown(at(room, "shadow"), NOBODY);
    refuses(room, "shadow", "not followed");
}

static void test_unreadable(void **state)
{
    room_t *room = *state;

    if (geteuid() != 0) {
        print_message("needs root: unreadable files not tested\n");
        skip();
    }
    certs_write_text(room->store, "closed", "x");
    certs_write_text(room->store, "shut/a", "x");
    chmod(at(room, "closed"), 0600);
    chmod(at(room, "shut"), 0700);
    assert_int_equal(seteuid(NOBODY), 0);
    refuses(room, "closed", "permission denied; let uid 65534 read it");
    refuses(room, "shut/a", "permission denied");
    assert_int_equal(seteuid(0), 0);
    reads(room, "shut/a", "x");
}

static void test_load(void **state)
{
    room_t *room = *state;
    apr_size_t len;
    char *data;

    certs_write_text(room->store, "map", "a b\n");
    assert_int_equal(mssl_file_load(&data, &len, at(room, "map"), &room->why), APR_SUCCESS);
    assert_int_equal(len, 4);
    assert_string_equal(data, "a b\n");
    free(data);
    assert_true(APR_STATUS_IS_ENOENT(mssl_file_load(&data, &len, at(room, "no"), &room->why)));
    assert_null(data);
    assert_int_equal(mssl_file_load(&data, &len, room->store, &room->why), APR_EINVAL);
}

static int stamp_by(room_t *room, const char *name, mssl_stamp_t *stamp, int has_no_rule)
{
    mssl_stamper_t stamper;
    int there;

    assert_int_equal(mssl_stamper_init(&stamper, NULL), APR_SUCCESS);
    stamper.has_no_rule = has_no_rule;
    there = mssl_stamper_add(&stamper, at(room, name));
    mssl_stamper_final(&stamper, stamp);
    return there;
}

static int stamp_of(room_t *room, const char *name, mssl_stamp_t *stamp)
{
    return stamp_by(room, name, stamp, 0);
}

static void test_stamps(void **state)
{
    room_t *room = *state;
    mssl_stamp_t first, second, none, none_again;

    assert_false(stamp_of(room, "s", &none));
    assert_false(stamp_of(room, "s", &none_again));
    assert_memory_equal(&none, &none_again, sizeof(none));
    certs_write_text(room->store, "s", "1");
    certs_link("s", at(room, "link"));
    certs_link("nothing", at(room, "dead"));
    certs_link("s", at(room, "foreign"));
    certs_chown(at(room, "foreign"), geteuid() == 0 ? NOBODY : geteuid());
    assert_true(stamp_of(room, "s", &first));
    assert_true(stamp_of(room, "s", &second));
    assert_memory_not_equal(&first, &second, sizeof(first)); /* too young to be believed */
    sleep(3);
    assert_true(stamp_of(room, "s", &first));
    assert_true(stamp_of(room, "s", &second));
    assert_memory_equal(&first, &second, sizeof(first));
    assert_true(stamp_of(room, "dead", &second));
    assert_true(stamp_of(room, "link", &first));
    certs_write_text(room->store, "s", "2");
    assert_true(stamp_of(room, "link", &second));
    assert_memory_not_equal(&first, &second, sizeof(first));
    if (geteuid() == 0) {
        /* A link that is not followed: a file of others that changes all the time makes no work. */
        assert_true(stamp_of(room, "foreign", &first));
        certs_write_text(room->store, "s", "345");
        assert_true(stamp_of(room, "foreign", &second));
        assert_memory_equal(&first, &second, sizeof(first));
        /* A file of the configuration is read through any link, and so its changes count. */
        assert_true(stamp_by(room, "foreign", &first, 1));
        certs_write_text(room->store, "s", "6789");
        assert_true(stamp_by(room, "foreign", &second, 1));
        assert_memory_not_equal(&first, &second, sizeof(first));
    }
}

/* Renames a new file over the other until it is told to end. */
static void *replace_on(void *data)
{
    const room_t *room = ((void **)data)[0];
    const int *is_over = ((void **)data)[1];

    while (!__atomic_load_n(is_over, __ATOMIC_RELAXED)) {
        certs_write_text(room->store, "a.pem", "whole");
    }
    return NULL;
}

/* A file that gives way to another while it is read is whole all the same. */
static void test_replaced_while_read(void **state)
{
    room_t *room = *state;
    int is_over = 0, i;
    void *data[2] = { room, &is_over };
    pthread_t thread;

    certs_write_text(room->store, "a.pem", "whole");
    assert_int_equal(pthread_create(&thread, NULL, replace_on, data), 0);
    for (i = 0; i < 20000; i++) {
        if (read_it(room, "a.pem") != APR_SUCCESS || room->blob.len != 5) {
            break;
        }
        apr_pool_clear(room->pool);
    }
    __atomic_store_n(&is_over, 1, __ATOMIC_RELAXED);
    pthread_join(thread, NULL);
    assert_int_equal(i, 20000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_plain, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_odd_kinds, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_links, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_long_chain, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_writable_folders, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_link_owners, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_unreadable, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_load, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_stamps, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_replaced_while_read, set_up, tear_down),
    };

    return cmocka_run_group_tests_name("files", tests, NULL, NULL);
}
