/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/test.h"

#include <apr_general.h>
#include <apr_strings.h>
#include <string.h>

#include "lib/pages/template.h"

static const mssl_template_values_t plain = {
    { "Title", "Some text.", "a.example", "https://a.example/?x=1&y=2", "Ask us", "MSSL-P03", "de" },
    "https://a.example/?x=1&y=2", "mailto:help@host.example"
};

static const char *fill(apr_pool_t *pool, const char *html, const mssl_template_values_t *values)
{
    mssl_reason_t why = { "" };
    mssl_template_t *parsed;

    assert_int_equal(mssl_template_parse(&parsed, html, strlen(html), pool, &why), APR_SUCCESS);
    return mssl_template_fill(parsed, values, pool);
}

static void test_taken(void **state)
{
    static const struct {
        const char *html, *out;
    } rows[] = {
        {"", ""},
        {"plain", "plain"},
        {"\xef\xbb\xbf<p>{{title}}", "<p>Title"},
        {"<p>{{ TITLE }}, {{text}}{{code}}</p>", "<p>Title, Some text.MSSL-P03</p>"},
        {"<html lang=\"{{lang}}\">", "<html lang=\"de\">"},
        {"<a href='{{link}}' class=go>{{link}}</a>",
         "<a href='https://a.example/?x=1&amp;y=2' class=go>https://a.example/?x=1&amp;y=2</a>"},
        {"<A HREF = \"{{contact}}?subject={{code}} {{title}}\">{{contact}}</A >",
         "<A HREF = \"mailto:help@host.example?subject=MSSL-P03 Title\">Ask us</A >"},
        {"<a href=\"https://help.example/?to={{link}}&h={{host}}\" title=\"{{text}}\">",
         "<a href=\"https://help.example/?to=https%3A%2F%2Fa.example%2F%3Fx%3D1%26y%3D2&h=a.example\""
         " title=\"Some text.\">"},
        {"<!DOCTYPE html>\n<!-- by us --><title>{{title}}</title><style>a{color:red}</style>{{host}}",
         "<!DOCTYPE html>\n<!-- by us --><title>Title</title><style>a{color:red}</style>a.example"},
        {"<svg viewBox=\"0 0 1 1\"><path d='M0 0'/></svg><br/>}} { {x} ",
         "<svg viewBox=\"0 0 1 1\"><path d='M0 0'/></svg><br/>}} { {x} "},
        {"<meta name=\"description\" content=\"{{text}}\"><input value=\"{{host}}\" disabled>",
         "<meta name=\"description\" content=\"Some text.\"><input value=\"a.example\" disabled>"},
        {"gr\xc3\xbc\xc3\x9f" "e", "gr\xc3\xbc\xc3\x9f" "e"},
    };
    size_t i;

    for (i = 0; i < COUNT(rows); i++) {
        assert_string_equal(fill(*state, rows[i].html, &plain), rows[i].out);
    }
}

static const struct {
    const char *html, *why;
} refused[] = {
    {"<p>\n\n{{name}}", "line 3: \"{{\" begins no placeholder"},
    {"{{title", "begins no placeholder"},
    {"{{title }", "begins no placeholder"},
    {"{{}}", "begins no placeholder"},
    {"{{title}}\n<script>x</script>", "line 2: <script> is not allowed"},
    {"<!-- <ScRiPt -->", "<script> is not allowed"},
    {"<p class={{lang}}>", "quotes around the whole value"},
    {"<p class=x{{lang}}>", "quotes around the whole value"},
    {"<p {{lang}}>", "quoted attributes only"},
    {"<p {{lang}}=\"x\">", "quoted attributes only"},
    {"<p x{{lang}}=\"x\">", "quoted attributes only"},
    {"<{{lang}}>", "begins no tag"},
    {"</{{lang}}>", "end tag"},
    {"<!-- {{title}} -->", "may not stand in a comment"},
    {"<style>{{title}}</style>", "may not stand in <style>"},
    {"<p style=\"color:{{lang}}\">", "event handler, style"},
    {"<p onclick=\"{{host}}\">", "event handler"},
    {"<p ONCLICK='{{host}}'>", "event handler"},
    {"<p data-x=\"{{host}}>", "no closing quote"},
    {"<a href=\"{{host}}\">", "may begin with {{link}} or {{contact}} only"},
    {"<a href='{{title}}'>", "may begin with {{link}} or {{contact}} only"},
    {"<form action=\"{{code}}\">", "may begin with {{link}} or {{contact}} only"},
    {"<iframe srcdoc=\"x\">", "<iframe> is not allowed"},
    {"<base href=\"https://x.example/\">", "<base> is not allowed"},
    {"<textarea>", "<textarea> is not allowed"},
    {"<NoScript>", "<noscript> is not allowed"},
    {"<object>", "<object> is not allowed"},
    {"a < b", "write &lt;"},
    {"<?php x ?>", "write &lt;"},
    {"<![CDATA[x]]>", "write &lt;"},
    {"<p", "does not end"},
    {"<p class", "does not end"},
    {"<p class=", "needs quotes"},
    {"<p class=>", "needs quotes"},
    {"<p class=a\"b>", "needs quotes"},
    {"<p \"x\">", "no attribute"},
    {"</p x>", "end tag"},
    {"</ p>", "end tag"},
    {"<!-- x", "does not end with"},
    {"<!-->", "does not end with"},
    {"<!---> {{title}} -->", "does not end with"},
    {"<!-- x --!> -->", "does not end with"},
    {"<!doctype html", "DOCTYPE does not end"},
    {"<!doctype {{title}}>", "DOCTYPE does not end"},
    {"<title><b>x</b></title>", "\"<\" in <title>"},
    {"<title>x</titles><p title=\"</title><b x={{host}} y=\">", "\"<\" in <title>"},
    {"<style>a<b", "\"<\" in <title> or <style>"},
    {"<title>{{title}}", "does not end"},
    {"M\xfcnchen", "not UTF-8"},
    {"\x1b", "control character"},
};

