/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/test.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <apr_general.h>
#include <apr_strings.h>

#include "lib/files/memo.h"

/* Looks are said to be taken later than they are: no need to wait until a file has grown old. */
#define LATER (apr_time_now() + apr_time_from_sec(60))

typedef struct fixture_t {
    apr_pool_t *pool;
    mssl_memo_t *memo;
    char dir[64];
    const char *file;
} fixture_t;

static void write_file(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    close(fd);
}

static int set_up(void **state)
{
    fixture_t *f = calloc(1, sizeof(*f));

    apr_initialize();
    apr_pool_create(&f->pool, NULL);
    strcpy(f->dir, "/tmp/mssl-memo.XXXXXX");
    assert_non_null(mkdtemp(f->dir));
    f->file = apr_psprintf(f->pool, "%s/a.pem", f->dir);
    write_file(f->file, "one");
    assert_int_equal(mssl_memo_make(&f->memo, f->pool), APR_SUCCESS);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    fixture_t *f = *state;

    unlink(f->file);
    unlink(apr_psprintf(f->pool, "%s/b.pem", f->dir));
    unlink(apr_psprintf(f->pool, "%s/c.pem", f->dir));
    rmdir(f->dir);
    apr_pool_destroy(f->pool);
    free(f);
    return 0;
}

static mssl_stamp_t stamp_of(int n)
{
    mssl_stamp_t stamp;

    memset(&stamp, n, sizeof(stamp));
    return stamp;
}

static void remember(fixture_t *f, const char *key, int stamp, apr_time_t now)
{
    mssl_sight_t sight = { .pool = f->pool };
    mssl_stamp_t s = stamp_of(stamp);

    mssl_sight_look(&sight, f->dir, now);
    mssl_sight_look(&sight, f->file, now);
    mssl_memo_put(f->memo, key, &s, &sight);
}

static int is_same(fixture_t *f, const char *key, int stamp)
{
    mssl_stamp_t s = stamp_of(stamp);

    return mssl_memo_is_same(f->memo, key, &s);
}

static void test_same(void **state)
{
    fixture_t *f = *state;

    assert_int_equal(is_same(f, "a.example", 1), 0);
    remember(f, "a.example", 1, LATER);
    assert_int_equal(is_same(f, "a.example", 1), 1);
    assert_int_equal(is_same(f, "a.example", 1), 1);
    assert_int_equal(is_same(f, "a.example", 2), 0);
    assert_int_equal(is_same(f, "b.example", 1), 0);
    remember(f, "a.example", 2, LATER);
    assert_int_equal(is_same(f, "a.example", 1), 0);
    assert_int_equal(is_same(f, "a.example", 2), 1);
}

static void test_every_change_is_seen(void **state)
{
    fixture_t *f = *state;
    const char *other = apr_psprintf(f->pool, "%s/b.pem", f->dir);

    remember(f, "a.example", 1, LATER);
    write_file(f->file, "two, longer");
    assert_int_equal(is_same(f, "a.example", 1), 0);
    remember(f, "a.example", 1, LATER);
    write_file(other, "another in the directory");
    assert_int_equal(is_same(f, "a.example", 1), 0);
    remember(f, "a.example", 1, LATER);
    assert_int_equal(rename(other, f->file), 0);
    assert_int_equal(is_same(f, "a.example", 1), 0);
    remember(f, "a.example", 1, LATER);
    assert_int_equal(chmod(f->file, 0640), 0);
    assert_int_equal(is_same(f, "a.example", 1), 0);
    remember(f, "a.example", 1, LATER);
    assert_int_equal(unlink(f->file), 0);
    assert_int_equal(is_same(f, "a.example", 1), 0);
}

static void test_links(void **state)
{
    fixture_t *f = *state;
    const char *one = apr_psprintf(f->pool, "%s/b.pem", f->dir);
    const char *two = apr_psprintf(f->pool, "%s/c.pem", f->dir);

    write_file(one, "one");
    write_file(two, "two");
    unlink(f->file);
    assert_int_equal(symlink(one, f->file), 0);
    remember(f, "a.example", 1, LATER);
    assert_int_equal(is_same(f, "a.example", 1), 1);
    write_file(one, "what the link points to");
    assert_int_equal(is_same(f, "a.example", 1), 0);
    remember(f, "a.example", 1, LATER);
    unlink(f->file);
    assert_int_equal(symlink(two, f->file), 0);
    assert_int_equal(is_same(f, "a.example", 1), 0);
    unlink(two);
    remember(f, "a.example", 1, LATER);
    assert_int_equal(is_same(f, "a.example", 1), 0);
}

static void test_what_is_young_is_not_remembered(void **state)
{
    fixture_t *f = *state;

    remember(f, "a.example", 1, LATER);
    remember(f, "a.example", 1, apr_time_now());
    assert_int_equal(is_same(f, "a.example", 1), 0);
}

static void test_nothing_seen_proves_nothing(void **state)
{
    fixture_t *f = *state;
    mssl_sight_t sight = { .pool = f->pool };
    mssl_stamp_t s = stamp_of(1);

    mssl_memo_put(f->memo, "a.example", &s, &sight);
    assert_int_equal(is_same(f, "a.example", 1), 0);
}

static void test_many_keys(void **state)
{
    fixture_t *f = *state;
    int kept = 0;
    int i;

    for (i = 0; i < 20000; i++) {
        remember(f, apr_psprintf(f->pool, "n%d.example", i), 1, LATER);
    }
    for (i = 0; i < 20000; i++) {
        kept += is_same(f, apr_psprintf(f->pool, "n%d.example", i), 1);
    }
    assert_within(kept, 4096, 8192);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_same, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_every_change_is_seen, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_links, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_what_is_young_is_not_remembered, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_nothing_seen_proves_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_many_keys, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
