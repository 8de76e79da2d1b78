/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/test.h"

#include <apr_general.h>
#include <apr_strings.h>
#include <string.h>

#include "lib/base/utf8.h"
#include "lib/pages/page.h"

#define URL "https://a.example/?x=1&y=2"
#define URL_HTML "https://a.example/?x=1&amp;y=2"
#define EVIL "\"><script>'x\r\n\xff"
#define EVIL_HTML "&quot;&gt;&lt;script&gt;&#39;x&#xFFFD;&#xFFFD;&#xFFFD;"
/* 2026-11-25 18:03:09 */
#define NOW apr_time_from_sec(1795629789)

static int count(const char *html, const char *what)
{
    int n = 0;

    for (html = strstr(html, what); html != NULL; html = strstr(html + 1, what)) {
        n++;
    }
    return n;
}

static void check_shape(const char *html, const char *lang)
{
    const char *begin = "<!DOCTYPE html>\n<html lang=\"";
    const char *end = html + strlen(html);
    const char *at = html;

    while (at < end) {
        unsigned code = mssl_utf8_next(&at, end);

        assert_true(code == '\n' || (code != MSSL_UTF8_BAD && !mssl_utf8_is_control(code)));
    }
    assert_int_equal(strncmp(html, begin, strlen(begin)), 0);
    assert_int_equal(strncmp(html + strlen(begin), lang, strlen(lang)), 0);
    assert_non_null(strstr(html, "<meta name=\"robots\" content=\"noindex\">"));
    assert_non_null(strstr(html, "name=\"viewport\""));
    assert_non_null(strstr(html, "</main>\n</body>\n</html>\n"));
    assert_int_equal(count(html, "<title>"), 1);
    assert_int_equal(count(html, "<h1>"), 1);
    assert_int_equal(count(html, "<footer>"), 1);
    assert_null(strstr(html, "<script"));
    assert_null(strstr(html, "src="));
    assert_null(strstr(html, "url("));
    assert_true(strlen(html) < 8192);
}

static void test_every_page_in_every_language(void **state)
{
    int i;
    int page;

    for (i = 0; mssl_words_all[i] != NULL; i++) {
        for (page = 1; page < MSSL_PAGES; page++) {
            mssl_page_facts_t facts = { .page = page, .words = mssl_words_all[i], .now = NOW };
            const char *html = mssl_page_make(&facts, *state);

            check_shape(html, facts.words->lang);
            assert_null(strstr(html, "href="));
            assert_null(strstr(html, "<strong>"));

            facts.host = "a.example";
            facts.link = facts.example = URL;
            facts.reason = "one <reason>";
            html = mssl_page_make(&facts, *state);
            check_shape(html, facts.words->lang);
            assert_non_null(strstr(html, "<strong>a.example</strong>"));
            assert_int_equal(count(html, "href=\"" URL_HTML "\""), 1);
            assert_non_null(strstr(html, "one &lt;reason&gt;"));
            assert_non_null(strstr(html, "2026-11-25 18:03:09 UTC"));
            assert_non_null(strstr(html, apr_psprintf(*state, "MSSL-P%02d ", page)));
        }
    }
}

static const char *make(apr_pool_t *pool, mssl_page_t page, const char *host, const char *link)
{
    mssl_page_facts_t facts = { .page = page, .host = host, .link = link, .now = NOW };

    return mssl_page_make(&facts, pool);
}

static void test_pages_differ(void **state)
{
    const char *html[MSSL_PAGES];
    int page;
    int other;

    for (page = 1; page < MSSL_PAGES; page++) {
        html[page] = strstr(make(*state, page, NULL, NULL), "<title>");
        for (other = 1; other < page; other++) {
            assert_string_not_equal(html[page], html[other]);
        }
    }
    /* What admins, scripts and examples know. */
    assert_non_null(strstr(html[MSSL_PAGE_NO_CERT], ">There is no certificate for this name<"));
    assert_non_null(strstr(html[MSSL_PAGE_WRONG_CERT], ">This name is not in the certificate<"));
    assert_non_null(strstr(make(*state, 0, NULL, NULL), ">Which site do you want?<"));
    assert_non_null(strstr(make(*state, 1000, NULL, NULL), ">Which site do you want?<"));
}

