/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/test.h"

#include <stdio.h>
#include <string.h>

#include "lib/base/name.h"

#define L10 "abcdefghij"
#define L63 L10 L10 L10 L10 L10 L10 "abc"
#define N253 L63 "." L63 "." L63 "." L10 L10 L10 L10 L10 L10 "a"

typedef struct case_t {
    const char *in;
    const char *name;    /* canonical, or NULL for no name */
    const char *pattern; /* what canon_pattern() gives, or NULL */
} case_t;

static const case_t cases[] = {
    {"site.example", "site.example", "site.example"},
    {"SITE.Example", "site.example", "site.example"},
    {"site.example.", "site.example", "site.example"},
    {"localhost", "localhost", "localhost"},
    {"a_b.-c-.example", "a_b.-c-.example", "a_b.-c-.example"},
    {"xn--bcher-kva.example", "xn--bcher-kva.example", "xn--bcher-kva.example"},
    {"1.example", "1.example", "1.example"},
    {"0x1.example", "0x1.example", "0x1.example"},
    {"a.0xg", "a.0xg", "a.0xg"},
    {"a.1a", "a.1a", "a.1a"},
    {"a.-1", "a.-1", "a.-1"},
    {L63 ".example", L63 ".example", L63 ".example"},
    {N253, N253, N253},
    {N253 ".", N253, N253},

    {"", NULL, NULL},
    {".", NULL, NULL},
    {"..", NULL, NULL},
    {"a..", NULL, NULL},
    {".a", NULL, NULL},
    {"a..b", NULL, NULL},
    {"../a", NULL, NULL},
    {"a/b", NULL, NULL},
    {"a\\b", NULL, NULL},
    {"a b", NULL, NULL},
    {" a", NULL, NULL},
    {"a\t", NULL, NULL},
    {"a\r\n", NULL, NULL},
    {"a\x7f", NULL, NULL},
    {"a:443", NULL, NULL},
    {"a@b", NULL, NULL},
    {"a%2eb", NULL, NULL},
    {"b\xc3\xbc" "cher.example", NULL, NULL},
    {"a\xe3\x80\x82" "example", NULL, NULL},
    {"k\xe2\x84\xaa.example", NULL, NULL},
    {"a" L63 ".example", NULL, NULL},
    {N253 "b", NULL, NULL},
    {"1.2.3.4", NULL, NULL},
    {"1.2.3.4.", NULL, NULL},
    {"0177.1", NULL, NULL},
    {"0x7f.1", NULL, NULL},
    {"2130706433", NULL, NULL},
    {"a.0x", NULL, NULL},
    {"a.0X7F", NULL, NULL},
    {"a.08", NULL, NULL},
    {"::1", NULL, NULL},
    {"[::1]", NULL, NULL},

    {"*.example", NULL, "*.example"},
    {"*.Site.EXAMPLE.", NULL, "*.site.example"},
    {"*", NULL, NULL},
    {"*.", NULL, NULL},
    {"*..", NULL, NULL},
    {"*.*.example", NULL, NULL},
    {"a*.example", NULL, NULL},
    {"a.*.example", NULL, NULL},
    {"*a.example", NULL, NULL},
    {"*.1", NULL, NULL},
    {"*.1.2.3.4", NULL, NULL},
    {"*." N253, NULL, NULL},
};

static void test_canon(void **state)
{
    char out[MSSL_NAME_SIZE];
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(cases); i++) {
        const case_t *row = &cases[i];
        int kind = row->pattern == NULL ? 0 : row->name == NULL ? 2 : 1;

        memset(out, 'x', sizeof(out));
        assert_int_equal(mssl_name_canon(out, row->in, strlen(row->in)), row->name != NULL);
        assert_string_equal(out, row->name != NULL ? row->name : "");
        memset(out, 'x', sizeof(out));
        assert_int_equal(mssl_name_canon_pattern(out, row->in, strlen(row->in)), kind);
        assert_string_equal(out, row->pattern != NULL ? row->pattern : "");
    }
}

static void test_canon_takes_bytes(void **state)
{
    char out[MSSL_NAME_SIZE];

    (void)state;
    assert_int_equal(mssl_name_canon(out, "a.example\0.evil", 15), 0);
    assert_int_equal(mssl_name_canon(out, "a.example\0", 10), 0);
    assert_int_equal(mssl_name_canon(out, "a.exampleXXXX", 9), 1);
    assert_string_equal(out, "a.example");
    assert_int_equal(mssl_name_canon(out, NULL, 0), 0);
    assert_int_equal(mssl_name_canon_pattern(out, NULL, 0), 0);
    assert_int_equal(mssl_name_canon_pattern(out, "*.a\0", 4), 0);
}

static void test_every_byte(void **state)
{
    char out[MSSL_NAME_SIZE];
    int c;

    (void)state;
    for (c = 0; c < 256; c++) {
        char in[] = {'a', (char)c, 'b'};
        int good = c == '-' || c == '.' || c == '_' || (c >= '0' && c <= '9')
                   || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');

        assert_int_equal(mssl_name_canon(out, in, sizeof(in)), good);
    }
}

static void test_pattern(void **state)
{
    char out[MSSL_NAME_SIZE];

    (void)state;
    assert_int_equal(mssl_name_pattern(out, "a.example"), 1);
    assert_string_equal(out, "*.example");
    assert_int_equal(mssl_name_pattern(out, "a.b.example"), 1);
    assert_string_equal(out, "*.b.example");
    assert_int_equal(mssl_name_pattern(out, N253), 1);
    assert_int_equal(mssl_name_pattern(out, "localhost"), 0);
    assert_string_equal(out, "");
}

static void test_parse_ip(void **state)
{
    static const struct {
        const char *in;
        int len;
        unsigned char last;
    } rows[] = {
        {"127.0.0.1", 4, 1},   {"255.255.255.254", 4, 254}, {"::1", 16, 1},
        {"[::1]", 16, 1},      {"[2001:DB8::7]", 16, 7},    {"::ffff:1.2.3.4", 16, 4},
        {"[127.0.0.1]", 0, 0}, {"1.2.3", 0, 0},             {"01.2.3.4", 0, 0},
        {"1.2.3.4.", 0, 0},    {"1.2.3.256", 0, 0},         {"0x7f.0.0.1", 0, 0},
        {"[::1", 0, 0},        {"::1]", 0, 0},              {"[]", 0, 0},
        {"[", 0, 0},           {"[fe80::1%eth0]", 0, 0},    {"[::1]:443", 0, 0},
        {"a.example", 0, 0},   {"", 0, 0},                  {" 1.2.3.4", 0, 0},
        {"0000:0000:0000:0000:0000:0000:0000:0000:0000:0000", 0, 0},
    };
    unsigned char addr[16];
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(rows); i++) {
        memset(addr, 0x55, sizeof(addr));
        assert_int_equal(mssl_name_parse_ip(addr, rows[i].in, strlen(rows[i].in)), rows[i].len);
        assert_int_equal(addr[rows[i].len == 4 ? 3 : 15], rows[i].last);
    }
    assert_int_equal(mssl_name_parse_ip(addr, "1.2.3.4\0", 8), 0);
    assert_int_equal(mssl_name_parse_ip(addr, NULL, 0), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_canon),      cmocka_unit_test(test_canon_takes_bytes),
        cmocka_unit_test(test_every_byte), cmocka_unit_test(test_pattern),
        cmocka_unit_test(test_parse_ip),
    };

    return cmocka_run_group_tests_name("name", tests, NULL, NULL);
}
