/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/test.h"

#include <apr_general.h>
#include <string.h>

#include "lib/base/url.h"
#include "lib/base/urlparts.h"

static void test_parse(void **state)
{
    static const struct {
        const char *in;
        int is_https;
        const char *name;
        int port;
        const char *path;
        const char *query;
        const char *text;
    } rows[] = {
        {"https://sw.example/", 1, "sw.example", 443, "/", NULL, "https://sw.example/"},
        {"https://SW.example", 1, "sw.example", 443, "/", NULL, "https://sw.example/"},
        {"HTTPS://sw.example.:443/s", 1, "sw.example", 443, "/s", NULL, "https://sw.example/s"},
        {"https://sw.example:80/", 1, "sw.example", 80, "/", NULL, "https://sw.example:80/"},
        {"http://sw.example:80/go?", 0, "sw.example", 80, "/go", NULL, "http://sw.example/go"},
        {"http://sw.example:443", 0, "sw.example", 443, "/", NULL, "http://sw.example:443/"},
        {"http://sw.example?a=b?c", 0, "sw.example", 80, "/", "a=b?c", "http://sw.example/?a=b?c"},
        {"https://sw.example/a%20b?@", 1, "sw.example", 443, "/a%20b", "@",
         "https://sw.example/a%20b?@"},
    };
    size_t i;

    for (i = 0; i < COUNT(rows); i++) {
        mssl_url_t url;

        assert_int_equal(mssl_url_parse(&url, rows[i].in, *state, NULL), APR_SUCCESS);
        assert_int_equal(url.is_https, rows[i].is_https);
        assert_string_equal(url.name, rows[i].name);
        assert_int_equal(url.port, rows[i].port);
        assert_string_equal(url.path, rows[i].path);
        assert_string_equal(url.text, rows[i].text);
        if (rows[i].query == NULL) {
            assert_null(url.query);
        }
        else {
            assert_string_equal(url.query, rows[i].query);
        }
    }
}

static void test_parse_refuses(void **state)
{
    static const char *const rows[] = {
        NULL, "", "sw.example", "//sw.example/", "/path", "ftp://sw.example/", "https:sw.example",
        "https://", "https:///x", "https://u@sw.example/", "https://u:p@sw.example/",
        "https://192.0.2.1/", "https://[::1]/", "https://sw.example:0/", "https://sw.example:/",
        "https://sw.example:70000/", "https://sw.example/#x", "https://sw.example/a b",
        "https://sw.example/\\", "https://sw.example/\t", "https://sw.example/\xc3\xbc",
        "https://b\xc3\xbc" "cher.example/", "https://sw.example/%", "https://sw.example/\"",
        "https://sw%2eexample/", "https://*.example/",
    };
    size_t i;

    for (i = 0; i < COUNT(rows); i++) {
        mssl_url_t url;
        mssl_reason_t why = {""};

        memset(&url, 0x55, sizeof(url));
        assert_int_equal(mssl_url_parse(&url, rows[i], *state, &why), APR_EINVAL);
        assert_string_not_equal(why.text, "");
        assert_string_equal(url.name, "");
        assert_null(url.text);
    }
}

static void test_build(void **state)
{
    static const struct {
        int port;
        const char *path;
        const char *out;
    } rows[] = {
        {443, "/", "https://a.example/"},
        {8443, "/p?q", "https://a.example:8443/p?q"},
        {80, "/", "https://a.example:80/"},
        {443, "", "https://a.example/"},
        {443, NULL, "https://a.example/"},
        {443, "@evil.example", "https://a.example/@evil.example"},
        {443, ".evil.example", "https://a.example/.evil.example"},
        {443, "/a\r\nX: y", "https://a.example/a%0D%0AX:%20y"},
        {443, "/\\#\"<>\x7f\xff", "https://a.example/%5C%23%22%3C%3E%7F%FF"},
        {443, "/?q=100%&r=%41%4", "https://a.example/?q=100%25&r=%41%254"},
    };
    size_t i;

    for (i = 0; i < COUNT(rows); i++) {
        const char *out = mssl_url_build(*state, "a.example", (apr_port_t)rows[i].port,
                                         rows[i].path);

        assert_string_equal(out, rows[i].out);
        assert_string_equal(mssl_urlparts_encode(*state, out), out);
    }
}

static void test_escaped(void **state)
{
    (void)state;
    assert_int_equal(mssl_urlparts_get_escaped("%00"), 0);
    assert_int_equal(mssl_urlparts_get_escaped("%fFx"), 255);
    assert_int_equal(mssl_urlparts_get_escaped("%4"), -1);
    assert_int_equal(mssl_urlparts_get_escaped("%"), -1);
    assert_int_equal(mssl_urlparts_get_escaped("%g0"), -1);
    assert_int_equal(mssl_urlparts_get_escaped("%0 "), -1);
    assert_int_equal(mssl_urlparts_get_escaped(""), -1);
    assert_int_equal(mssl_urlparts_get_escaped("41"), -1);
}

static void test_join(void **state)
{
    assert_string_equal(mssl_urlparts_join(*state, "192.0.2.1", 443), "192.0.2.1:443");
    assert_string_equal(mssl_urlparts_join(*state, "2001:db8::1", 8443), "[2001:db8::1]:8443");
    assert_string_equal(mssl_urlparts_join(*state, "*", 0), "*:*");
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
        cmocka_unit_test(test_parse),
        cmocka_unit_test(test_parse_refuses),
        cmocka_unit_test(test_build),
        cmocka_unit_test(test_escaped),
        cmocka_unit_test(test_join),
    };

    return cmocka_run_group_tests_name("url", tests, set_up, tear_down);
}
