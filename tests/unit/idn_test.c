/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/test.h"

#include <string.h>

#include "lib/base/idn.h"

static void test_forms(void **state)
{
    static const struct {
        const char *text, *form; /* NULL: it has none */
    } rows[] = {
        { "b\xc3\xbc" "cher.test", "xn--bcher-kva.test" },
        { "B\xc3\x9c" "CHER.Test.", "xn--bcher-kva.test" },
        { "bu\xcc\x88" "cher.test", "xn--bcher-kva.test" },          /* as macOS types it */
        { "*.b\xc3\xbc" "cher.test", "*.xn--bcher-kva.test" },
        { "stra\xc3\x9f" "e.test", "xn--strae-oqa.test" },           /* not "strasse" */
        { "b\xc3\xbc" "cher\xe3\x80\x82" "test", "xn--bcher-kva.test" }, /* the full stop of Japan */
        { "_dav.b\xc3\xbc" "cher.test", "_dav.xn--bcher-kva.test" },
        { "bucher.test", NULL },
        { "xn--bcher-kva.test", NULL },
        { "", NULL },
        { "*.", NULL },
        { "b\xff" "cher.test", NULL },                               /* no UTF-8 */
        { "b\xc3", NULL },
        { "b\xc3\xbc" "cher..test", NULL },
        { "b\xc3\xbc" "cher.test/x", NULL },
        { "*.*.b\xc3\xbc" "cher.test", NULL },
        { "a\xe2\x80\xae" "b.test", NULL },                         /* turns the line around */
        { "a\xe2\x88\x95" "b.test", NULL },                         /* looks like "/" */
    };
    char name[MSSL_NAME_SIZE];
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        int is_name = mssl_idn_to_ascii(name, rows[i].text, strlen(rows[i].text));

        assert_int_equal(is_name, rows[i].form != NULL);
        if (is_name) {
            assert_string_equal(name, rows[i].form);
        }
    }
}

static void test_bounds(void **state)
{
    char name[MSSL_NAME_SIZE], text[8192];

    (void)state;
    assert_int_equal(mssl_idn_to_ascii(name, "b\xc3\xbc\0cher", 8), 0);
    memset(text, '\xc3', sizeof(text));
    assert_int_equal(mssl_idn_to_ascii(name, text, sizeof(text)), 0);
    /* Of letters alone that would be a name, it is too long for a label. */
    memset(text, 'x', 70);
    memcpy(text + 70, "\xc3\xbc.test", 7);
    assert_int_equal(mssl_idn_to_ascii(name, text, 77), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_forms), cmocka_unit_test(test_bounds) };

    return cmocka_run_group_tests_name("idn", tests, NULL, NULL);
}
