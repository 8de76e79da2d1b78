/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/test.h"

#include <apr_general.h>
#include <string.h>

#include "lib/pages/contact.h"

static void test_taken(void **state)
{
    static const struct {
        const char *in, *text, *href;
    } rows[] = {
        {"help@host.example", "help@host.example", "mailto:help@host.example"},
        {"mailto:help@host.example", "help@host.example", "mailto:help@host.example"},
        {"a+b?c&d@Host.Example", "a+b?c&d@Host.Example", "mailto:a+b%3Fc%26d@host.example"},
        {"https://host.example/help?x=1", "https://host.example/help?x=1",
         "https://host.example/help?x=1"},
        {"HTTP://Host.Example", "http://host.example/", "http://host.example/"},
        {"Example Hosting, +49 30 123456", "Example Hosting, +49 30 123456", NULL},
        {"Tel.: +49 30 1, help@host.example", "Tel.: +49 30 1, help@host.example", NULL},
        {"tel:+4930123456", "tel:+4930123456", NULL},
        {"Kundendienst M\xc3\xbcnchen", "Kundendienst M\xc3\xbcnchen", NULL},
        {"<b>us</b>", "<b>us</b>", NULL},
    };
    mssl_contact_t contact;
    mssl_reason_t why = { "" };
    size_t i;

    for (i = 0; i < COUNT(rows); i++) {
        assert_int_equal(mssl_contact_parse(&contact, rows[i].in, *state, &why), APR_SUCCESS);
        assert_string_equal(contact.text, rows[i].text);
        if (rows[i].href == NULL) {
            assert_null(contact.href);
        }
        else {
            assert_string_equal(contact.href, rows[i].href);
        }
    }
}

static void test_refused(void **state)
{
    static const struct {
        const char *in, *why;
    } rows[] = {
        {"", "empty"},
        {"   ", "empty"},
        {"two\nlines", "one line"},
        {"\x1b[2J", "one line"},
        {"turned \xe2\x80\xae round", "one line"},
        {"M\xfcnchen", "UTF-8"},
        {"help@", "no mail address"},
        {"@host.example", "no mail address"},
        {"a@b@host.example", "no mail address"},
        {"a..b@host.example", "no mail address"},
        {".a@host.example", "no mail address"},
        {"a.@host.example", "no mail address"},
        {"help@host", "no mail address"},
        {"help@192.0.2.1", "no mail address"},
        {"mailto:", "no mail address"},
        {"mailto:a@host.example?subject=x", "no mail address"},
        {"\"a\"@host.example", "no mail address"},
        {"https://", "host"},
        {"https://user@host.example/", "user"},
        {"http:host.example", "http://"},
        {"https://host.example/ x", "byte 0x20"},
        {"javascript:alert(1)", "another kind"},
        {"data:text/html,x", "another kind"},
        {"ftp://host.example/", "another kind"},
    };
    char text[MSSL_CONTACT_MAX + 2];
    mssl_contact_t contact;
    mssl_reason_t why;
    size_t i;

    for (i = 0; i < COUNT(rows); i++) {
        why.text[0] = '\0';
        assert_int_equal(mssl_contact_parse(&contact, rows[i].in, *state, &why), APR_EINVAL);
        assert_non_null(strstr(why.text, rows[i].why));
        assert_null(contact.href);
    }
    memset(text, 'x', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    assert_int_equal(mssl_contact_parse(&contact, text, *state, &why), APR_EINVAL);
    text[MSSL_CONTACT_MAX] = '\0';
    assert_int_equal(mssl_contact_parse(&contact, text, *state, &why), APR_SUCCESS);
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
        cmocka_unit_test(test_taken),
        cmocka_unit_test(test_refused),
    };

    return cmocka_run_group_tests_name("contact", tests, set_up, tear_down);
}
