/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/test.h"

#include <pthread.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/base/counters.h"

static void *make_memory(void)
{
    void *memory = mmap(NULL, mssl_counters_size(), PROT_READ | PROT_WRITE,
                        MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    assert_true(memory != MAP_FAILED);
    return memory;
}

static apr_uint64_t read_one(const mssl_counters_t *counters, mssl_count_t which)
{
    mssl_totals_t totals;

    mssl_counters_read(counters, &totals);
    return totals.n[which];
}

static apr_uint64_t read_own(const mssl_counters_t *counters, mssl_count_t which)
{
    mssl_totals_t totals;

    mssl_counters_read_own(counters, &totals);
    return totals.n[which];
}

/* Each by itself: none is added to another. */
static void test_each(void **state)
{
    mssl_counters_t counters;
    void *memory = make_memory();
    int i, n;

    (void)state;
    assert_true(mssl_counters_init(&counters, memory));
    for (i = 0; i < MSSL_COUNTS; i++) {
        for (n = 0; n <= i; n++) {
            mssl_counters_add(&counters, i);
        }
    }
    for (i = 0; i < MSSL_COUNTS; i++) {
        assert_int_equal(read_one(&counters, i), i + 1);
        assert_int_equal(read_own(&counters, i), i + 1);
    }
    munmap(memory, mssl_counters_size());
}

static void *add_many(void *counters)
{
    int i;

    for (i = 0; i < 10000; i++) {
        mssl_counters_add(counters, MSSL_COUNT_BY_SNI);
        mssl_counters_add(counters, MSSL_COUNT_BROKER_TIMEOUTS);
    }
    return NULL;
}

/* Processes with threads lose nothing, and what they added outlives them. */
static void test_processes(void **state)
{
    mssl_counters_t counters;
    void *memory = make_memory();
    apr_uint64_t before = 0, now;
    pthread_t thread;
    int n;

    (void)state;
    assert_true(mssl_counters_init(&counters, memory));
    mssl_counters_add(&counters, MSSL_COUNT_BY_SNI);
    for (n = 0; n < 20; n++) {
        if (fork() == 0) {
            mssl_counters_begin(&counters);
            if (pthread_create(&thread, NULL, add_many, &counters) != 0) {
                _exit(1);
            }
            add_many(&counters);
            pthread_join(thread, NULL);
            _exit(read_own(&counters, MSSL_COUNT_BY_SNI) != 20000);
        }
    }
    for (n = 0; n < 20; n++) {
        int status;

        now = read_one(&counters, MSSL_COUNT_BY_SNI); /* meanwhile: it only grows */
        assert_true(now >= before);
        before = now;
        wait(&status);
        assert_int_equal(status, 0);
    }
    assert_int_equal(read_one(&counters, MSSL_COUNT_BY_SNI), 20 * 20000 + 1);
    assert_int_equal(read_one(&counters, MSSL_COUNT_BROKER_TIMEOUTS), 20 * 20000);
    assert_int_equal(read_own(&counters, MSSL_COUNT_BY_SNI), 1);
    munmap(memory, mssl_counters_size());
}

/* The next configuration finds what was; numbers do not end at 32 bits. */
static void test_kept(void **state)
{
    mssl_counters_t counters, next;
    void *memory = make_memory();
    apr_uint64_t *word = memory;
    size_t i;

    (void)state;
    assert_true(mssl_counters_init(&counters, memory));
    mssl_counters_add(&counters, MSSL_COUNT_LOOP);
    for (i = 1; i < mssl_counters_size() / sizeof(*word); i++) {
        word[i] += word[i] == 1 ? 0xffffffff : 0;
    }
    assert_true(mssl_counters_init(&next, memory));
    assert_true(read_one(&next, MSSL_COUNT_LOOP) == APR_UINT64_C(0x100000000));
    assert_int_equal(read_own(&next, MSSL_COUNT_LOOP), 0);
    mssl_counters_add(&next, MSSL_COUNT_LOOP);
    assert_true(read_one(&counters, MSSL_COUNT_LOOP) == APR_UINT64_C(0x100000001));
    munmap(memory, mssl_counters_size());
}

/* A block of another list is not touched, and without one a process counts for itself. */
static void test_other_layout(void **state)
{
    mssl_counters_t counters;
    apr_uint64_t *memory = make_memory();

    (void)state;
    memory[0] = 12345;
    assert_false(mssl_counters_init(&counters, memory));
    mssl_counters_add(&counters, MSSL_COUNT_ACME);
    assert_int_equal(memory[0], 12345);
    assert_int_equal(read_one(&counters, MSSL_COUNT_ACME), 1);
    munmap(memory, mssl_counters_size());
    assert_false(mssl_counters_init(&counters, NULL));
    assert_int_equal(read_one(&counters, MSSL_COUNT_ACME), 0);
    mssl_counters_add(NULL, MSSL_COUNT_ACME);
}

/* It need not begin at a cache line, and stays inside. */
static void test_alignment(void **state)
{
    mssl_counters_t counters;
    size_t size = mssl_counters_size(), at;
    char *memory = test_malloc(size + 128);
    int i;

    (void)state;
    for (at = 8; at <= 64; at += 8) {
        memset(memory, 0, size + 128);
        assert_true(mssl_counters_init(&counters, memory + at));
        for (i = 0; i < MSSL_COUNTS; i++) {
            mssl_counters_add(&counters, i);
        }
        for (i = 0; i < 64; i++) {
            assert_int_equal(memory[at + size + (size_t)i], 0);
            assert_true((size_t)i >= at || memory[i] == 0);
        }
    }
    test_free(memory);
}

static void test_text(void **state)
{
    mssl_totals_t totals = { { 0 } };
    char text[MSSL_COUNTERS_TEXT_SIZE];
    int i, j;

    (void)state;
    for (i = 0; i < MSSL_COUNTS; i++) {
        totals.n[i] = (apr_uint64_t)i << 32;
        for (j = 0; j < i; j++) {
            assert_false(strcmp(mssl_counters_group(i), mssl_counters_group(j)) == 0
                         && strcmp(mssl_counters_name(i), mssl_counters_name(j)) == 0);
        }
    }
    mssl_counters_text(text, &totals);
    assert_string_equal(text,
                        "handshakes: sni 0, intent 4294967296, trusted 8589934592, session "
                        "12884901888, dummy 17179869184, rejected 21474836480, acme 25769803776; "
                        "refused: known_sni 30064771072, known_nosni 34359738368, unknown "
                        "38654705664, no_name 42949672960, client_cert 47244640256, proxy "
                        "51539607552, unproven 55834574848, handler 60129542144; redirects: "
                        "switch 64424509440, other 68719476736; switch: switched 73014444032, "
                        "bad_target 77309411328, unknown 81604378624, loop 85899345920, later "
                        "90194313216; force_https: to_https 94489280512, to_http 98784247808, "
                        "loops_broken 103079215104, self_redirects 107374182400; cache: hits "
                        "111669149696, misses 115964116992, negative_hits 120259084288, loads "
                        "124554051584, looks 128849018880, evictions 133143986176; broker: "
                        "deaths 137438953472, requests 141733920768, timeouts 146028888064; "
                        "hints: sent 150323855360, dropped 154618822656");
    memset(&totals, 0xff, sizeof(totals)); /* the longest */
    mssl_counters_text(text, &totals);
    assert_true(strlen(text) < sizeof(text) - 1);
    assert_non_null(strstr(text, "timeouts 18446744073709551615"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each),         cmocka_unit_test(test_processes),
        cmocka_unit_test(test_kept),         cmocka_unit_test(test_other_layout),
        cmocka_unit_test(test_alignment),    cmocka_unit_test(test_text),
    };

    return cmocka_run_group_tests_name("counters", tests, NULL, NULL);
}
