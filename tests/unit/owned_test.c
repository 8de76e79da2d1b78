/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/test.h"

#include <apr_general.h>
#include <sys/socket.h>
#include <sys/sysmacros.h>
#include <sys/un.h>

#include "lib/files/owned.h"
#include "tests/unit/certs.h"

#define MAX 16
#define FILE_NAME "in/deep/file"

typedef struct room_t {
    char root[64];
    char data[MAX];
    apr_size_t len;
    mssl_reason_t why;
} room_t;

static char *at(const room_t *room, const char *name)
{
    static char path[100];

    snprintf(path, sizeof(path), "%s/%s", room->root, name);
    return path;
}

static void put(const room_t *room, const char *name, const char *text)
{
    int fd = open(at(room, name), O_WRONLY | O_CREAT | O_TRUNC, 0644);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    close(fd);
}

static int set_up(void **state)
{
    room_t *room = calloc(1, sizeof(*room));

    apr_initialize();
    certs_folder(room->root, sizeof(room->root));
    CERTS_CHECK(chmod(room->root, 0755) == 0 && mkdir(at(room, "in"), 0755) == 0
                && mkdir(at(room, "in/deep"), 0755) == 0);
    put(room, FILE_NAME, "token.thumb");
    *state = room;
    return 0;
}

static int tear_down(void **state)
{
    room_t *room = *state;

    certs_remove(room->root);
    free(room);
    apr_terminate();
    return 0;
}

static apr_status_t take(room_t *room, const char *below)
{
    room->why.text[0] = '\0';
    return mssl_owned_read(room->data, &room->len, MAX, room->root, below, geteuid(), &room->why);
}

static void check_good(room_t *room)
{
    assert_int_equal(take(room, FILE_NAME), APR_SUCCESS);
    assert_int_equal(room->len, 11);
    assert_memory_equal(room->data, "token.thumb", 11);
}

static void check_bad(room_t *room, const char *below, apr_status_t rv, const char *why)
{
    assert_int_equal(take(room, below), rv);
    if (strstr(room->why.text, why) == NULL) {
        fail_msg("not \"%s\": %s", why, room->why.text);
    }
}

static void test_good(void **state)
{
    room_t *room = *state;

    check_good(room);
    assert_int_equal(mssl_owned_check(room->root, geteuid(), &room->why), APR_SUCCESS);
    /* Who only has to pass needs no permission to list. */
    chmod(at(room, "in"), 0711);
    check_good(room);
}

static void test_not_there(void **state)
{
    room_t *room = *state;

    check_bad(room, "in/deep/other", APR_ENOENT, "other' is not there");
    check_bad(room, "in/other/file", APR_ENOENT, "in/other' is not there");
    assert_int_equal(mssl_owned_check("/nonexistent/a", 0, &room->why), APR_ENOENT);
    assert_int_equal(mssl_owned_check("/etc/passwd", 0, &room->why), APR_EACCES);
}

/* Each folder from there on, the first included. */
static void test_writable_folder(void **state)
{
    static const char *const folders[] = { "", "in", "in/deep" };
    static const mode_t modes[] = { 0775, 0757, 01777 };
    room_t *room = *state;
    size_t i, k;

    for (i = 0; i < COUNT(folders); i++) {
        for (k = 0; k < COUNT(modes); k++) {
            assert_int_equal(chmod(at(room, folders[i]), modes[k]), 0);
            check_bad(room, FILE_NAME, APR_EACCES, "run 'chmod go-w ");
        }
        assert_int_equal(chmod(at(room, folders[i]), 0755), 0);
        check_good(room);
    }
}

/* Above the folder a sticky one is taken, as /tmp is, and no other. */
static void test_folder_on_the_way(void **state)
{
    room_t *room = *state;
    char dir[128];

    snprintf(dir, sizeof(dir), "%s", at(room, "in/deep"));
    assert_int_equal(mssl_owned_check(dir, geteuid(), &room->why), APR_SUCCESS);
    assert_int_equal(chmod(at(room, "in"), 01777), 0);
    assert_int_equal(mssl_owned_check(dir, geteuid(), &room->why), APR_SUCCESS);
    assert_int_equal(chmod(at(room, "in"), 0777), 0);
    assert_int_equal(mssl_owned_check(dir, geteuid(), &room->why), APR_EACCES);
    assert_non_null(strstr(room->why.text, "/in': run 'chmod go-w"));
}

static void test_links(void **state)
{
    room_t *room = *state;
    char dir[128];

    assert_int_equal(symlink("file", at(room, "in/deep/link")), 0);
    assert_int_equal(symlink("deep", at(room, "in/link")), 0);
    assert_int_equal(symlink("nowhere", at(room, "in/dead")), 0);
    check_bad(room, "in/deep/link", APR_EINVAL, "is a link");
    check_bad(room, "in/link/file", APR_EACCES, "in/link' is a link");
    check_bad(room, "in/dead/file", APR_EACCES, "in/dead' is a link");
    snprintf(dir, sizeof(dir), "%s", at(room, "in/link"));
    assert_int_equal(mssl_owned_check(dir, geteuid(), &room->why), APR_EACCES);
    check_bad(room, "in/deep/file/file", APR_EACCES, "is no folder");
    check_bad(room, "in/../in/deep/file", APR_EACCES, "of that kind");
    check_bad(room, "./in/deep/file", APR_EACCES, "of that kind");
}

