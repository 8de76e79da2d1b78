/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/test.h"

#include <apr_general.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/issue/ledger.h"
#include "tests/unit/certs.h"

#define NOW apr_time_from_sec(1800000000)
#define DAY apr_time_from_sec(86400)

static void test_ledger_survives(void **state)
{
    mssl_ledger_t *ledger, *other;
    mssl_issuing_t issuing;
    mssl_reason_t why;
    apr_pool_t *pool;
    char root[64];
    int dir;
    mssl_limit_id_t id = MSSL_LIMITS;

    (void)state;
    apr_pool_create(&pool, NULL);
    certs_folder(root, sizeof(root));
    dir = open(root, O_RDONLY | O_DIRECTORY);
    mssl_issuing_init(&issuing, pool);
    ledger = mssl_ledger_make(dir, pool);
    issuing.limit[MSSL_LIMIT_NAME].n = 1;
    issuing.limit[MSSL_LIMIT_DOMAIN].n = 2;
    mssl_ledger_note(ledger, "first", "old.a.com", MSSL_WHY_FIRST, NOW - 40 * DAY, &why);
    mssl_ledger_note(ledger, "first", "x.a.com", MSSL_WHY_FIRST, NOW - DAY, &why);
    mssl_ledger_note(ledger, "first", "y.a.com", MSSL_WHY_FIRST, NOW, &why);
    mssl_ledger_note(ledger, "first", "y.a.com", MSSL_WHY_ASKED, NOW, &why);
    mssl_ledger_note(ledger, "first", "y.a.com", MSSL_WHY_RENEWAL, NOW, &why);
    other = mssl_ledger_make(dir, pool);
    assert_int_equal(mssl_ledger_load(other, "first", NOW - MSSL_LEDGER_SPAN, &why),
                     APR_SUCCESS);
    assert_int_equal(mssl_ledger_load(other, "second", NOW - MSSL_LEDGER_SPAN, &why),
                     APR_SUCCESS);
    assert_int_equal(mssl_ledger_get_free(other, &issuing, "first", "z.a.com", MSSL_WHY_FIRST,
                                          NOW, &id), NOW + 6 * DAY);
    assert_int_equal(id, MSSL_LIMIT_DOMAIN);
    assert_int_equal(mssl_ledger_get_free(other, &issuing, "first", "y.a.com", MSSL_WHY_ASKED,
                                          NOW, &id), NOW + 7 * DAY);
    assert_int_equal(id, MSSL_LIMIT_NAME);
    assert_int_equal(mssl_ledger_get_free(other, &issuing, "first", "y.a.com",
                                          MSSL_WHY_RENEWAL, NOW, &id), 0);
    assert_int_equal(mssl_ledger_get_free(other, &issuing, "second", "z.a.com",
                                          MSSL_WHY_FIRST, NOW, &id), 0);
    assert_int_equal(mssl_ledger_get_left(other, &issuing, MSSL_LIMIT_ORDERS, "first", "", NOW), 249);
    assert_int_equal(mssl_ledger_get_left(other, &issuing, MSSL_LIMIT_ORDERS, "second", "", NOW), 250);
    assert_int_equal(mssl_ledger_get_left(other, &issuing, MSSL_LIMIT_DOMAIN, "first", "z.a.com", NOW), 0);
    assert_int_equal(mssl_ledger_get_left(other, &issuing, MSSL_LIMIT_DOMAIN, "first", "z.a.com",
                                          NOW + 6 * DAY), 1);
    assert_int_equal(mssl_ledger_get_left(other, &issuing, MSSL_LIMIT_NAME, "first", "y.a.com", NOW), 0);
    assert_int_equal(mssl_ledger_get_left(other, &issuing, MSSL_LIMIT_NAME, "first", "x.a.com", NOW), 1);
    close(dir);
    certs_remove(root);
    apr_pool_destroy(pool);
}