static void test_refused(void **state)
{
    mssl_template_t *parsed;
    mssl_reason_t why;
    size_t i;

    for (i = 0; i < COUNT(refused); i++) {
        why.text[0] = '\0';
        assert_int_equal(mssl_template_parse(&parsed, refused[i].html, strlen(refused[i].html), *state,
                                             &why), APR_EINVAL);
        if (strstr(why.text, refused[i].why) == NULL) {
            fail_msg("%s: %s", refused[i].html, why.text);
        }
        assert_null(parsed);
    }
    assert_int_equal(mssl_template_parse(&parsed, "a\0b", 3, *state, &why), APR_EINVAL);
    assert_non_null(strstr(why.text, "NUL"));
}

static void test_size(void **state)
{
    char *html = apr_palloc(*state, MSSL_TEMPLATE_MAX + 1);
    mssl_template_t *parsed;
    mssl_reason_t why;

    memset(html, 'x', MSSL_TEMPLATE_MAX + 1);
    assert_int_equal(mssl_template_parse(&parsed, html, MSSL_TEMPLATE_MAX, *state, &why), APR_SUCCESS);
    assert_int_equal(mssl_template_parse(&parsed, html, MSSL_TEMPLATE_MAX + 1, *state, &why),
                     APR_EINVAL);
}

/* Whatever is put in stays where it was put. */
static void test_hostile(void **state)
{
#define EVIL "</p><b onclick=\"x\" 'y'>&\r\n\xff{{title}}"
#define SAFE "&lt;/p&gt;&lt;b onclick=&quot;x&quot; &#39;y&#39;&gt;&amp;&#xFFFD;&#xFFFD;&#xFFFD;{{title}}"
    static const mssl_template_values_t evil = { { EVIL, EVIL, EVIL, EVIL, EVIL, EVIL, EVIL },
                                                 EVIL, EVIL };
    static const mssl_template_values_t none = { { NULL } };
    static const char *const names[] = { "title", "text", "host", "link", "contact", "code", "lang" };
    size_t i;

    for (i = 0; i < COUNT(names); i++) {
        const char *slot = apr_pstrcat(*state, "{{", names[i], "}}", NULL);
        const char *html = apr_pstrcat(*state, "<p title=\"", slot, "\" lang='", slot, "'>", slot,
                                       "<a href=\"/?", slot, "\">", NULL);

        assert_string_equal(fill(*state, html, &evil),
                            "<p title=\"" SAFE "\" lang='" SAFE "'>" SAFE "<a href=\"/?"
                            "%3C%2Fp%3E%3Cb%20onclick%3D%22x%22%20%27y%27%3E%26%0D%0A%FF%7B%7Btitle"
                            "%7D%7D\">");
        assert_string_equal(fill(*state, html, &none), "<p title=\"\" lang=''><a href=\"/?\">");
    }
    assert_string_equal(fill(*state, "<a href=\"{{link}}\"><a href='{{contact}}'>", &evil),
                        "<a href=\"" SAFE "\"><a href='" SAFE "'>");
    assert_string_equal(fill(*state, "<a href=\"{{link}}\">", &none), "<a href=\"\">");
}

static void test_idle(void **state)
{
    static const struct {
        const char *html, *says;
    } rows[] = {
        {"<p>{{text}}</p>", NULL},
        {"<a href=\"https://x.example/\">x</a>", NULL},
        {"<p>\n<img alt=x src=\"logo.png\">", "line 2: nothing is loaded"},
        {"<link rel=stylesheet href=\"x.css\">", "line 1: nothing is loaded (<link>)"},
        {"<p onclick=\"x()\">\n<link>", "line 1: an event handler"},
    };
    mssl_template_t *parsed;
    mssl_reason_t why;
    size_t i;

    for (i = 0; i < COUNT(rows); i++) {
        assert_int_equal(mssl_template_parse(&parsed, rows[i].html, strlen(rows[i].html), *state,
                                             &why), APR_SUCCESS);
        if (rows[i].says == NULL) {
            assert_null(mssl_template_get_idle(parsed));
        }
        else {
            assert_non_null(strstr(mssl_template_get_idle(parsed), rows[i].says));
        }
    }
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
        cmocka_unit_test(test_taken), cmocka_unit_test(test_refused), cmocka_unit_test(test_size),
        cmocka_unit_test(test_hostile), cmocka_unit_test(test_idle),
    };

    return cmocka_run_group_tests_name("template", tests, set_up, tear_down);
}