static void test_what_is_no_file(void **state)
{
    struct sockaddr_un addr = { .sun_family = AF_UNIX };
    room_t *room = *state;
    int sock = socket(AF_UNIX, SOCK_STREAM, 0);

    assert_int_equal(mkfifo(at(room, "in/deep/pipe"), 0644), 0);
    assert_int_equal(mkdir(at(room, "in/deep/folder"), 0755), 0);
    snprintf(addr.sun_path, sizeof(addr.sun_path), "%s", at(room, "in/deep/socket"));
    assert_int_equal(bind(sock, (struct sockaddr *)&addr, sizeof(addr)), 0);
    close(sock);
    check_bad(room, "in/deep/pipe", APR_EINVAL, "pipe' is no regular file");
    check_bad(room, "in/deep/folder", APR_EINVAL, "folder' is no regular file");
    check_bad(room, "in/deep/socket", APR_EINVAL, "socket' is no regular file");
    if (geteuid() == 0 && mknod(at(room, "in/deep/null"), S_IFCHR | 0644, makedev(1, 3)) == 0) {
        check_bad(room, "in/deep/null", APR_EINVAL, "null' is no regular file");
    }
}

static void test_sizes(void **state)
{
    room_t *room = *state;

    put(room, FILE_NAME, "0123456789abcdef");
    assert_int_equal(take(room, FILE_NAME), APR_SUCCESS);
    assert_int_equal(room->len, MAX);
    put(room, FILE_NAME, "0123456789abcdefg");
    check_bad(room, FILE_NAME, APR_EINVAL, "has 17 bytes, and is to have 1 to 16");
    assert_int_equal(room->len, 0);
    put(room, FILE_NAME, "");
    check_bad(room, FILE_NAME, APR_EINVAL, "has 0 bytes");
    assert_int_equal(truncate(at(room, FILE_NAME), 10 << 20), 0);
    check_bad(room, FILE_NAME, APR_EINVAL, "has 10485760 bytes");
}

static void test_writable_file(void **state)
{
    room_t *room = *state;

    assert_int_equal(chmod(at(room, FILE_NAME), 0664), 0);
    check_bad(room, FILE_NAME, APR_EINVAL, "is another user's, or can be written by one");
}

/* Root's, and that user's; nobody else's, who is neither. Only root can try. */
static void test_owners(void **state)
{
    static const char *const names[] = { "", "in", "in/deep", FILE_NAME };
    room_t *room = *state;
    size_t i;

    if (geteuid() != 0) {
        return;
    }
    for (i = 0; i < COUNT(names); i++) {
        const char *name = names[i];
        int is_file = strcmp(name, FILE_NAME) == 0;

        assert_int_equal(chown(at(room, name), 4711, (gid_t)-1), 0);
        check_bad(room, FILE_NAME, is_file ? APR_EINVAL : APR_EACCES,
                  is_file ? "another user's" : "belongs to uid 4711");
        assert_int_equal(mssl_owned_read(room->data, &room->len, MAX, room->root, FILE_NAME, 4711,
                                         &room->why), APR_SUCCESS);
        assert_int_equal(chown(at(room, name), 0, (gid_t)-1), 0);
    }
    check_good(room);
}

static void test_long_paths(void **state)
{
    room_t *room = *state;
    char *path = malloc(9000);

    memset(path, 'a', 8999);
    path[8999] = '\0';
    check_bad(room, path, APR_EINVAL, "too long");
    path[1000] = '\0'; /* for the kernel */
    check_bad(room, path, APR_ENOENT, "of so long a name");
    path[256] = '\0';
    check_bad(room, path, APR_ENOENT, "of so long a name");
    memcpy(path + 256, "/a", 3);
    check_bad(room, path, APR_ENOENT, "of so long a name");
    memset(path + 256, 'a', 8999 - 256);
    path[5000] = '/';
    assert_int_equal(take(room, path), APR_EACCES);
    path[0] = '/';
    assert_int_equal(mssl_owned_check(path, 0, &room->why), APR_EACCES);
    free(path);
}

/* What was opened is the folder that was looked at, whatever is in its place later. */
static void test_open(void **state)
{
    room_t *room = *state;
    char moved[100];
    struct stat st;
    int fd;

    assert_int_equal(mssl_owned_open(&fd, at(room, "in"), geteuid(), &room->why), APR_SUCCESS);
    snprintf(moved, sizeof(moved), "%s/moved", room->root);
    CERTS_CHECK(rename(at(room, "in"), moved) == 0 && mkdir(at(room, "in"), 0755) == 0);
    assert_int_equal(fstatat(fd, "deep/file", &st, 0), 0);
    assert_int_equal(fsync(fd), 0);
    close(fd);
    CERTS_CHECK(chmod(moved, 0777) == 0);
    assert_int_equal(mssl_owned_open(&fd, moved, geteuid(), &room->why), APR_EACCES);
    assert_int_equal(fd, -1);
    assert_non_null(strstr(room->why.text, "moved': run 'chmod go-w"));
    CERTS_CHECK(rmdir(at(room, "in")) == 0 && symlink("moved", at(room, "in")) == 0);
    assert_int_equal(mssl_owned_open(&fd, at(room, "in"), geteuid(), &room->why), APR_EACCES);
    assert_non_null(strstr(room->why.text, "is a link"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_good, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_not_there, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_writable_folder, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_folder_on_the_way, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_links, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_what_is_no_file, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_sizes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_writable_file, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_owners, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_long_paths, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_open, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
