/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/test.h"

#include <apr_general.h>
#include <apr_strings.h>
#include <string.h>

#include "lib/base/page.h"

#define URL "https://a.example/?x=1&y=2"
#define URL_HTML "https://a.example/?x=1&amp;y=2"

static void check_shape(const char *html)
{
    const char *at;

    for (at = html; *at != '\0'; at++) {
        assert_true(*at == '\n' || (*at >= 0x20 && *at <= 0x7e));
    }
    assert_int_equal(strncmp(html, "<!DOCTYPE html>\n<html lang=\"en\">", 32), 0);
    assert_non_null(strstr(html, "<meta name=\"robots\" content=\"noindex\">"));
    assert_non_null(strstr(html, "name=\"viewport\""));
    assert_non_null(strstr(html, "<title>"));
    assert_non_null(strstr(html, "</body>\n</html>\n"));
    assert_null(strstr(html, "<script"));
    assert_null(strstr(html, "src="));
    assert_null(strstr(html, "url("));
}

static void test_every_kind(void **state)
{
    int kind;

    for (kind = MSSL_PAGE_WRONG_CERT; kind <= MSSL_PAGE_MOVED; kind++) {
        const char *html = mssl_page_make(*state, kind, "a.example", URL, "one more <fact>");

        check_shape(html);
        assert_non_null(strstr(html, "<strong>a.example</strong>"));
        assert_non_null(strstr(html, "href=\"" URL_HTML "\""));
        assert_non_null(strstr(html, "one more &lt;fact&gt;"));

        html = mssl_page_make(*state, kind, NULL, NULL, NULL);
        check_shape(html);
        assert_null(strstr(html, "<strong>"));
        assert_null(strstr(html, "href="));
    }
}

static void test_kinds_differ(void **state)
{
    const char *html[MSSL_PAGE_MOVED + 1];
    int kind;
    int other;

    for (kind = MSSL_PAGE_WRONG_CERT; kind <= MSSL_PAGE_MOVED; kind++) {
        html[kind] = mssl_page_make(*state, kind, NULL, NULL, NULL);
        for (other = MSSL_PAGE_WRONG_CERT; other < kind; other++) {
            assert_string_not_equal(html[kind], html[other]);
        }
    }
    assert_non_null(strstr(html[MSSL_PAGE_NO_CERT], "here is no certificate for this name"));
    assert_non_null(strstr(html[MSSL_PAGE_WRONG_CERT], "his name is not in the certificate"));
}

static void test_hostile(void **state)
{
    const char *html = mssl_page_make(*state, MSSL_PAGE_NO_CERT, "\"><script>x\r\n\xff",
                                      "https://a.example/\"onclick=\"x", "</p><script>");

    check_shape(html);
    assert_non_null(strstr(html, "&quot;&gt;&lt;script&gt;x&#xFFFD;&#xFFFD;&#xFFFD;"));
    assert_null(strstr(html, "\"onclick"));
}

static void test_link_is_of_the_web(void **state)
{
    static const char *const rows[] = {"javascript:alert(1)", "//evil.example", "data:text/html,x",
                                       "HTTPS:evil", "", "/path"};
    size_t i;

    for (i = 0; i < COUNT(rows); i++) {
        assert_null(strstr(mssl_page_make(*state, MSSL_PAGE_MOVED, NULL, rows[i], NULL), "href="));
    }
}

static void test_long_host_is_cut(void **state)
{
    char host[10000];

    memset(host, 'a', sizeof(host) - 1);
    host[sizeof(host) - 1] = '\0';
    assert_true(strlen(mssl_page_make(*state, MSSL_PAGE_NO_CERT, host, NULL, NULL)) < 3000);
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
        cmocka_unit_test(test_every_kind),         cmocka_unit_test(test_kinds_differ),
        cmocka_unit_test(test_hostile),            cmocka_unit_test(test_link_is_of_the_web),
        cmocka_unit_test(test_long_host_is_cut),
    };

    return cmocka_run_group_tests_name("page", tests, set_up, tear_down);
}
