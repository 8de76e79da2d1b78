/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/test.h"

#include <string.h>

#include "lib/issue/approver.h"
#include "lib/issue/owner.h"
#include "lib/issue/request.h"

static void test_addresses(void **state)
{
    static const struct {
        const char *address, *names;
        int may;
    } rows[] = {
        { "admin@www.shop.co.uk", "www.shop.co.uk", 1 },
        { "Hostmaster@SHOP.co.uk", "a.b.shop.co.uk", 1 },
        { "postmaster@b.shop.co.uk", "a.b.shop.co.uk", 1 },
        { "webmaster@shop.com", "*.shop.com", 1 },
        { "administrator@shop.com", "shop.com www.shop.com", 1 },
        { "administrator@www.shop.com", "shop.com www.shop.com", 0 },
        { "admin@shop.com", "shop.com shop.net", 0 },
        { "admin@co.uk", "shop.co.uk", 0 },
        { "admin@com", "shop.com", 0 },
        { "info@shop.com", "shop.com", 0 },
        { "admin@hop.com", "shop.com", 0 },
        { "admin@xshop.com", "shop.com", 0 },
        { "admins@shop.com", "shop.com", 0 },
        { "admin+x@shop.com", "shop.com", 0 },
    };
    mssl_reason_t why;
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(rows); i++) {
        apr_status_t rv = mssl_approver_check(rows[i].address, rows[i].names, &why);

        if (rv != (rows[i].may ? APR_SUCCESS : APR_ENOENT)) {
            fail_msg("%s for %s", rows[i].address, rows[i].names);
        }
        if (!rows[i].may) {
            assert_non_null(strstr(why.text, "WHOIS are forbidden since 2025-07-15"));
        }
    }
    /* The last second of 2028-03-14, UTC, and the next. */
    assert_int_equal(mssl_approver_check_date(apr_time_from_sec(1836691199), &why), APR_SUCCESS);
    assert_int_equal(mssl_approver_check_date(apr_time_from_sec(1836691200), &why), APR_EINVAL);
    assert_non_null(strstr(why.text, "2028-03-15"));
}

static void test_words(void **state)
{
    static const char *const no_terms[] = { "", "y", "0y", "1", "1w", "1000d", "1y ", "-1y", "01y" };
    size_t i;

    (void)state;
    assert_true(mssl_request_is_term("1y") && mssl_request_is_term("6m") && mssl_request_is_term("397d"));
    for (i = 0; i < COUNT(no_terms); i++) {
        assert_false(mssl_request_is_term(no_terms[i]));
    }
}

#define NEEDED "organisation: A & S\xc3\xb6hne\ncity: Bonn\ncountry: DE\nadmin-name: B C\nadmin-mail: b@a.example\n"

static void test_owner(void **state)
{
    static const struct {
        const char *text, *why;
    } rows[] = {
        { "", "there is no line 'organisation: ...'" },
        { "organisation: A\n", "there is no line 'city: ...'" },
        { "name: A\n", "line 1: use 'field: value', with organisation, " },
        { "# so\n\nhello\n", "line 3: use 'field: value'" },
        { NEEDED "city: Berlin\n", "line 6: city is there twice" },
        { NEEDED "phone: call me\n", "line 6: phone: use digits" },
        { "country: de\n", "line 1: country: use two capital letters" },
        { "admin-mail: x\n", "line 1: admin-mail: use an address" },
        { "street: a\x1b[0m\n", "line 1: street: use a text" },
        { "street: \xff\n", "line 1: street: use a text" },
        { "street:   \n", "line 1: street: use a text" },
    };
    mssl_buffer_t out = { .max = 8192 };
    mssl_reason_t why;
    char large[MSSL_OWNER_MAX + 2];
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(rows); i++) {
        assert_int_equal(mssl_owner_parse(&out, rows[i].text, strlen(rows[i].text), &why), APR_EINVAL);
        if (strncmp(why.text, rows[i].why, strlen(rows[i].why)) != 0) {
            fail_msg("%s: %s", rows[i].text, why.text);
        }
        mssl_buffer_free(&out);
        out.max = 8192;
    }
    memset(large, '#', sizeof(large));
    assert_int_equal(mssl_owner_parse(&out, large, sizeof(large), &why), APR_EINVAL);
    assert_int_equal(mssl_owner_parse(&out, "# us\nphone: +49 228 1\r\n" NEEDED, sizeof("# us\nphone: +49 228 1\r\n" NEEDED) - 1,
                                      &why), APR_SUCCESS);
    assert_true(out.len == sizeof(NEEDED "phone: +49 228 1\n") - 1);
    assert_memory_equal(out.data, "organisation: A & S\xc3\xb6hne\ncity: Bonn\ncountry: DE\nphone: ", 55);
    mssl_buffer_free(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_addresses),
        cmocka_unit_test(test_words),
        cmocka_unit_test(test_owner),
    };

    return cmocka_run_group_tests_name("approver", tests, NULL, NULL);
}
