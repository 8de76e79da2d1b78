/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/test.h"

#include <apr_general.h>
#include <apr_strings.h>

#include "lib/pair/build.h"
#include "lib/pair/judge.h"
#include "tests/unit/certs.h"

#define OTHER "root:$6$secret-of-another:19000:0:99999:7:::\n"

static apr_pool_t *pool;
static mssl_judge_t *judge;

static void set_blob(mssl_blob_t *blob, const char *text)
{
    blob->data = apr_pstrdup(pool, text);
    blob->len = strlen(text);
}

static char *pem_of(EVP_PKEY *key, X509 *cert)
{
    BIO *bio = BIO_new(BIO_s_mem());
    char *text, *copy;
    long len;

    CERTS_CHECK((cert == NULL || PEM_write_bio_X509(bio, cert))
                && (key == NULL || PEM_write_bio_PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL)));
    len = BIO_get_mem_data(bio, &text);
    copy = apr_pstrmemdup(pool, text, (apr_size_t)len);
    BIO_free(bio);
    return copy;
}

static mssl_item_t *begin(mssl_material_t *material)
{
    memset(material, 0, sizeof(*material));
    material->nitems = 1;
    material->item[0].label = "/s/a.pem";
    material->item[0].key_label = "/s/a.key";
    material->item[0].format = MSSL_FORMAT_PEM;
    return &material->item[0];
}

static int has(const mssl_item_t *item, const char *text)
{
    const mssl_blob_t *blobs[] = { &item->cert, &item->key, &item->chain, &item->staple };
    size_t i;

    for (i = 0; i < COUNT(blobs); i++) {
        if (blobs[i]->data != NULL
            && memmem(blobs[i]->data, blobs[i]->len, text, strlen(text)) != NULL) {
            return 1;
        }
    }
    return item->password != NULL;
}

static void expect_pair(const mssl_item_t *item, const char *name)
{
    mssl_reason_t why = { "" };
    mssl_pair_t *pair;

    assert_int_equal(item->rv, APR_SUCCESS);
    assert_int_equal(item->format, MSSL_FORMAT_PEM);
    assert_int_equal(mssl_pair_new(&pair, item, &why), APR_SUCCESS);
    assert_true(mssl_pair_has_name(pair, name));
    mssl_pair_unref(pair);
}

static void expect_nothing(const mssl_item_t *item, const char *reason)
{
    assert_int_not_equal(item->rv, APR_SUCCESS);
    assert_non_null(strstr(item->why.text, reason));
    assert_true(item->cert.data == NULL && item->key.data == NULL && item->chain.data == NULL);
    assert_true(item->staple.data == NULL && item->password == NULL);
}

/* What stands beside the pair in its files does not go along. */
static void test_only_the_pair(void **state)
{
    const cert_spec_t spec = { .names = "a.example" };
    cert_t mine = certs_new(&spec, NULL), others = certs_new(&spec, NULL);
    char *other_key = pem_of(others.key, NULL);
    mssl_material_t material;
    mssl_item_t *item = begin(&material);

    (void)state;
    set_blob(&item->cert, apr_pstrcat(pool, OTHER, pem_of(mine.key, mine.x509), OTHER, other_key,
                                      NULL));
    set_blob(&item->chain, apr_pstrcat(pool, other_key, OTHER, NULL));
    set_blob(&item->staple, OTHER);
    mssl_judge_material(judge, "a.example", &material, pool);
    assert_int_equal(material.nitems, 1);
    expect_pair(item, "a.example");
    assert_false(has(item, "secret-of-another"));
    /* The first 48 characters of the line are the same for each key on P-256. */
    assert_false(has(item, apr_pstrmemdup(pool, strchr(other_key, '\n') + 1 + 48, 16)));
    assert_non_null(strstr(item->why.text, "OCSP"));
    certs_free(&mine);
    certs_free(&others);
}

