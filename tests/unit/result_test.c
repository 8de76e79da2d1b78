/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/test.h"

#include <apr_general.h>

#include "lib/issue/result.h"
#include "tests/unit/certs.h"

#define NOW apr_time_from_sec(APR_INT64_C(1800000000)) /* 2027-01-15T08:00:00Z */

static apr_pool_t *pool;
static char folder[64];
static int dir;

static int set_up(void **state)
{
    (void)state;
    apr_initialize();
    apr_pool_create(&pool, NULL);
    certs_folder(folder, sizeof(folder));
    dir = open(folder, O_RDONLY | O_DIRECTORY);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    close(dir);
    certs_remove(folder);
    apr_pool_destroy(pool);
    apr_terminate();
    return 0;
}

static void read_of(mssl_result_t *result, const char *text, size_t len)
{
    certs_write(folder, MSSL_RESULT_FILE, text, len);
    mssl_result_read(result, dir, NOW, pool);
}

static void test_lines(void **state)
{
    static const char text[] =
        "order: https://ca.example/o/1\nwaits-for:  an admin: msslctl approve\nclass: caa\n"
        "retry-at: 2027-01-16T08:00:00Z\nrenew-at: 1810000000\npaid-until: 2028-01-01T00:00:00Z\n"
        "poll-after: 60\r\ntext: no \x1b[1m\xc3\xa9\nunknown: x\nno colon\n\n";
    mssl_result_t result;

    (void)state;
    read_of(&result, text, sizeof(text) - 1);
    assert_string_equal(result.order, "https://ca.example/o/1");
    assert_string_equal(result.waits_for, "an admin: msslctl approve");
    assert_int_equal(result.class, MSSL_CLASS_CAA);
    assert_int_equal(result.retry_at, NOW + apr_time_from_sec(86400));
    assert_int_equal(result.renew_at, apr_time_from_sec(APR_INT64_C(1810000000)));
    assert_int_equal(result.paid_until, apr_time_from_sec(APR_INT64_C(1830297600)));
    assert_int_equal(result.poll_after, NOW + apr_time_from_sec(60));
    assert_string_equal(result.text, "no ?[1m??");
}

/* What is no good costs that line alone, and nothing waits for ever. */
static void test_bad_lines(void **state)
{
    static const char text[] =
        "class: nonsense\nretry-at: 9999-12-31T00:00:00Z\nrenew-at: tomorrow\npoll-after: -5\n"
        "paid-until: 99999999999999999999\norder: o\n";
    static const char past[] = "retry-at: 1799999999\npoll-after: 9223372036854775807\n"
                               "text: a\0b\n";
    mssl_result_t result;
    char *large = calloc(1, MSSL_RESULT_MAX + 1);

    (void)state;
    read_of(&result, text, sizeof(text) - 1);
    assert_int_equal(result.class, MSSL_CLASS_NONE);
    assert_int_equal(result.retry_at, NOW + 90 * apr_time_from_sec(86400));
    assert_int_equal(result.renew_at, 0);
    assert_int_equal(result.poll_after, 0);
    assert_int_equal(result.paid_until, 0);
    assert_string_equal(result.order, "o");
    read_of(&result, past, sizeof(past) - 1);
    assert_int_equal(result.retry_at, 0);
    assert_int_equal(result.poll_after, NOW + 90 * apr_time_from_sec(86400));
    assert_string_equal(result.text, "a");
    memset(large, 'x', MSSL_RESULT_MAX + 1);
    memcpy(large, "text: ", 6);
    read_of(&result, large, MSSL_RESULT_MAX);
    assert_int_equal(strlen(result.text), MSSL_JOB_TEXT_SIZE - 1);
    read_of(&result, large, MSSL_RESULT_MAX + 1);
    assert_string_equal(result.text, "");
    free(large);
}