static void test_hostile(void **state)
{
    mssl_contact_t contact = { EVIL, "https://x.example/" EVIL };
    mssl_page_facts_t facts = { .page = MSSL_PAGE_NO_CERT, .host = EVIL, .asked_at = EVIL,
                                .link = "https://" EVIL, .example = EVIL, .reason = EVIL,
                                .contact = &contact };
    const char *html = mssl_page_make(&facts, *state);

    check_shape(html, "en");
    assert_int_equal(count(html, "<strong>" EVIL_HTML "</strong>"), 1);
    assert_non_null(strstr(html, "host " EVIL_HTML ", time"));
    assert_non_null(strstr(html, "href=\"https://" EVIL_HTML "\""));
    assert_non_null(strstr(html, "href=\"https://x.example/" EVIL_HTML "\">" EVIL_HTML "</a>"));
    assert_non_null(strstr(html, "(" EVIL_HTML ")"));
    facts.link = NULL;
    assert_non_null(strstr(mssl_page_make(&facts, *state), "Example: " EVIL_HTML));
}

/* What is put in is not looked at again. */
static void test_braces(void **state)
{
    mssl_page_facts_t facts = { .page = MSSL_PAGE_NO_CERT, .host = "{link}{time", .link = URL };

    assert_non_null(strstr(mssl_page_make(&facts, *state), "<strong>{link}{time</strong>"));
}

static void test_link_is_of_the_web(void **state)
{
    static const char *const rows[] = {"javascript:alert(1)", "//evil.example", "data:text/html,x",
                                       "HTTPS:evil", "", "/path"};
    size_t i;

    for (i = 0; i < COUNT(rows); i++) {
        assert_null(strstr(make(*state, MSSL_PAGE_MOVED, NULL, rows[i]), "href="));
    }
}

static void test_long_host_is_cut(void **state)
{
    char host[10000];

    memset(host, 'a', sizeof(host) - 1);
    host[sizeof(host) - 1] = '\0';
    assert_true(strlen(make(*state, MSSL_PAGE_NO_CERT, host, NULL))
                < strlen(make(*state, MSSL_PAGE_NO_CERT, NULL, NULL)) + 700);
}

static void test_contact(void **state)
{
    mssl_contact_t contact = { "M\xc3\xbcller & Co", NULL };
    mssl_page_facts_t facts = { .page = MSSL_PAGE_NO_CERT, .contact = &contact };

    assert_non_null(strstr(mssl_page_make(&facts, *state), "Contact: M\xc3\xbcller &amp; Co<"));
    assert_null(strstr(mssl_page_make(&facts, *state), "href="));
    contact.href = "mailto:a@b.example";
    assert_non_null(strstr(mssl_page_make(&facts, *state), "href=\"mailto:a@b.example\">"));
}

static void test_template(void **state)
{
    static const char html[] = "{{lang}}|{{title}}|{{text}}|{{host}}|{{contact}}|{{code}}|{{link}}"
                               "<a href=\"{{link}}\"><a href=\"{{contact}}\">";
    mssl_contact_t contact = { "help@b.example", "mailto:help@b.example" };
    mssl_page_facts_t facts = { .page = MSSL_PAGE_MOVED, .words = mssl_words_choose("de"),
                                .asked_at = "<a.example>", .link = URL, .contact = &contact };
    mssl_template_t *parsed;
    mssl_reason_t why;

    assert_int_equal(mssl_template_parse(&parsed, html, strlen(html), *state, &why), APR_SUCCESS);
    facts.html = parsed;
    assert_string_equal(mssl_page_make(&facts, *state),
                        "de|Sie werden weitergeleitet|Was Sie suchen, hat eine andere Adresse. Wenn "
                        "Ihr Browser nicht von selbst dorthin geht, folgen Sie dem Link.|&lt;a.example"
                        "&gt;|help@b.example|MSSL-P14|" URL_HTML "<a href=\"" URL_HTML "\">"
                        "<a href=\"mailto:help@b.example\">");
    facts.link = "javascript:x";
    facts.contact = NULL;
    assert_non_null(strstr(mssl_page_make(&facts, *state),
                           "||MSSL-P14|<a href=\"\"><a href=\"\">"));
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
        cmocka_unit_test(test_every_page_in_every_language), cmocka_unit_test(test_pages_differ),
        cmocka_unit_test(test_hostile), cmocka_unit_test(test_braces),
        cmocka_unit_test(test_link_is_of_the_web), cmocka_unit_test(test_long_host_is_cut),
        cmocka_unit_test(test_contact), cmocka_unit_test(test_template),
    };

    return cmocka_run_group_tests_name("page", tests, set_up, tear_down);
}
