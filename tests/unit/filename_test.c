/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/test.h"

#include <string.h>

#include "lib/base/filename.h"

/* A name of that many bytes. */
static const char *make(char name[MSSL_NAME_SIZE], size_t len)
{
    size_t i;

    for (i = 0; i < len; i++) {
        name[i] = i % 50 == 49 && i + 1 < len ? '.' : 'x';
    }
    name[len] = '\0';
    return name;
}

static void test_short(void **state)
{
    static const char *const rows[][2] = {
        { "a.example", "a.example" }, { "*.example", "_.example" }, { "_dmarc.example", "_dmarc.example" },
    };
    static const char *const none[] = { "", ".", "a..b", "A.example", "*.example", "a.example.", "a=b",
                                        ".a.example.bad", "..", "a.example.new/" };
    char name[MSSL_NAME_SIZE], file[MSSL_NAME_SIZE], back[MSSL_NAME_SIZE];
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(rows); i++) {
        assert_string_equal(mssl_filename(file, rows[i][0]), rows[i][1]);
        assert_true(mssl_filename_parse(back, file));
        assert_string_equal(back, rows[i][0]);
        assert_false(mssl_filename_is_cut(file));
    }
    assert_string_equal(mssl_filename(file, make(name, MSSL_FILENAME_MAX)), name);
    assert_true(mssl_filename_parse(back, file));
    for (i = 0; i < COUNT(none); i++) {
        if (mssl_filename_parse(back, none[i]) && strcmp(none[i], "*.example") != 0) {
            fail_msg("%s", none[i]);
        }
    }
}

static void test_long(void **state)
{
    char name[MSSL_NAME_SIZE], file[MSSL_NAME_SIZE], other[MSSL_NAME_SIZE], back[MSSL_NAME_SIZE];
    size_t len;

    (void)state;
    for (len = MSSL_FILENAME_MAX + 1; len <= 253; len++) {
        mssl_filename(file, make(name, len));
        assert_true(strlen(file) <= MSSL_FILENAME_MAX && mssl_filename_is_cut(file));
        assert_false(mssl_filename_parse(back, file));
        assert_int_equal(strncmp(file, name, 128), 0);
        name[len - 1] = 'y'; /* the last byte counts */
        assert_string_not_equal(mssl_filename(other, name), file);
    }
    make(name, 253);
    memcpy(name, "*.", 2);
    mssl_filename(file, name);
    assert_true(file[0] == '_' && mssl_filename_is_cut(file));
    file[128] = '.';
    assert_false(mssl_filename_is_cut(file));
    file[128] = '=';
    file[129] = 'g';
    assert_false(mssl_filename_is_cut(file));
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_short), cmocka_unit_test(test_long) };

    return cmocka_run_group_tests_name("filename", tests, NULL, NULL);
}