/* No link, no pipe, no folder. */
static void test_files(void **state)
{
    char path[128], other[128];
    mssl_result_t result;

    (void)state;
    read_of(&result, "text: a\n", 8);
    assert_string_equal(result.text, "a");
    snprintf(path, sizeof(path), "%s/" MSSL_RESULT_FILE, folder);
    snprintf(other, sizeof(other), "%s/other", folder);
    assert_int_equal(rename(path, other), 0);
    mssl_result_read(&result, dir, NOW, pool);
    assert_string_equal(result.text, "");
    certs_link("other", path);
    mssl_result_read(&result, dir, NOW, pool);
    assert_string_equal(result.text, "");
    assert_int_equal(unlink(path), 0);
    assert_int_equal(mkfifo(path, 0600), 0);
    mssl_result_read(&result, dir, NOW, pool);
    assert_string_equal(result.text, "");
    assert_int_equal(unlink(path), 0);
    assert_int_equal(mkdir(path, 0700), 0);
    mssl_result_read(&result, dir, NOW, pool);
    assert_int_equal(rmdir(path), 0);
}

static void test_codes(void **state)
{
    static const struct {
        int code;
        mssl_class_t said;
        mssl_outcome_t outcome;
        mssl_class_t class;
    } rows[] = {
        { 0, MSSL_CLASS_CAA, MSSL_OUTCOME_DONE, MSSL_CLASS_NONE },
        { 3, MSSL_CLASS_NONE, MSSL_OUTCOME_NO_VERB, MSSL_CLASS_NONE },
        { 10, MSSL_CLASS_NONE, MSSL_OUTCOME_PENDING, MSSL_CLASS_NONE },
        { 20, MSSL_CLASS_DNS, MSSL_OUTCOME_FAILED, MSSL_CLASS_DNS },
        { 20, MSSL_CLASS_CONNECTION, MSSL_OUTCOME_FAILED, MSSL_CLASS_CONNECTION },
        { 20, MSSL_CLASS_UNAUTHORIZED, MSSL_OUTCOME_FAILED, MSSL_CLASS_UNAUTHORIZED },
        { 20, MSSL_CLASS_CAA, MSSL_OUTCOME_FAILED, MSSL_CLASS_CAA },
        { 20, MSSL_CLASS_POLICY, MSSL_OUTCOME_FAILED, MSSL_CLASS_POLICY },
        { 20, MSSL_CLASS_NONE, MSSL_OUTCOME_FAILED, MSSL_CLASS_CA },
        { 20, MSSL_CLASS_ACCOUNT, MSSL_OUTCOME_FAILED, MSSL_CLASS_CA },
        { 20, MSSL_CLASS_HERE, MSSL_OUTCOME_FAILED, MSSL_CLASS_CA },
        { 21, MSSL_CLASS_NONE, MSSL_OUTCOME_DECLINED, MSSL_CLASS_NONE },
        { 22, MSSL_CLASS_NONE, MSSL_OUTCOME_NO_ORDER, MSSL_CLASS_NONE },
        { 30, MSSL_CLASS_CAA, MSSL_OUTCOME_FAILED, MSSL_CLASS_LIMIT },
        { 31, MSSL_CLASS_CAA, MSSL_OUTCOME_FAILED, MSSL_CLASS_CA },
        { 32, MSSL_CLASS_NONE, MSSL_OUTCOME_FAILED, MSSL_CLASS_ACCOUNT },
        { 1, MSSL_CLASS_NONE, MSSL_OUTCOME_FAILED, MSSL_CLASS_CA },
        { 126, MSSL_CLASS_NONE, MSSL_OUTCOME_FAILED, MSSL_CLASS_CA },
        { -1, MSSL_CLASS_DNS, MSSL_OUTCOME_FAILED, MSSL_CLASS_CA },
    };
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(rows); i++) {
        mssl_result_t result = { .class = rows[i].said };

        assert_int_equal(mssl_result_judge(&result, rows[i].code), rows[i].outcome);
        assert_int_equal(result.class, rows[i].class);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lines),
        cmocka_unit_test(test_bad_lines),
        cmocka_unit_test(test_files),
        cmocka_unit_test(test_codes),
    };

    return cmocka_run_group_tests_name("result", tests, set_up, tear_down);
}
