/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/test.h"

#include <apr_strings.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "lib/providers/census.h"
#include "tests/unit/certs.h"

/* Said to be taken later than it is: no need to wait until the folder has grown old. */
#define LATER (apr_time_now() + apr_time_from_sec(60))

typedef struct room_t {
    char root[64];
    int fd;
    mssl_census_t *census;
} room_t;

static int set_up(void **state)
{
    room_t *room = calloc(1, sizeof(*room));

    certs_folder(room->root, sizeof(room->root));
    room->fd = open(room->root, O_RDONLY | O_DIRECTORY);
    room->census = mssl_census_new();
    *state = room;
    return room->fd < 0 || room->census == NULL;
}

static int tear_down(void **state)
{
    room_t *room = *state;

    mssl_census_free(room->census);
    close(room->fd);
    certs_remove(room->root);
    free(room);
    return 0;
}

static int holds(const room_t *room, int place)
{
    struct stat st;

    assert_int_equal(stat(room->root, &st), 0);
    return mssl_census_holds(room->census, place, &st);
}

static void test_names(void **state)
{
    room_t *room = *state;
    char name[32];
    int i, more = 0;

    mssl_census_enter(room->census, MSSL_CENSUS_ROOT, room->fd, LATER);
    mssl_census_enter(room->census, 256, room->fd, LATER);
    for (i = 0; i < 3000; i++) {
        snprintf(name, sizeof(name), "s%d.example.pem", i);
        mssl_census_add(room->census, MSSL_CENSUS_ROOT, name);
    }
    mssl_census_add(room->census, MSSL_CENSUS_ROOT, "Upper.Example.PEM");
    mssl_census_add(room->census, 256, "f.example.pem");
    assert_int_equal(mssl_census_end(room->census), 1);
    for (i = 0; i < 3000; i++) {
        snprintf(name, sizeof(name), "s%d.example.pem", i);
        assert_int_equal(mssl_census_may_have(room->census, MSSL_CENSUS_ROOT, name), 1);
        snprintf(name, sizeof(name), "s%d.example.crt", i);
        more += mssl_census_may_have(room->census, MSSL_CENSUS_ROOT, name);
        snprintf(name, sizeof(name), "s%d.example.pem", i);
        more += mssl_census_may_have(room->census, 256, name);
    }
    assert_within(more, 0, 300); /* 2 of 100 are to be expected */
    /* A file system may have both cases as one. */
    assert_int_equal(mssl_census_may_have(room->census, MSSL_CENSUS_ROOT, "upper.example.pem"), 1);
    assert_int_equal(mssl_census_may_have(room->census, 256, "f.example.pem"), 1);
}

static void test_nothing(void **state)
{
    room_t *room = *state;

    mssl_census_enter(room->census, MSSL_CENSUS_ROOT, room->fd, LATER);
    assert_int_equal(mssl_census_end(room->census), 1);
    assert_int_equal(mssl_census_may_have(room->census, MSSL_CENSUS_ROOT, "a.example.pem"), 0);
    assert_int_equal(holds(room, MSSL_CENSUS_ROOT), 1);
    assert_int_equal(holds(room, 1), 0); /* nobody listed it */
}

/* The kernel says something else of it than that it is not there. */
static void test_long_name(void **state)
{
    room_t *room = *state;
    char name[NAME_MAX + 2];

    memset(name, 'a', sizeof(name));
    name[NAME_MAX + 1] = '\0';
    mssl_census_enter(room->census, MSSL_CENSUS_ROOT, room->fd, LATER);
    assert_int_equal(mssl_census_end(room->census), 1);
    assert_int_equal(mssl_census_may_have(room->census, MSSL_CENSUS_ROOT, name), 1);
    assert_int_equal(mssl_census_may_have(room->census, MSSL_CENSUS_ROOT, name + 1), 0);
}

/* Of other bytes a file system may make what we ask for ("K" is the Kelvin sign). */
static void test_other_bytes(void **state)
{
    room_t *room = *state;

    mssl_census_enter(room->census, MSSL_CENSUS_ROOT, room->fd, LATER);
    mssl_census_enter(room->census, 1, room->fd, LATER);
    mssl_census_add(room->census, MSSL_CENSUS_ROOT, "a.example.pem");
    mssl_census_add(room->census, MSSL_CENSUS_ROOT, "\xe2\x84\xaa.example.pem");
    mssl_census_add(room->census, MSSL_CENSUS_ROOT, "b.example.pem");
    assert_int_equal(mssl_census_end(room->census), 1);
    assert_int_equal(holds(room, MSSL_CENSUS_ROOT), 0);
    assert_int_equal(holds(room, 1), 1);
}

