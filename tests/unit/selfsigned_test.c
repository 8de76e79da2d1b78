/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/test.h"

#include "lib/pair/build.h"
#include "lib/pair/selfsigned.h"

#define DAYS(n) apr_time_from_sec((n) * APR_INT64_C(86400))

static mssl_pair_t *make(mssl_key_type_t type, apr_time_t now)
{
    char *pem = mssl_selfsigned_make(type, now);
    mssl_item_t item = { "made", "made" };
    mssl_reason_t why = { "" };
    mssl_pair_t *pair;

    assert_non_null(pem);
    item.format = MSSL_FORMAT_PEM;
    item.cert.data = pem;
    item.cert.len = strlen(pem);
    if (mssl_pair_new(&pair, &item, &why) != APR_SUCCESS) {
        fail_msg("%s", why.text);
    }
    mssl_selfsigned_free(pem);
    return pair;
}

static void test_is_a_pair(void **state)
{
    static const mssl_key_type_t types[] = { MSSL_KEY_ECDSA, MSSL_KEY_RSA };
    apr_time_t now = apr_time_from_sec(1795000000);
    unsigned i;

    (void)state;
    for (i = 0; i < 2; i++) {
        mssl_pair_t *pair = make(types[i], now), *other = make(types[i], now);

        assert_int_equal(mssl_pair_get_type(pair), types[i]);
        assert_int_equal(mssl_pair_get_not_before(pair), now - DAYS(1));
        assert_int_equal(mssl_pair_get_not_after(pair),
                         now + DAYS(396) - apr_time_from_sec(1));
        assert_true(mssl_pair_has_name(pair, "no-certificate-for-this-name.invalid"));
        assert_int_equal(mssl_pair_count_names(pair), 1);
        assert_memory_not_equal(mssl_pair_get_sha256(pair), mssl_pair_get_sha256(other),
                                MSSL_SHA256_LEN);
        mssl_pair_unref(pair);
        mssl_pair_unref(other);
    }
}

static void test_is_fresh_until_it_nears_its_end(void **state)
{
    apr_time_t now = apr_time_from_sec(1795000000);
    mssl_pair_t *pair = make(MSSL_KEY_ECDSA, now);

    (void)state;
    assert_true(mssl_selfsigned_is_fresh(pair, now - DAYS(1)));
    assert_true(mssl_selfsigned_is_fresh(pair, now));
    assert_true(mssl_selfsigned_is_fresh(pair, now + DAYS(365)));
    assert_false(mssl_selfsigned_is_fresh(pair, now + DAYS(366)));
    assert_false(mssl_selfsigned_is_fresh(pair, now + DAYS(500)));
    assert_false(mssl_selfsigned_is_fresh(pair, now - DAYS(2)));
    mssl_pair_unref(pair);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_is_a_pair),
        cmocka_unit_test(test_is_fresh_until_it_nears_its_end),
    };

    return cmocka_run_group_tests_name("selfsigned", tests, NULL, NULL);
}
