/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/test.h"

#include <apr_general.h>
#include <apr_strings.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/url.h"
#include "switch/target.h"

#define ENC "https%3A%2F%2F"

/* A target that is taken, and the Location it comes to. */
static const struct {
    const char *query;
    const char *location;
} good[] = {
    {"https://a.example/", "https://a.example/"},
    {"https://a.example", "https://a.example/"},
    {"https://A.Example./x", "https://a.example/x"},
    {"https://a.example?x=1", "https://a.example/?x=1"},
    {"https://a.example/?", "https://a.example/?"},
    {"https://a.example:443/", "https://a.example/"},
    {"https://a.example:8443/p?q=1&r=2", "https://a.example:8443/p?q=1&r=2"},
    {"https://a.example:1", "https://a.example:1/"},
    {"https://a.example:65535/", "https://a.example:65535/"},
    {"https://a.example/p%20q?x=%26", "https://a.example/p%20q?x=%26"},
    {"https://a.example/%0d%0aX:%20y", "https://a.example/%0d%0aX:%20y"},
    {"https://a.example/%5c%2F%2e%2E/", "https://a.example/%5c%2F%2e%2E/"},
    {"https://a.example//b.example/../", "https://a.example//b.example/../"},
    {"https://a.example/@b.example", "https://a.example/@b.example"},
    {"https://a.example?@b.example", "https://a.example/?@b.example"},
    {"https://a.example/?u=https://b.example/?c", "https://a.example/?u=https://b.example/?c"},
    {"https://a.example/?a[]=1;b=(2)'*!$,:~_.-+", "https://a.example/?a[]=1;b=(2)'*!$,:~_.-+"},
    {"https://a.example/{a}|^`\"<>", "https://a.example/%7Ba%7D%7C%5E%60%22%3C%3E"},
    {"https://a.example/a b", "https://a.example/a%20b"},
    {ENC "a.example", "https://a.example/"},
    {ENC "a.example%2Fp%3Fq%3D1%26r%3D2", "https://a.example/p?q=1&r=2"},
    {"https%3a%2f%2fa.example%3a8443%2f", "https://a.example:8443/"},
    {"HTTPS%3A%2F%2FA.EXAMPLE%2FX", "https://a.example/X"},
    {"hTTpS%3a%2F%2fa.example/p?q", "https://a.example/p?q"},
    {ENC "a.example%2Fp%2520q", "https://a.example/p%20q"},
    {ENC "a.example%2F%2520x", "https://a.example/%20x"},
    {ENC "a.example%2Fp%20q%22%3C%3E", "https://a.example/p%20q%22%3C%3E"},
    {ENC "a.example%2F%C3%BC%3F%C3%9F", "https://a.example/%C3%BC?%C3%9F"},
    {ENC "a.example%2Fa+b", "https://a.example/a+b"},
    {ENC "%61.example", "https://a.example/"},
};