/* What is young may change once more and look the same. */
static void test_young(void **state)
{
    room_t *room = *state;
    apr_time_t changed;
    struct stat st;

    assert_int_equal(fstat(room->fd, &st), 0);
    changed = apr_time_make(st.st_ctim.tv_sec, st.st_ctim.tv_nsec / 1000);
    mssl_census_enter(room->census, 1, room->fd, changed);
    mssl_census_enter(room->census, 2, room->fd, changed + apr_time_from_sec(2) - 1000);
    mssl_census_enter(room->census, 3, room->fd, changed + apr_time_from_sec(2) + 1000);
    mssl_census_enter(room->census, 4, room->fd, changed - apr_time_from_sec(1));
    assert_int_equal(mssl_census_end(room->census), 1);
    assert_int_equal(holds(room, 1), 0);
    assert_int_equal(holds(room, 2), 0);
    assert_int_equal(holds(room, 3), 1);
    assert_int_equal(holds(room, 4), 0);
}

static void test_changed(void **state)
{
    room_t *room = *state;

    mssl_census_enter(room->census, MSSL_CENSUS_ROOT, room->fd, LATER);
    assert_int_equal(mssl_census_end(room->census), 1);
    assert_int_equal(holds(room, MSSL_CENSUS_ROOT), 1);
    usleep(20 * 1000); /* the kernel's clock for files has ticks */
    certs_write_text(room->root, "a.example.pem", "x");
    assert_int_equal(holds(room, MSSL_CENSUS_ROOT), 0);
}

/* The same times in another folder. */
static void test_other_folder(void **state)
{
    room_t *room = *state;
    struct stat st;

    mssl_census_enter(room->census, MSSL_CENSUS_ROOT, room->fd, LATER);
    assert_int_equal(mssl_census_end(room->census), 1);
    assert_int_equal(fstat(room->fd, &st), 0);
    st.st_ino++;
    assert_int_equal(mssl_census_holds(room->census, MSSL_CENSUS_ROOT, &st), 0);
    st.st_ino--;
    st.st_dev++;
    assert_int_equal(mssl_census_holds(room->census, MSSL_CENSUS_ROOT, &st), 0);
    st.st_dev--;
    st.st_mtim.tv_nsec ^= 1;
    assert_int_equal(mssl_census_holds(room->census, MSSL_CENSUS_ROOT, &st), 0);
    st.st_mtim.tv_nsec ^= 1;
    st.st_ctim.tv_nsec ^= 1;
    assert_int_equal(mssl_census_holds(room->census, MSSL_CENSUS_ROOT, &st), 0);
}

/* Listed but not to be searched: what is there is refused, as is what is not. */
static void test_closed(void **state)
{
    room_t *room = *state;

    if (geteuid() != 0) {
        print_message("needs root: a closed folder is not tested\n");
        skip();
    }
    assert_int_equal(fchmod(room->fd, 0744), 0);
    assert_int_equal(seteuid(65534), 0);
    mssl_census_enter(room->census, MSSL_CENSUS_ROOT, room->fd, LATER);
    assert_int_equal(seteuid(0), 0);
    assert_int_equal(mssl_census_end(room->census), 0);
    assert_int_equal(holds(room, MSSL_CENSUS_ROOT), 0);
}

/* Who fills a directory costs no memory. */
static void test_too_many(void **state)
{
    room_t *room = *state;
    int i;

    mssl_census_enter(room->census, MSSL_CENSUS_ROOT, room->fd, LATER);
    for (i = 0; i < 10000000; i++) {
        mssl_census_add(room->census, MSSL_CENSUS_ROOT, "x");
    }
    assert_int_equal(mssl_census_end(room->census), 0);
}

/* /proc lists no threads, and has them: a list need not have all. */
static void test_other_file_system(void **state)
{
    room_t *room = *state;
    int fd = open("/proc", O_RDONLY | O_DIRECTORY);
    struct stat st;

    if (fd < 0) {
        skip();
    }
    assert_int_equal(fstat(fd, &st), 0);
    mssl_census_enter(room->census, MSSL_CENSUS_ROOT, fd, LATER);
    close(fd);
    assert_int_equal(mssl_census_end(room->census), 0);
    assert_int_equal(mssl_census_holds(room->census, MSSL_CENSUS_ROOT, &st), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_names, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_long_name, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_other_bytes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_young, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_changed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_other_folder, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_closed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_too_many, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_other_file_system, set_up, tear_down),
    };

    return cmocka_run_group_tests_name("census", tests, NULL, NULL);
}
