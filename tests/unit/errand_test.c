/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/test.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/base/reason.h"
#include "lib/process/errand.h"

#define LONG (60 * APR_USEC_PER_SEC)
#define USER 64123

/* In place of APR's: a clock that is set ahead at each look. */
apr_time_t apr_time_now(void)
{
    static apr_time_t now = apr_time_from_sec(1800000000);

    return now += apr_time_from_sec(365 * 86400);
}

static apr_status_t errand(mssl_errand_fn fn, void *baton, apr_interval_time_t timeout,
                           mssl_reason_t *why)
{
    mssl_plan_t plan;

    why->text[0] = '\0';
    mssl_confine_plan(&plan, MSSL_ROLE_JUDGE, USER, USER);
    return mssl_errand_run(&plan, fn, baton, timeout, why);
}

/* Reads a file of somebody else, and may not write it. */
static apr_status_t look(void *baton, mssl_reason_t *why)
{
    char text[8] = "";
    int fd = open(baton, O_RDONLY), n;

    if (fd < 0) {
        return mssl_reason_set(why, errno, "not opened");
    }
    n = (int)read(fd, text, sizeof(text) - 1);
    if (open(baton, O_WRONLY) >= 0 || fork() >= 0 || getuid() == 0) {
        return mssl_reason_set(why, APR_EGENERAL, "may do too much");
    }
    return mssl_reason_set(why, APR_EINVAL, "%d bytes: %s", n, text);
}

static void test_says(void **state)
{
    char path[] = "/tmp/mssl-errand.XXXXXX";
    int fd = mkstemp(path);
    mssl_reason_t why;

    (void)state;
    if (geteuid() == 0) {
        assert_int_equal(write(fd, "ab\ncd", 5), 5);
        assert_int_equal(errand(look, path, LONG, &why), APR_EINVAL);
        assert_string_equal(why.text, "5 bytes: ab?cd");
    }
    close(fd);
    unlink(path);
}

static apr_status_t succeed(void *baton, mssl_reason_t *why)
{
    (void)baton;
    (void)why;
    return APR_SUCCESS;
}

static apr_status_t hang(void *baton, mssl_reason_t *why)
{
    (void)baton;
    (void)why;
    for (;;) {
        pause();
    }
    return APR_SUCCESS;
}

static apr_status_t crash(void *baton, mssl_reason_t *why)
{
    (void)why;
    *(volatile int *)baton = 1;
    return APR_SUCCESS;
}

static void test_ends(void **state)
{
    mssl_reason_t why;

    (void)state;
    if (geteuid() != 0) {
        return;
    }
    assert_int_equal(errand(succeed, NULL, LONG, &why), APR_SUCCESS);
    assert_string_equal(why.text, "");
    assert_int_equal(errand(hang, NULL, 50000, &why), APR_TIMEUP);
    assert_non_null(strstr(why.text, "not read within 50 ms"));
    assert_int_equal(errand(crash, NULL, LONG, &why), APR_EGENERAL);
    assert_non_null(strstr(why.text, "died"));
    assert_true(waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD); /* nobody is left */
}

/* Who cannot be confined says so, and looks at nothing. */
static void test_unconfined(void **state)
{
    mssl_reason_t why;

    (void)state;
    if (geteuid() != 0) {
        assert_int_not_equal(errand(succeed, NULL, LONG, &why), APR_SUCCESS);
        assert_string_not_equal(why.text, "");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_says),
        cmocka_unit_test(test_ends),
        cmocka_unit_test(test_unconfined),
    };

    return cmocka_run_group_tests_name("errand", tests, NULL, NULL);
}
