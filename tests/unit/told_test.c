/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/store/told.h"

#define SOURCE "dir:/store"

static int set_up(void **state)
{
    void *memory = mmap(NULL, mssl_told_size(), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
                        -1, 0);

    *state = memory != MAP_FAILED ? mssl_told_make(memory) : NULL;
    return *state == NULL;
}

static int tear_down(void **state)
{
    return munmap(*state, mssl_told_size());
}

static void test_once(void **state)
{
    mssl_told_t *told = *state;

    assert_false(mssl_told_is_news(told, MSSL_TOLD_BAD, SOURCE, "a.example", 0)); /* never was */
    assert_true(mssl_told_is_news(told, MSSL_TOLD_BAD, SOURCE, "a.example", 7));
    assert_false(mssl_told_is_news(told, MSSL_TOLD_BAD, SOURCE, "a.example", 7));
    assert_true(mssl_told_is_news(told, MSSL_TOLD_BAD, SOURCE, "a.example", 8)); /* other trouble */
    assert_false(mssl_told_is_news(told, MSSL_TOLD_BAD, SOURCE, "a.example", 8));
    /* Other names, sources and kinds are other news. */
    assert_true(mssl_told_is_news(told, MSSL_TOLD_BAD, SOURCE, "b.example", 8));
    assert_true(mssl_told_is_news(told, MSSL_TOLD_BAD, "map:/map", "a.example", 8));
    assert_true(mssl_told_is_news(told, MSSL_TOLD_DATES, SOURCE, "a.example", 8));
    /* It is over, once; and may come back. */
    assert_true(mssl_told_is_news(told, MSSL_TOLD_BAD, SOURCE, "a.example", 0));
    assert_false(mssl_told_is_news(told, MSSL_TOLD_BAD, SOURCE, "a.example", 0));
    assert_false(mssl_told_is_news(told, MSSL_TOLD_DATES, SOURCE, "a.example", 8));
    assert_true(mssl_told_is_news(told, MSSL_TOLD_BAD, SOURCE, "a.example", 8));
}

/* Without a table nobody remembers: whoever asks tells. */
static void test_no_table(void **state)
{
    (void)state;
    assert_true(mssl_told_is_news(NULL, MSSL_TOLD_BAD, SOURCE, "a.example", 7));
    assert_true(mssl_told_is_news(NULL, MSSL_TOLD_BAD, SOURCE, "a.example", 7));
}

/* Of many processes that come at the same moment one tells. Few names: in a full set some are told twice. */
static void test_processes(void **state)
{
    mssl_told_t *told = *state;
    int *news = mmap(NULL, sizeof(int), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    char key[32];
    int i, n;

    for (n = 0; n < 8; n++) {
        if (fork() == 0) {
            for (i = 0; i < 200; i++) {
                snprintf(key, sizeof(key), "n%d.example", i);
                __atomic_add_fetch(news, mssl_told_is_news(told, MSSL_TOLD_BAD, SOURCE, key, 5),
                                   __ATOMIC_RELAXED);
            }
            _exit(0);
        }
    }
    while (wait(NULL) > 0) {
        continue;
    }
    assert_int_equal(*news, 200);
    munmap(news, sizeof(int));
}

/* More than it holds: it forgets, and never fails. */
static void test_bounded(void **state)
{
    mssl_told_t *told = *state;
    char key[32];
    int i, again = 0;

    for (i = 0; i < 100000; i++) {
        snprintf(key, sizeof(key), "n%d.example", i);
        assert_true(mssl_told_is_news(told, MSSL_TOLD_BAD, SOURCE, key, 5));
    }
    for (i = 99000; i < 100000; i++) {
        snprintf(key, sizeof(key), "n%d.example", i);
        again += mssl_told_is_news(told, MSSL_TOLD_BAD, SOURCE, key, 5);
    }
    assert_true(again < 100); /* what came last is still known */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_once, set_up, tear_down),
        cmocka_unit_test(test_no_table),
        cmocka_unit_test_setup_teardown(test_processes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_bounded, set_up, tear_down),
    };

    return cmocka_run_group_tests_name("told", tests, NULL, NULL);
}