static const char *const hostile[] = {
    /* other schemes, and things that browsers complete to a URL */
    "http://a.example/", "HTTP://a.example/", "http%3A%2F%2Fa.example", "ftp://a.example/",
    "javascript:alert(1)", "data:text/html,x", "javascript://a.example/%0aalert(1)",
    "HTTPS://a.example/", "Https://a.example/", "//a.example", "/\\a.example", "/a.example",
    "///a.example", "\\\\a.example", "a.example", "a.example/https://a.example/", "?", "=", "%",
    " https://a.example/", "https", "https:", "https:/", "https://", "https:a.example",
    "https:/a.example", "https:///a.example", "https:////a.example", "https://?", "https:// /",
    "https:%2F%2Fa.example", "https%3A//a.example", "https%3A%2Fa.example", "%68ttps://a.example",
    "url=https://a.example/",
    /* backslashes (CVE-2019-13038 and others: a browser reads "\" as "/") */
    "https:\\\\a.example", "https:/\\a.example", "https://\\a.example", "https://a.example\\",
    "https://a.example\\@b.example", "https://a.example/\\b.example", "https://a.example/?\\",
    "https://a.example%5c@b.example", "https://a.example%5C/", ENC "a.example%5C@b.example",
    ENC "a.example%2F%5C", ENC "%5Ca.example", "https%3A%5C%5Ca.example", "https%3A%2F%5Ca.example",
    /* userinfo */
    "https://a.example@b.example/", "https://a.example:443@b.example/", "https://@a.example/",
    "https://a.example%40b.example/", "https://u:p@a.example", "https://a.example@",
    "https://a.example%2f@b.example/", "https://a.example%2F%2F@b.example",
    "https://a.example:80%40b.example/", ENC "a.example%40b.example", ENC "a.example%253A@b.example",
    "https://a.example%3f@b.example/", "https://a.example%23@b.example/",
    /* encoded bytes in host or port, double encoding */
    "https://a%2eexample/", "https://%61.example/", "https://a.example%00.b.example/",
    "https://a.example%0d%0aX:y/", "https://a.example%09/", "https://a.example:4%343/",
    "https://a.example%3A443/", "https://a.example%2e/", "https%253A%252F%252Fa.example%252F",
    ENC "a%252eexample", ENC "%2561.example", ENC "a.example%3A%2534%2534%2533",
    /* raw control bytes, encoded ones left after decoding the whole, bytes that browsers drop */
    "https://a.example/\r\nX: y", "https://a.example/\n", "https://a.example\t/",
    "ht\ntps://a.example/", "https://a.exa\tmple/", "https://a.example/\x01", "https://a.example/\x7f",
    ENC "a.example%2F%0d%0aX%3A%20y", ENC "a.example%0A", ENC "a.example%2F%00", ENC "a.example%00",
    ENC "a.example%00.b.example%2F", ENC "a.example%2F%7F", ENC "a.example%2F%09", ENC "%0da.example",
    ENC "a.example%2F%1b", "https://a.example /",
    /* fragments */
    "https://a.example#@b.example", "https://a.example/#x", "#", ENC "a.example%23@b.example",
    ENC "a.example%2F%23x",
    /* ports */
    "https://a.example:/", "https://a.example:", "https://a.example:0/", "https://a.example:00443/",
    "https://a.example:0443/", "https://a.example:65536/", "https://a.example:99999/",
    "https://a.example:4294967739/", "https://a.example:18446744073709552059/",
    "https://a.example:+443/", "https://a.example:-1/", "https://a.example: 443/",
    "https://a.example:443 /", "https://a.example:0x1bb/", "https://a.example:443:443/",
    "https://a.example:443a/", "https://a.example:https/", "https://:443/", "https://a:b.example/",
    ENC "a.example%3A65536%2F", ENC "a.example%3A%2F",
    /* IP literals and what URL parsers take for one */
    "https://127.0.0.1/", "https://127.0.0.1:8443/", "https://127.1/", "https://0177.0.0.1/",
    "https://0x7f000001/", "https://2130706433/", "https://1.2.3.4./", "https://[::1]/",
    "https://[::ffff:127.0.0.1]:443/", "https://::1/", "https://[a.example]/", "https://[/",
    ENC "127.0.0.1%2F", ENC "%5B%3A%3A1%5D%2F", "https://a.0x/",
    /* no name */
    "https://./", "https://../", "https://.a.example/", "https://a..example/", "https://a.example../",
    "https://*.example/", "https://*/", "https://a,b.example/", "https://a;b.example/",
    "https://a&b.example/", "https://a$b.example/", "https://a=b.example/", "https://-\xc2\xad.example/",
    "https://a.example\xe3\x80\x82" "b.example/", "https://b\xc3\xbc" "cher.example/",
    "https://\xef\xbd\x81.example/", ENC "a%E3%80%82example", ENC "%EF%BD%81.example",
    ENC "a.example%E2%81%84.b.example", "https://\xe2\x84\x80.example/", ENC "a.example%C0%AF",
    "https://abcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabcd.example/",
    /* bytes outside of ASCII, escapes that are none */
    "https://a.example/\xc3\xbc", "https://a.example/\x80", "https://a.example/?\xff",
    "https://a.example/%", "https://a.example/%4", "https://a.example/%g1", "https://a.example/?%u0041",
    "https://a.example/100%", ENC "a.example%2F%", ENC "a.example%2F%2", ENC "a.example%2F%zz",
    ENC "a.example%2F100%25", ENC "a.example%2F%25g0",
    ENC "a.example%2F%250d%250a", ENC "a.example%2F%257f",
};

