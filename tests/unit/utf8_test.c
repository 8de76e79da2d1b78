/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/test.h"

#include <string.h>

#include "lib/base/utf8.h"

static void test_characters(void **state)
{
    static const struct {
        const char *in;
        int len; /* 0: none begins here */
        unsigned code;
    } rows[] = {
        {"a", 1, 'a'},
        {"\x7f", 1, 0x7f},
        {"\xc2\x80", 2, 0x80},
        {"\xdf\xbf", 2, 0x7ff},
        {"\xe0\xa0\x80", 3, 0x800},
        {"\xed\x9f\xbf", 3, 0xd7ff},
        {"\xef\xbf\xbf", 3, 0xffff},
        {"\xf0\x90\x80\x80", 4, 0x10000},
        {"\xf4\x8f\xbf\xbf", 4, 0x10ffff},
        /* Cut off, lone, overlong, surrogates, too large. */
        {"\xc3", 0, 0},
        {"\xe2\x82", 0, 0},
        {"\xf0\x9f\x98", 0, 0},
        {"\x80", 0, 0},
        {"\xc3" "a", 0, 0},
        {"\xc0\x80", 0, 0},
        {"\xc1\xbf", 0, 0},
        {"\xe0\x9f\xbf", 0, 0},
        {"\xf0\x8f\xbf\xbf", 0, 0},
        {"\xed\xa0\x80", 0, 0},
        {"\xf4\x90\x80\x80", 0, 0},
        {"\xf5\x80\x80\x80", 0, 0},
        {"\xff", 0, 0},
    };
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(rows); i++) {
        const char *at = rows[i].in;
        int is_good = rows[i].len > 0;

        assert_int_equal(mssl_utf8_next(&at, at + strlen(at)), is_good ? rows[i].code : MSSL_UTF8_BAD);
        assert_int_equal(at - rows[i].in, is_good ? rows[i].len : 1);
    }
}

static void test_controls(void **state)
{
    static const unsigned shown[] = {' ', '~', 0xa0, 0xfc, 0x142, 0x20ac, 0x1f600};
    static const unsigned hidden[] = {0, 0x1b, 0x7f, 0x85, 0x9f, 0x061c, 0x200e, 0x200f, 0x2028,
                                      0x202e, 0x2066, 0x2069, 0xfeff};
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(shown); i++) {
        assert_false(mssl_utf8_is_control(shown[i]));
    }
    for (i = 0; i < COUNT(hidden); i++) {
        assert_true(mssl_utf8_is_control(hidden[i]));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_characters),
        cmocka_unit_test(test_controls),
    };

    return cmocka_run_group_tests_name("utf8", tests, NULL, NULL);
}