static void test_no_pair(void **state)
{
    const cert_spec_t spec = { .names = "a.example" }, spec_b = { .names = "b.example" };
    cert_t a = certs_new(&spec, NULL), b = certs_new(&spec_b, NULL);
    mssl_material_t material;
    mssl_item_t *item = begin(&material);

    (void)state;
    set_blob(&item->cert, OTHER);
    mssl_judge_material(judge, "a.example", &material, pool);
    expect_nothing(item, "holds no PEM block");

    item = begin(&material); /* another's key under a certificate of one's own */
    set_blob(&item->cert, pem_of(NULL, a.x509));
    set_blob(&item->key, pem_of(b.key, NULL));
    mssl_judge_material(judge, "a.example", &material, pool);
    expect_nothing(item, "does not belong");

    item = begin(&material); /* another's pair under one's own name */
    set_blob(&item->cert, pem_of(b.key, b.x509));
    mssl_judge_material(judge, "a.example", &material, pool);
    assert_int_equal(material.nitems, 1);
    expect_nothing(item, "does not cover 'a.example'");

    item = begin(&material);
    set_blob(&item->cert, pem_of(b.key, b.x509));
    item->is_shared = 1;
    material.item[1] = material.item[0];
    set_blob(&material.item[1].cert, pem_of(a.key, a.x509));
    material.nitems = 2;
    mssl_judge_material(judge, "a.example", &material, pool);
    assert_int_equal(material.nitems, 1); /* the other's is no trouble of ours, and not ours to have */
    expect_pair(item, "a.example");

    item = begin(&material);
    item->rv = APR_EACCES;
    strcpy(item->why.text, "denied");
    set_blob(&item->cert, OTHER); /* half of it was read */
    mssl_judge_material(judge, "a.example", &material, pool);
    assert_int_equal(item->rv, APR_EACCES);
    expect_nothing(item, "denied");
    certs_free(&a);
    certs_free(&b);
}

/* Key forms, and a PFX, which becomes PEM: the password stays behind. */
static void test_forms(void **state)
{
    static const char *const kinds[] = { "ec", "p384", "rsa", "ed25519" };
    mssl_material_t material;
    mssl_item_t *item;
    PKCS12 *p12;
    unsigned char *der;
    size_t i;
    int len;

    (void)state;
    for (i = 0; i < COUNT(kinds); i++) {
        const cert_spec_t spec = { .names = "a.example", .key = kinds[i] };
        cert_t cert = certs_new(&spec, NULL);

        item = begin(&material);
        set_blob(&item->cert, pem_of(NULL, cert.x509));
        set_blob(&item->key, pem_of(cert.key, NULL));
        mssl_judge_material(judge, "a.example", &material, pool);
        expect_pair(item, "a.example");

        item = begin(&material);
        der = NULL;
        p12 = PKCS12_create("pw", NULL, cert.key, cert.x509, NULL, 0, 0, 0, 0, 0);
        CERTS_CHECK(p12 != NULL && (len = i2d_PKCS12(p12, &der)) > 0);
        item->cert.data = apr_pmemdup(pool, der, (apr_size_t)len);
        item->cert.len = (apr_size_t)len;
        item->format = MSSL_FORMAT_PKCS12;
        item->password = apr_pstrdup(pool, "pw");
        mssl_judge_material(judge, "a.example", &material, pool);
        expect_pair(item, "a.example");
        assert_null(item->password);
        PKCS12_free(p12);
        OPENSSL_free(der);
        certs_free(&cert);
    }
}

/* Where the bytes of the files do not tell, a closer look does. */
static void test_closer_look(void **state)
{
    const cert_spec_t spec = { .names = "a.example" };
    cert_t cert = certs_new(&spec, NULL), other = certs_new(&spec, NULL);
    mssl_material_t material;
    mssl_item_t *item = begin(&material);

    (void)state;
    assert_int_equal(EVP_PKEY_set_int_param(cert.key, "include-public", 0), 1);
    set_blob(&item->cert, pem_of(NULL, cert.x509));
    set_blob(&item->key, pem_of(cert.key, NULL));
    mssl_judge_material(judge, "a.example", &material, pool);
    expect_pair(item, "a.example");

    item = begin(&material); /* the key belongs to the second of two that cover the name */
    set_blob(&item->cert, apr_pstrcat(pool, pem_of(NULL, cert.x509), pem_of(NULL, other.x509), NULL));
    set_blob(&item->key, pem_of(other.key, NULL));
    mssl_judge_material(judge, "a.example", &material, pool);
    expect_pair(item, "a.example");

    item = begin(&material);
    set_blob(&item->cert, pem_of(other.key, other.x509));
    set_blob(&item->chain, "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n");
    mssl_judge_material(judge, "a.example", &material, pool);
    expect_nothing(item, "certificate 2 of 2, of the chain, cannot be decoded");
    certs_free(&cert);
    certs_free(&other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_only_the_pair),
        cmocka_unit_test(test_no_pair),
        cmocka_unit_test(test_forms),
        cmocka_unit_test(test_closer_look),
    };
    int rc;

    apr_initialize();
    apr_pool_create(&pool, NULL);
    CERTS_CHECK(mssl_judge_make(&judge, pool) == APR_SUCCESS);
    rc = cmocka_run_group_tests_name("judge", tests, NULL, NULL);
    apr_pool_destroy(pool);
    apr_terminate();
    return rc;
}
