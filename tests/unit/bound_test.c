/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/test.h"

#include <string.h>

#include "lib/base/bound.h"

#define AT_DATES (1 + MSSL_SHA256_LEN)

static size_t make(unsigned char data[MSSL_BOUND_MAX], mssl_bound_t *bound, const char *name)
{
    memset(bound, 0, sizeof(*bound));
    strcpy(bound->name, name);
    memset(bound->sha256, 0xa5, sizeof(bound->sha256));
    bound->not_before = apr_time_from_sec(-86400); /* 1969 */
    bound->not_after = apr_time_from_sec(4102444800);
    bound->number = APR_UINT64_C(0xfedcba9876543210);
    return mssl_bound_encode(data, bound);
}

static void refuse(const unsigned char *data, size_t len)
{
    static const mssl_bound_t nothing;
    mssl_bound_t bound;

    memset(&bound, 0xff, sizeof(bound));
    assert_int_equal(mssl_bound_decode(&bound, data, len), 0);
    assert_memory_equal(&bound, &nothing, sizeof(bound));
}

static void test_there_and_back(void **state)
{
    static const char *const names[] = { "a", "a.example", "xn--bcher-kva.example", "_x.1-2.example" };
    unsigned char data[MSSL_BOUND_MAX];
    char longest[MSSL_NAME_SIZE];
    mssl_bound_t bound, back;
    size_t i, len;

    (void)state;
    for (i = 0; i < COUNT(names); i++) {
        len = make(data, &bound, names[i]);
        assert_int_equal(mssl_bound_decode(&back, data, len), 1);
        assert_memory_equal(&back, &bound, sizeof(bound));
    }
    for (i = 0; i < MSSL_NAME_MAX; i++) {
        longest[i] = i % 2 == 0 ? 'a' : '.';
    }
    longest[MSSL_NAME_MAX] = '\0';
    len = make(data, &bound, longest);
    assert_int_equal(len, MSSL_BOUND_MAX);
    assert_int_equal(mssl_bound_decode(&back, data, len), 1);
    assert_memory_equal(&back, &bound, sizeof(bound));
    assert_int_equal(make(data, &bound, ""), 0); /* the dummy's sessions have none */
}

/* Cut off, of another version, or with a name that is none. */
static void test_refused(void **state)
{
    static const char *const names[] = { "A.example", "a.example.", "a..example", "192.0.2.1", "*.example" };
    unsigned char data[MSSL_BOUND_MAX];
    mssl_bound_t bound;
    size_t i, len = make(data, &bound, "a.example");

    (void)state;
    for (i = 0; i <= len - strlen("a.example"); i++) {
        refuse(data, i);
    }
    refuse(NULL, 0);
    refuse(NULL, len);
    data[0] = 2;
    refuse(data, len);
    data[0] = 1;
    data[len - 1] = '\0';
    refuse(data, len);
    for (i = 0; i < COUNT(names); i++) {
        len = make(data, &bound, "a.example") - strlen("a.example");
        memcpy(data + len, names[i], strlen(names[i]));
        refuse(data, len + strlen(names[i]));
    }
}

/* A date that no certificate can have would not fit into microseconds. */
static void test_dates(void **state)
{
    unsigned char data[MSSL_BOUND_MAX];
    mssl_bound_t bound;
    size_t i, len;

    (void)state;
    for (i = 0; i < 2; i++) {
        len = make(data, &bound, "a.example");
        data[AT_DATES + i * 8] = 0x7f;
        refuse(data, len);
        data[AT_DATES + i * 8] = 0x80;
        refuse(data, len);
        memset(data + AT_DATES + i * 8, 0xff, 8); /* -1: a second before 1970 */
        assert_int_equal(mssl_bound_decode(&bound, data, len), 1);
        assert_true((i == 0 ? bound.not_before : bound.not_after) == -APR_USEC_PER_SEC);
    }
    bound.not_after = APR_INT64_MAX;
    assert_int_equal(mssl_bound_encode(data, &bound), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_there_and_back),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_dates),
    };

    return cmocka_run_group_tests_name("bound", tests, NULL, NULL);
}