static void test_good(void **state)
{
    size_t i;

    for (i = 0; i < COUNT(good); i++) {
        mssl_target_t target;
        mssl_reason_t why = {""};
        apr_status_t rv = mssl_target_parse(&target, good[i].query, *state, &why);

        if (rv != APR_SUCCESS) {
            print_error("%s: %s\n", good[i].query, why.text);
        }
        assert_int_equal(rv, APR_SUCCESS);
        assert_int_equal(target.path[0], '/');
        assert_string_equal(mssl_url_build(*state, target.name, target.port, target.path),
                            good[i].location);
    }
}

static void test_hostile(void **state)
{
    size_t i;

    for (i = 0; i < COUNT(hostile); i++) {
        mssl_target_t target;
        mssl_reason_t why = {""};
        apr_status_t rv;
        const char *at;

        memset(&target, 0x55, sizeof(target));
        rv = mssl_target_parse(&target, hostile[i], *state, &why);
        if (rv != APR_EINVAL) {
            print_error("taken: %s\n", hostile[i]);
        }
        assert_int_equal(rv, APR_EINVAL);
        assert_string_equal(target.name, "");
        assert_null(target.path);
        assert_int_equal(target.port, 0);
        assert_string_not_equal(why.text, "");
        assert_null(strstr(why.text, "example"));
        for (at = why.text; *at != '\0'; at++) {
            assert_within(*at, 0x20, 0x7e);
        }
    }
}

static void test_none(void **state)
{
    mssl_target_t target;

    assert_int_equal(mssl_target_parse(&target, NULL, *state, NULL), APR_NOTFOUND);
    assert_int_equal(mssl_target_parse(&target, "", *state, NULL), APR_NOTFOUND);
    assert_null(target.path);
}

/* Fills what lies behind a prefix up to a length. */
static const char *make_long(apr_pool_t *pool, const char *prefix, char fill, size_t len)
{
    char *text = apr_palloc(pool, len + 1);

    memset(text, fill, len);
    memcpy(text, prefix, strlen(prefix));
    text[len] = '\0';
    return text;
}

static void test_length(void **state)
{
    mssl_target_t target;
    const char *text;

    text = make_long(*state, "https://a.example/", 'a', MSSL_TARGET_MAX);
    assert_int_equal(mssl_target_parse(&target, text, *state, NULL), APR_SUCCESS);
    assert_int_equal(strlen(target.path), MSSL_TARGET_MAX - 17);
    text = make_long(*state, "https://a.example/", 'a', MSSL_TARGET_MAX + 1);
    assert_int_equal(mssl_target_parse(&target, text, *state, NULL), APR_EINVAL);
    /* too long only when its "/" is put in, and when it is encoded */
    text = make_long(*state, "https://a.example?", 'a', MSSL_TARGET_MAX);
    assert_int_equal(mssl_target_parse(&target, text, *state, NULL), APR_EINVAL);
    text = make_long(*state, "https://a.example/", '|', MSSL_TARGET_MAX / 2);
    assert_int_equal(mssl_target_parse(&target, text, *state, NULL), APR_EINVAL);
    assert_null(target.path);
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
        cmocka_unit_test(test_good),
        cmocka_unit_test(test_hostile),
        cmocka_unit_test(test_none),
        cmocka_unit_test(test_length),
    };

    return cmocka_run_group_tests_name("target", tests, set_up, tear_down);
}
