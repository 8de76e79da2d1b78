/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "tests/unit/pairs.h"

#include <openssl/pkcs12.h>

/* A CA that was issued anew: the same name and key, other dates. */
static cert_t issue_anew(const cert_t *old, const cert_t *issuer, long begins, long ends)
{
    cert_t new = { X509_dup(old->x509), old->key };

    EVP_PKEY_up_ref(old->key);
    X509_gmtime_adj(X509_getm_notBefore(new.x509), begins);
    X509_gmtime_adj(X509_getm_notAfter(new.x509), ends);
    CERTS_CHECK(X509_sign(new.x509, issuer->key, EVP_sha256()) > 0);
    return new;
}

/* An expired and a valid issue of one intermediate, in any order. */
static void test_issuer_valid_now(void **state)
{
    family_t *family = *state;
    cert_t expired = issue_anew(&family->middle, &family->root, -10 * CERT_DAY, -5 * CERT_DAY);
    cert_t later = issue_anew(&family->middle, &family->root, 5 * CERT_DAY, 9 * CERT_DAY);
    const cert_t *orders[][3] = {
        { &expired, &family->middle, NULL }, { &family->middle, &expired, NULL },
        { &later, &expired, &family->middle },
    };
    apr_time_t now = apr_time_now();
    mssl_pair_t *pair;
    size_t i, j;

    for (i = 0; i < COUNT(orders); i++) {
        pem_t pem = { NULL, 0 };
        mssl_item_t item;

        certs_add_cert(&pem, family->leaf.x509);
        certs_add_key(&pem, family->leaf.key);
        for (j = 0; j < 3 && orders[i][j] != NULL; j++) {
            certs_add_cert(&pem, orders[i][j]->x509);
        }
        item = pairs_item(&pem, NULL);
        pair = pairs_good(&item);
        assert_int_equal(sk_X509_num(mssl_pair_get_chain(pair)), 1);
        assert_int_equal(X509_cmp(sk_X509_value(mssl_pair_get_chain(pair), 0),
                                  family->middle.x509), 0);
        assert_int_equal(mssl_pair_get_rank(pair, now), 2);
        assert_null(mssl_pair_get_note(pair));
        mssl_pair_unref(pair);
        free(pem.text);
    }
    certs_free(&expired);
    certs_free(&later);
}

static void test_chain_not_valid(void **state)
{
    family_t *family = *state;
    cert_t expired = issue_anew(&family->middle, &family->root, -10 * CERT_DAY, -5 * CERT_DAY);
    pem_t pem = { NULL, 0 };
    apr_time_t now = apr_time_now();
    mssl_pair_t *pair;
    mssl_item_t item;

    certs_add_cert(&pem, family->leaf.x509);
    certs_add_key(&pem, family->leaf.key);
    certs_add_cert(&pem, expired.x509);
    item = pairs_item(&pem, NULL);
    pair = pairs_good(&item);
    assert_int_equal(mssl_pair_get_rank(pair, now), 1);
    assert_int_equal(mssl_pair_get_rank(pair, now - apr_time_from_sec(6 * CERT_DAY)), 0);
    assert_true(mssl_pair_is_valid_at(pair, now));
    assert_non_null(strstr(mssl_pair_get_note(pair), "/s/a.pem: the intermediate certificate "
                           "/CN=middle is expired"));
    mssl_pair_unref(pair);
    certs_free(&expired);
    free(pem.text);
}

static void test_names_are_bounded(void **state)
{
    char *names = calloc(1, 64 * 1024);
    mssl_reason_t why;
    mssl_pair_t *pair;
    int i, n;

    (void)state;
    for (n = MSSL_PAIR_NAMES_MAX; n <= MSSL_PAIR_NAMES_MAX + 1; n++) {
        pem_t pem = { NULL, 0 };
        mssl_item_t item;
        cert_t cert;

        names[0] = '\0';
        for (i = 0; i < n; i++) {
            sprintf(names + strlen(names), "%sn%d.example", i > 0 ? "," : "", i);
        }
        cert = certs_new(&(cert_spec_t){ .names = names }, NULL);
        certs_add_cert(&pem, cert.x509);
        certs_add_key(&pem, cert.key);
        item = pairs_item(&pem, NULL);
        if (n > MSSL_PAIR_NAMES_MAX) {
            pairs_bad(&item, "the certificate has 1001 names, more than 1000");
        }
        else {
            assert_int_equal(mssl_pair_new(&pair, &item, &why), APR_SUCCESS);
            assert_true(mssl_pair_get_weight(pair) > 40000);
            mssl_pair_unref(pair);
        }
        certs_free(&cert);
        free(pem.text);
    }
    free(names);
}

/* Each count is allowed, their sum is not. */
static void test_pfx_iterations_add_up(void **state)
{
    family_t *family = *state;
    const struct {
        int iterations, mac;
        const char *why;
    } rows[] = {
        { 2048, 2048, NULL },
        { 999000, 1, NULL },
        { 1000001, 1, "/s/a.pem: the file has its password hashed more than 2,000,000 times in all" },
        { 2048, 2000001, "hashed more than 2,000,000 times" },
    };
    size_t i;

    for (i = 0; i < COUNT(rows); i++) {
        PKCS12 *p12 = PKCS12_create("secret", "x", family->leaf.key, family->leaf.x509, NULL, 0, 0,
                                    rows[i].iterations, rows[i].mac > 2000000 ? 1 : rows[i].mac, 0);
        unsigned char *der = NULL;
        mssl_item_t item;
        int len;

        if (rows[i].mac > 2000000) { /* not computed, only said */
            const ASN1_INTEGER *count;

            PKCS12_get0_mac(NULL, NULL, NULL, &count, p12);
            if (count == NULL) {
                PKCS12_set_mac(p12, "secret", -1, NULL, 0, 2, NULL);
                PKCS12_get0_mac(NULL, NULL, NULL, &count, p12);
            }
            ASN1_INTEGER_set((ASN1_INTEGER *)count, rows[i].mac);
        }
        len = i2d_PKCS12(p12, &der);
        item = pairs_item(&(pem_t){ (char *)der, (size_t)len }, NULL);
        item.format = MSSL_FORMAT_PKCS12;
        item.password = "secret";
        if (rows[i].why != NULL) {
            pairs_bad(&item, rows[i].why);
        }
        else {
            mssl_pair_unref(pairs_good(&item));
        }
        OPENSSL_free(der);
        PKCS12_free(p12);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_issuer_valid_now),
        cmocka_unit_test(test_chain_not_valid),
        cmocka_unit_test(test_names_are_bounded),
        cmocka_unit_test(test_pfx_iterations_add_up),
    };

    return cmocka_run_group_tests_name("build", tests, pairs_set_up, pairs_tear_down);
}