/* An order that was not made counts no more, neither now nor behind a restart. */
static void test_taken_back(void **state)
{
    static const mssl_job_why_t causes[] = { MSSL_WHY_FIRST, MSSL_WHY_ASKED, MSSL_WHY_RENEWAL };
    mssl_ledger_t *ledger, *other;
    mssl_issuing_t issuing;
    mssl_reason_t why;
    struct stat before, after;
    apr_pool_t *pool;
    char root[64];
    size_t i;
    int dir;

    (void)state;
    apr_pool_create(&pool, NULL);
    certs_folder(root, sizeof(root));
    dir = open(root, O_RDONLY | O_DIRECTORY);
    mssl_issuing_init(&issuing, pool);
    issuing.limit[MSSL_LIMIT_ORDERS].n = issuing.limit[MSSL_LIMIT_DOMAIN].n = 2;
    issuing.limit[MSSL_LIMIT_NAME].n = 2;
    ledger = mssl_ledger_make(dir, pool);
    for (i = 0; i < COUNT(causes); i++) {
        mssl_ledger_note(ledger, "first", "a.a.com", causes[i], NOW, &why);
        assert_int_equal(fstatat(dir, "first", &before, 0), 0);
        mssl_ledger_note(ledger, "first", "a.a.com", causes[i], NOW + DAY, &why);
        mssl_ledger_take_back(ledger, "first", "a.a.com", causes[i], NOW + DAY);
        assert_int_equal(fstatat(dir, "first", &after, 0), 0);
        assert_int_equal(after.st_size, before.st_size);
    }
    other = mssl_ledger_make(dir, pool);
    assert_int_equal(mssl_ledger_load(other, "first", NOW - DAY, &why), APR_SUCCESS);
    for (i = 0; i < COUNT(causes); i++) {
        assert_int_equal(mssl_ledger_get_free(ledger, &issuing, "first", "a.a.com", causes[i],
                                              NOW + DAY, NULL), 0);
        assert_int_equal(mssl_ledger_get_free(other, &issuing, "first", "a.a.com", causes[i],
                                              NOW + DAY, NULL), 0);
    }
    /* What is not the last line is somebody else's, and stays. */
    mssl_ledger_take_back(ledger, "first", "b.a.com", MSSL_WHY_FIRST, NOW);
    mssl_ledger_take_back(ledger, "second", "b.a.com", MSSL_WHY_FIRST, NOW);
    assert_int_equal(fstatat(dir, "first", &after, 0), 0);
    assert_int_equal(after.st_size, before.st_size);
    close(dir);
    certs_remove(root);
    apr_pool_destroy(pool);
}

/* Orders of a clock that was ahead are of now, also for the next who reads them. */
static void test_clock_set_back(void **state)
{
    apr_time_t then[] = { NOW, NOW, NOW + DAY };
    mssl_ledger_t *ledger;
    mssl_issuing_t issuing;
    mssl_reason_t why;
    apr_pool_t *pool;
    char root[64];
    size_t i;
    int dir;

    (void)state;
    apr_pool_create(&pool, NULL);
    certs_folder(root, sizeof(root));
    dir = open(root, O_RDONLY | O_DIRECTORY);
    mssl_issuing_init(&issuing, pool);
    issuing.limit[MSSL_LIMIT_DOMAIN].n = 1;
    ledger = mssl_ledger_make(dir, pool);
    mssl_ledger_note(ledger, "first", "x.a.com", MSSL_WHY_FIRST, NOW + 400 * DAY, &why);
    for (i = 0; i < COUNT(then); i++) {
        ledger = mssl_ledger_make(dir, pool);
        assert_int_equal(mssl_ledger_load(ledger, "first", then[i] - MSSL_LEDGER_SPAN, &why),
                         APR_SUCCESS);
        assert_int_equal(mssl_ledger_get_free(ledger, &issuing, "first", "z.a.com", MSSL_WHY_FIRST,
                                              then[i], NULL), NOW + 7 * DAY);
    }
    close(dir);
    certs_remove(root);
    apr_pool_destroy(pool);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ledger_survives),
        cmocka_unit_test(test_taken_back),
        cmocka_unit_test(test_clock_set_back),
    };
    int rc;

    apr_initialize();
    rc = cmocka_run_group_tests(tests, NULL, NULL);
    apr_terminate();
    return rc;
}
