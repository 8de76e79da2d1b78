/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/test.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <string.h>

#include "lib/base/reason.h"

static void test_set(void **state)
{
    mssl_reason_t why;

    (void)state;
    assert_int_equal(mssl_reason_set(&why, APR_EINVAL, "no %s in line %d", "key", 7), APR_EINVAL);
    assert_string_equal(why.text, "no key in line 7");
    assert_int_equal(mssl_reason_set(NULL, APR_NOTFOUND, "nobody listens"), APR_NOTFOUND);
}

static void test_set_cuts(void **state)
{
    char long_text[2 * sizeof(((mssl_reason_t *)0)->text)];
    mssl_reason_t why;

    (void)state;
    memset(long_text, 'a', sizeof(long_text) - 1);
    long_text[sizeof(long_text) - 1] = '\0';
    mssl_reason_set(&why, APR_EINVAL, "%s", long_text);
    assert_int_equal(strlen(why.text), sizeof(why.text) - 1);

    ERR_raise(ERR_LIB_PEM, PEM_R_NO_START_LINE);
    mssl_reason_set_openssl(&why, APR_EINVAL, "%s", long_text);
    assert_int_equal(strlen(why.text), sizeof(why.text) - 1);
    assert_int_equal(ERR_peek_error(), 0);
}

static void test_set_openssl(void **state)
{
    mssl_reason_t why;

    (void)state;
    ERR_clear_error();
    assert_int_equal(mssl_reason_set_openssl(&why, APR_EINVAL, "%s is bad", "x"), APR_EINVAL);
    assert_string_equal(why.text, "x is bad");

    ERR_raise(ERR_LIB_PEM, PEM_R_NO_START_LINE);
    ERR_raise(ERR_LIB_PEM, PEM_R_BAD_DECRYPT);
    mssl_reason_set_openssl(&why, APR_EINVAL, "%s is bad", "x");
    assert_string_equal(why.text, "x is bad (OpenSSL: no start line)");
    assert_int_equal(ERR_peek_error(), 0);

    ERR_raise(ERR_LIB_PEM, PEM_R_NO_START_LINE);
    mssl_reason_set_openssl(NULL, APR_EINVAL, "nobody listens");
    assert_int_equal(ERR_peek_error(), 0);

    ERR_raise(ERR_LIB_USER, 999);
    mssl_reason_set_openssl(&why, APR_EINVAL, "x");
    assert_non_null(strstr(why.text, "x (OpenSSL: error:"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_set),
        cmocka_unit_test(test_set_cuts),
        cmocka_unit_test(test_set_openssl),
    };

    return cmocka_run_group_tests_name("reason", tests, NULL, NULL);
}
