/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/test.h"

#include <apr_general.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/notify/standing.h"
#include "lib/steward/late.h"
#include "tests/unit/certs.h"

#define PATH MSSL_STANDING_FOLDER "/" MSSL_LATE_FILE

typedef struct counts_t {
    int issued, failed, others;
} counts_t;

static char root[64];

static void count(void *baton, const char *issuer, int is_issued)
{
    counts_t *counts = baton;

    *(strcmp(issuer, "le") != 0 ? &counts->others : is_issued ? &counts->issued : &counts->failed)
        += 1;
}

static counts_t take(int dir)
{
    counts_t counts = { 0, 0, 0 };

    mssl_late_take(dir, count, &counts);
    return counts;
}

static int begin(void **state)
{
    static int dir;

    apr_initialize();
    certs_folder(root, sizeof(root));
    dir = open(root, O_RDONLY | O_DIRECTORY);
    assert_int_equal(mkdirat(dir, MSSL_STANDING_FOLDER, 0711), 0);
    *state = &dir;
    return 0;
}

static int end(void **state)
{
    close(*(int *)*state);
    certs_remove(root);
    apr_terminate();
    return 0;
}

static void test_handed_on(void **state)
{
    int dir = *(int *)*state, fd;
    mssl_reason_t why = { "" };
    counts_t counts;

    counts = take(dir); /* there is none yet */
    assert_int_equal(counts.issued + counts.failed + counts.others, 0);
    assert_int_equal(mssl_late_add(dir, "le", 1, &why), APR_SUCCESS);
    assert_int_equal(mssl_late_add(dir, "le", 0, &why), APR_SUCCESS);
    assert_int_equal(mssl_late_add(dir, "le", 1, &why), APR_SUCCESS);
    assert_int_equal(mssl_late_add(dir, "manual", 1, &why), APR_SUCCESS);
    /* Somebody writes. */
    fd = openat(dir, PATH, O_WRONLY | O_APPEND);
    assert_int_equal(flock(fd, LOCK_EX), 0);
    counts = take(dir);
    assert_int_equal(counts.issued, 0);
    close(fd);
    counts = take(dir);
    assert_int_equal(counts.issued, 2);
    assert_int_equal(counts.failed, 1);
    assert_int_equal(counts.others, 1);
    counts = take(dir);
    assert_int_equal(counts.issued + counts.failed + counts.others, 0);
}

static void test_damaged(void **state)
{
    int dir = *(int *)*state, i;
    mssl_reason_t why = { "" };
    counts_t counts;

    certs_write_text(root, PATH, "\n\nle\nle \nle issued\nle issued now\nle lost\n le failed\nle fail");
    counts = take(dir);
    assert_int_equal(counts.issued, 1);
    assert_int_equal(counts.failed + counts.others, 0);
    for (i = 0; i < MSSL_LATE_MAX && mssl_late_add(dir, "le", 1, &why) == APR_SUCCESS; i++) {
        continue;
    }
    assert_int_equal(i, MSSL_LATE_MAX / (int)strlen("le issued\n"));
    assert_non_null(strstr(why.text, PATH ": No space"));
    assert_int_equal(take(dir).issued, i);
    assert_int_equal(unlinkat(dir, PATH, 0), 0);
    assert_int_equal(symlinkat("/etc/passwd", dir, PATH), 0);
    assert_int_not_equal(mssl_late_add(dir, "le", 1, &why), APR_SUCCESS);
    assert_int_equal(take(dir).others, 0);
    assert_int_equal(unlinkat(dir, PATH, 0), 0);
    assert_int_equal(mkdirat(dir, PATH, 0700), 0);
    assert_int_not_equal(mssl_late_add(dir, "le", 1, &why), APR_SUCCESS);
    assert_int_equal(take(dir).others, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_handed_on, begin, end),
        cmocka_unit_test_setup_teardown(test_damaged, begin, end),
    };

    return cmocka_run_group_tests_name("late", tests, NULL, NULL);
}
