/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include <openssl/ocsp.h>

#include "lib/pair/ocsp.h"
#include "tests/unit/pairs.h"

/* An OCSP response about the leaf. */
static mssl_blob_t staple_of(const cert_t *leaf, const cert_t *issuer, const cert_t *signer,
                             int status, long begins, long ends, unsigned char **der)
{
    OCSP_BASICRESP *basic = OCSP_BASICRESP_new();
    OCSP_CERTID *id = OCSP_cert_to_id(EVP_sha1(), leaf->x509, issuer->x509);
    ASN1_TIME *from = X509_gmtime_adj(NULL, begins), *until = X509_gmtime_adj(NULL, ends);
    ASN1_TIME *revoked = X509_gmtime_adj(NULL, -10);
    OCSP_RESPONSE *response;
    mssl_blob_t blob;

    OCSP_basic_add1_status(basic, id, status, 0,
                           status == V_OCSP_CERTSTATUS_REVOKED ? revoked : NULL, from, until);
    OCSP_basic_sign(basic, signer->x509, signer->key, EVP_sha256(), NULL, 0);
    response = OCSP_response_create(OCSP_RESPONSE_STATUS_SUCCESSFUL, basic);
    *der = NULL;
    blob.len = (apr_size_t)i2d_OCSP_RESPONSE(response, der);
    blob.data = (const char *)*der;
    OCSP_RESPONSE_free(response);
    OCSP_BASICRESP_free(basic);
    OCSP_CERTID_free(id);
    ASN1_TIME_free(from);
    ASN1_TIME_free(until);
    ASN1_TIME_free(revoked);
    return blob;
}

static void test_staple(void **state)
{
    family_t *family = *state;
    apr_time_t now = apr_time_now();
    cert_t other = certs_new(&(cert_spec_t){ .names = "o.example" }, &family->middle);
    pem_t pem = { NULL, 0 };
    unsigned char *der;
    mssl_pair_t *pair;
    mssl_item_t item;
    mssl_reason_t why;
    size_t len;
    int i;
    const struct {
        const cert_t *leaf, *signer;
        int status;
        const char *note;
    } wrong[] = {
        { &other, &family->middle, V_OCSP_CERTSTATUS_GOOD, "about another certificate" },
        { &family->leaf, &family->root, V_OCSP_CERTSTATUS_GOOD, "not signed by" },
        { &family->leaf, &family->middle, V_OCSP_CERTSTATUS_REVOKED, "revoked" },
    };

    certs_add_cert(&pem, family->leaf.x509);
    certs_add_cert(&pem, family->middle.x509);
    certs_add_key(&pem, family->leaf.key);
    item = pairs_item(&pem, NULL);
    item.staple = staple_of(&family->leaf, &family->middle, &family->middle,
                            V_OCSP_CERTSTATUS_GOOD, -60, 3600, &der);
    pair = pairs_good(&item);
    assert_null(mssl_pair_get_note(pair));
    assert_memory_equal(mssl_pair_get_staple(pair, now, &len), der, item.staple.len);
    assert_int_equal(len, item.staple.len);
    assert_null(mssl_pair_get_staple(pair, now + apr_time_from_sec(3700), &len));
    assert_null(mssl_pair_get_staple(pair, now - apr_time_from_sec(120), &len));
    assert_false(mssl_pair_is_staple_outdated(pair, now, &why));
    assert_true(mssl_pair_is_staple_outdated(pair, now + apr_time_from_sec(3700), &why));
    assert_non_null(strstr(why.text, "expired on"));
    assert_true(mssl_pair_is_staple_outdated(pair, now - apr_time_from_sec(120), &why));
    assert_non_null(strstr(why.text, "not valid before"));
    mssl_pair_unref(pair);
    OPENSSL_free(der);
    for (i = 0; i < 3; i++) {
        item.staple = staple_of(wrong[i].leaf, &family->middle, wrong[i].signer, wrong[i].status,
                                -60, 3600, &der);
        pair = pairs_good(&item);
        assert_null(mssl_pair_get_staple(pair, now, &len));
        assert_non_null(strstr(mssl_pair_get_note(pair), wrong[i].note));
        mssl_pair_unref(pair);
        OPENSSL_free(der);
    }
    item.staple.data = "garbage";
    item.staple.len = 7;
    pair = pairs_good(&item);
    assert_non_null(strstr(mssl_pair_get_note(pair), "not a successful OCSP response"));
    mssl_pair_unref(pair);
    free(pem.text);
    certs_free(&other);
}


/* A response about many certificates, the leaf's statement behind others. */
static mssl_blob_t crowd(const family_t *family, int others, const EVP_MD *md, unsigned char **der)
{
    OCSP_BASICRESP *basic = OCSP_BASICRESP_new();
    ASN1_TIME *from = X509_gmtime_adj(NULL, -60), *until = X509_gmtime_adj(NULL, 3600);
    OCSP_RESPONSE *response;
    mssl_blob_t blob;
    int i;

    for (i = 0; i <= others; i++) {
        OCSP_CERTID *id = OCSP_cert_to_id(md, family->leaf.x509, family->middle.x509);
        ASN1_INTEGER *serial;

        OCSP_id_get0_info(NULL, NULL, NULL, &serial, id);
        if (i < others) {
            ASN1_INTEGER_set(serial, i + 1);
        }
        OCSP_basic_add1_status(basic, id, V_OCSP_CERTSTATUS_GOOD, 0, NULL, from, until);
        OCSP_CERTID_free(id);
    }
    OCSP_basic_sign(basic, family->middle.x509, family->middle.key, EVP_sha256(), NULL, 0);
    response = OCSP_response_create(OCSP_RESPONSE_STATUS_SUCCESSFUL, basic);
    *der = NULL;
    blob.len = (apr_size_t)i2d_OCSP_RESPONSE(response, der);
    blob.data = (const char *)*der;
    OCSP_RESPONSE_free(response);
    OCSP_BASICRESP_free(basic);
    ASN1_TIME_free(from);
    ASN1_TIME_free(until);
    return blob;
}

static void test_bounds(void **state)
{
    family_t *family = *state;
    const struct {
        int others;
        const EVP_MD *md;
        const char *why; /* NULL: good */
    } rows[] = {
        { 0, EVP_sha1(), NULL },
        { 0, EVP_sha256(), NULL },
        { 0, EVP_sha512(), NULL },
        { 0, EVP_sha3_512(), "is about another certificate" },
        { 15, EVP_sha1(), NULL },
        { 16, EVP_sha1(), "is not about this certificate in its first 16 statements" },
        { 2000, EVP_sha1(), "is larger than 64 KB" },
    };
    apr_time_t from, until;
    mssl_reason_t why;
    unsigned char *der;
    size_t i;

    for (i = 0; i < COUNT(rows); i++) {
        mssl_blob_t blob = crowd(family, rows[i].others, rows[i].md, &der);
        apr_status_t rv = mssl_ocsp_check(&blob, family->leaf.x509, family->middle.x509, &from,
                                          &until, &why);

        if (rv != (rows[i].why == NULL ? APR_SUCCESS : APR_EINVAL)
            || (rows[i].why != NULL && strstr(why.text, rows[i].why) == NULL)) {
            fail_msg("row %lu: %d, %s", (unsigned long)i, rv, why.text);
        }
        OPENSSL_free(der);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_staple),
        cmocka_unit_test(test_bounds),
    };

    return cmocka_run_group_tests_name("staple", tests, pairs_set_up, pairs_tear_down);
}
