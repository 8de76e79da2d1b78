/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/test.h"

#include <apr_general.h>
#include <string.h>

#include "lib/base/text.h"

static apr_pool_t *pool_of(void **state)
{
    return *state;
}

static void test_printable(void **state)
{
    static const struct {
        const char *in;
        size_t len;
        size_t max;
        const char *out;
    } rows[] = {
        {"a.example", 9, 64, "a.example"},
        {"", 0, 64, ""},
        {"a\nb\r", 4, 64, "a\\x0ab\\x0d"},
        {"a\0b", 3, 64, "a\\x00b"},
        {"'\"\\", 3, 64, "\\x27\\x22\\x5c"},
        {"\x1b[2J\x7f", 5, 64, "\\x1b[2J\\x7f"},
        {"\xc3\xbc\xff", 3, 64, "\\xc3\\xbc\\xff"},
        {"abcdef", 6, 6, "abcdef"},
        {"abcdef", 6, 5, "abcde..."},
        {"abcdef", 6, 0, "..."},
        {"%s%n", 4, 64, "%s%n"},
        {NULL, 0, 64, ""},
    };
    size_t i;

    for (i = 0; i < COUNT(rows); i++) {
        assert_string_equal(mssl_text_printable(pool_of(state), rows[i].in, rows[i].len,
                                                rows[i].max), rows[i].out);
    }
}

static void test_shown(void **state)
{
    static const struct {
        const char *in;
        size_t max;
        const char *out;
    } rows[] = {
        {"/etc/mssl/it's \"one\".pem", 64, "/etc/mssl/it's \"one\".pem"},
        {"a\x1b]0;x\a\tb", 64, "a\\x1b]0;x\\x07\\x09b"},
        {"\xe2\x80\xae" "gro", 64, "\\xe2\\x80\\xaegro"},
        {"\xc2\x9b", 64, "\\xc2\\x9b"},
        {"abcdef", 5, "abcde..."},
        {NULL, 64, ""},
    };
    size_t i;

    for (i = 0; i < COUNT(rows); i++) {
        assert_string_equal(mssl_text_shown(pool_of(state), rows[i].in, rows[i].max), rows[i].out);
    }
}

static void test_html(void **state)
{
    static const struct {
        const char *in;
        const char *out;
    } rows[] = {
        {"a.example", "a.example"},
        {"<script>alert('x')</script>", "&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;"},
        {"\" onmouseover=\"x", "&quot; onmouseover=&quot;x"},
        {"a&amp;b", "a&amp;amp;b"},
        {"\n\t\x7f", "&#xFFFD;&#xFFFD;&#xFFFD;"},
        {"\xc3\xbc", "&#xFFFD;&#xFFFD;"},
        {"", ""},
        {NULL, ""},
    };
    size_t i;

    for (i = 0; i < COUNT(rows); i++) {
        assert_string_equal(mssl_text_html(pool_of(state), rows[i].in), rows[i].out);
    }
}

static void test_html_utf8(void **state)
{
    static const struct {
        const char *in;
        const char *out;
    } rows[] = {
        {"caf\xc3\xa9 <b> & \"x\" 'y'", "caf\xc3\xa9 &lt;b&gt; &amp; &quot;x&quot; &#39;y&#39;"},
        {"\xf0\x9f\x98\x80", "\xf0\x9f\x98\x80"},
        {"\xc3", "&#xFFFD;"},
        {"\xc3<", "&#xFFFD;&lt;"},
        {"\xe2\x80\xaex", "&#xFFFD;&#xFFFD;&#xFFFD;x"},
        {"\xc2\x85\n", "&#xFFFD;&#xFFFD;&#xFFFD;"},
        {"", ""},
        {NULL, ""},
    };
    size_t i;

    for (i = 0; i < COUNT(rows); i++) {
        assert_string_equal(mssl_text_html_utf8(pool_of(state), rows[i].in), rows[i].out);
    }
}

static void test_hex(void **state)
{
    char out[9];

    (void)state;
    mssl_text_hex(out, (const unsigned char *)"\x00\x9f\xa0\xff", 4);
    assert_string_equal(out, "009fa0ff");
    mssl_text_hex(out, NULL, 0);
    assert_string_equal(out, "");
}

static int set_up(void **state)
{
    apr_initialize();
    return apr_pool_create((apr_pool_t **)state, NULL);
}

static int tear_down(void **state)
{
    apr_pool_destroy(*state);
    apr_terminate();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_printable),
        cmocka_unit_test(test_shown),
        cmocka_unit_test(test_html),
        cmocka_unit_test(test_html_utf8),
        cmocka_unit_test(test_hex),
    };

    return cmocka_run_group_tests_name("text", tests, set_up, tear_down);
}
