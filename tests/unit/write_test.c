/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/test.h"

#include <apr_general.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>

#include "lib/files/write.h"
#include "tests/unit/certs.h"

typedef struct room_t {
    char root[64];
    int dir;
    mssl_reason_t why;
} room_t;

static const mssl_owner_t mine = { (uid_t)-1, (gid_t)-1, 0640 };

static int set_up(void **state)
{
    room_t *room = calloc(1, sizeof(*room));

    apr_initialize();
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
    free(room);
    apr_terminate();
    return 0;
}

static int count_entries(const room_t *room)
{
    DIR *dir = opendir(room->root);
    int n = 0;

    while (readdir(dir) != NULL) {
        n++;
    }
    closedir(dir);
    return n - 2; /* "." and ".." */
}

static void check(const room_t *room, const char *name, const char *text, struct stat *st)
{
    char got[64];
    int fd = openat(room->dir, name, O_RDONLY | O_NOFOLLOW);
    ssize_t n;

    assert_true(fd >= 0);
    n = read(fd, got, sizeof(got));
    assert_int_equal(n, strlen(text));
    assert_memory_equal(got, text, strlen(text));
    assert_int_equal(fstat(fd, st), 0);
    close(fd);
}

static void test_new_and_again(void **state)
{
    room_t *room = *state;
    struct stat first, second, third;
    int changed = 7;

    assert_int_equal(mssl_file_write_changed(room->dir, "a", "one", 3, &mine, &changed, &room->why),
                     APR_SUCCESS);
    assert_true(changed);
    check(room, "a", "one", &first);
    assert_int_equal(first.st_mode & 07777, 0640);
    assert_int_equal(mssl_file_write_changed(room->dir, "a", "one", 3, &mine, &changed, &room->why),
                     APR_SUCCESS);
    assert_false(changed);
    check(room, "a", "one", &second);
    assert_int_equal(first.st_ino, second.st_ino);
    chmod(room->root, 0755);
    assert_int_equal(fchmodat(room->dir, "a", 0600, 0), 0);
    assert_int_equal(mssl_file_write_changed(room->dir, "a", "one", 3, &mine, &changed, &room->why),
                     APR_SUCCESS);
    assert_true(changed);
    assert_int_equal(mssl_file_write_changed(room->dir, "a", "two!", 4, &mine, &changed,
                                             &room->why), APR_SUCCESS);
    check(room, "a", "two!", &third);
    assert_int_equal(third.st_mode & 07777, 0640);
    assert_int_equal(count_entries(room), 1);
}

/* A link in its place is replaced, what it points to is left alone. */
static void test_link(void **state)
{
    room_t *room = *state;
    struct stat st;
    int changed;

    assert_int_equal(mssl_file_write(room->dir, "target", "same", 4, &mine, &room->why), APR_SUCCESS);
    assert_int_equal(symlinkat("target", room->dir, "a"), 0);
    assert_int_equal(mssl_file_write_changed(room->dir, "a", "same", 4, &mine, &changed,
                                             &room->why), APR_SUCCESS);
    assert_true(changed);
    check(room, "a", "same", &st);
    assert_int_equal(mssl_file_write(room->dir, "a", "other", 5, &mine, &room->why), APR_SUCCESS);
    check(room, "target", "same", &st);
}

static void test_failures_leave_nothing(void **state)
{
    room_t *room = *state;

    assert_int_equal(mkdirat(room->dir, "folder", 0755), 0);
    assert_int_equal(mssl_file_write(room->dir, "folder", "x", 1, &mine, &room->why), EISDIR);
    assert_non_null(strstr(room->why.text, "folder: cannot be put in its place"));
    assert_int_not_equal(mssl_file_write(room->dir, "../a", "x", 1, &mine, &room->why), APR_SUCCESS);
    assert_int_not_equal(mssl_file_write(-1, "a", "x", 1, &mine, &room->why), APR_SUCCESS);
    assert_int_equal(count_entries(room), 1);
}

/* Whole as any, and as any put in the place of the old one. */
static void test_lazily(void **state)
{
    room_t *room = *state;
    struct stat st;

    assert_int_equal(mssl_file_write(room->dir, "a", "one", 3, &mine, &room->why), APR_SUCCESS);
    assert_int_equal(mssl_file_write_lazily(room->dir, "a", "two", 3, &mine, &room->why),
                     APR_SUCCESS);
    check(room, "a", "two", &st);
    assert_int_equal(st.st_mode & 07777, 0640);
    assert_int_equal(count_entries(room), 1);
}

/* More than a pipe takes, and the caller is at its beginning. */
static void test_memory(void **state)
{
    static char data[300000], got[sizeof(data)];
    int fd;

    (void)state;
    memset(data, 'm', sizeof(data));
    data[0] = 'a';
    data[sizeof(data) - 1] = 'z';
    fd = mssl_file_make_memory("test", data, sizeof(data));
    assert_true(fd >= 0);
    assert_int_equal(read(fd, got, sizeof(got)), sizeof(got));
    assert_memory_equal(got, data, sizeof(got));
    assert_int_equal(read(fd, got, 1), 0);
    assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
    close(fd);
    fd = mssl_file_make_memory("test", NULL, 0);
    assert_true(fd >= 0);
    assert_int_equal(read(fd, got, 1), 0);
    close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_new_and_again, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_link, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_failures_leave_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_lazily, set_up, tear_down),
        cmocka_unit_test(test_memory),
    };

    return cmocka_run_group_tests_name("write", tests, NULL, NULL);
}
