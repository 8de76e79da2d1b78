/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include <openssl/core_names.h>

#include "tests/unit/pairs.h"

static void test_key_types(void **state)
{
    static const struct {
        const char *kind;
        int is_old;
        mssl_key_type_t type;
    } cases[] = {
        { "ec", 0, MSSL_KEY_ECDSA }, { "ec", 1, MSSL_KEY_ECDSA }, { "p384", 0, MSSL_KEY_ECDSA },
        { "rsa", 0, MSSL_KEY_RSA },  { "rsa", 1, MSSL_KEY_RSA },  { "ed25519", 0, MSSL_KEY_EDDSA },
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        cert_t cert = certs_new(&(cert_spec_t){ .names = "a.example", .key = cases[i].kind }, NULL);
        pem_t pem = { NULL, 0 };
        mssl_item_t item;
        mssl_pair_t *pair;

        if (cases[i].is_old) {
            certs_add_old_key(&pem, cert.key);
        }
        else {
            certs_add_key(&pem, cert.key);
        }
        certs_add_cert(&pem, cert.x509);
        item = pairs_item(&pem, NULL);
        pair = pairs_good(&item);
        assert_int_equal(mssl_pair_get_type(pair), cases[i].type);
        assert_int_equal(EVP_PKEY_eq(mssl_pair_get_key(pair), cert.key), 1);
        mssl_pair_unref(pair);
        free(pem.text);
        certs_free(&cert);
    }
}

/* An EC key file without its public point: whose it is must be computed. */
static void test_bare_ec_key(void **state)
{
    family_t *family = *state;
    cert_t other = certs_new(&(cert_spec_t){ .names = "a.example" }, NULL);
    pem_t pem = { NULL, 0 }, wrong = { NULL, 0 };
    mssl_pair_t *pair;
    mssl_item_t item;

    EVP_PKEY_set_int_param(other.key, OSSL_PKEY_PARAM_EC_INCLUDE_PUBLIC, 0);
    certs_add_cert(&pem, other.x509);
    certs_add_key(&pem, other.key);
    item = pairs_item(&pem, NULL);
    pair = pairs_good(&item);
    assert_int_equal(EVP_PKEY_eq(mssl_pair_get_key(pair), other.key), 1);
    mssl_pair_unref(pair);
    certs_add_cert(&wrong, family->leaf.x509);
    certs_add_key(&wrong, other.key);
    item = pairs_item(&wrong, NULL);
    pairs_bad(&item, "does not belong");
    free(pem.text);
    free(wrong.text);
    certs_free(&other);
}

static void test_facts(void **state)
{
    family_t *family = *state;
    unsigned char digest[32];
    pem_t pem = { NULL, 0 }, key = { NULL, 0 };
    mssl_pair_t *pair;
    mssl_item_t item;

    certs_add_cert(&pem, family->leaf.x509);
    certs_add_key(&key, family->leaf.key);
    item = pairs_item(&pem, &key);
    pair = pairs_good(&item);
    X509_digest(family->leaf.x509, EVP_sha256(), digest, NULL);
    assert_memory_equal(mssl_pair_get_sha256(pair), digest, 32);
    assert_true(mssl_pair_has_name(pair, "a.example"));
    assert_true(mssl_pair_has_name(pair, "x.b.example"));
    assert_true(mssl_pair_has_pattern(pair, "*.b.example"));
    assert_false(mssl_pair_has_pattern(pair, "*.example"));
    assert_int_equal(mssl_pair_count_names(pair), 2);
    assert_true(mssl_pair_is_valid_at(pair, apr_time_now()));
    assert_false(mssl_pair_is_valid_at(pair, apr_time_now() + apr_time_from_sec(91 * CERT_DAY)));
    assert_false(mssl_pair_is_valid_at(pair, apr_time_now() - apr_time_from_sec(2 * CERT_DAY)));
    assert_true(mssl_pair_is_valid_at(pair, mssl_pair_get_not_after(pair) + 999999));
    assert_string_equal(mssl_pair_get_label(pair), "/s/a.pem");
    assert_non_null(strstr(mssl_pair_get_note(pair), "CN=middle"));
    mssl_pair_unref(pair);
    free(pem.text);
    free(key.text);
}

static void test_chain_is_ordered(void **state)
{
    family_t *family = *state;
    cert_t stranger = certs_new(&(cert_spec_t){ .cn = "stranger", .is_ca = 1 }, &family->root);
    mssl_chains_t *chains = mssl_chains_new();
    mssl_reason_t why;
    mssl_pair_t *pair, *again;
    pem_t pem = { NULL, 0 };
    mssl_item_t item;

    /* All of it in the worst order, twice where that is no harm. */
    certs_add_cert(&pem, family->root.x509);
    certs_add_cert(&pem, stranger.x509);
    certs_add_cert(&pem, family->middle.x509);
    certs_add_cert(&pem, family->leaf.x509);
    certs_add_cert(&pem, family->middle.x509);
    certs_add_cert(&pem, family->leaf.x509);
    certs_add_key(&pem, family->leaf.key);
    item = pairs_item(&pem, NULL);
    assert_int_equal(mssl_pair_new_shared(&pair, &item, chains, &why), APR_SUCCESS);
    assert_int_equal(mssl_pair_new_shared(&again, &item, chains, &why), APR_SUCCESS);
    assert_int_equal(X509_cmp(mssl_pair_get_cert(pair), family->leaf.x509), 0);
    assert_int_equal(sk_X509_num(mssl_pair_get_chain(pair)), 1);
    assert_int_equal(X509_cmp(sk_X509_value(mssl_pair_get_chain(pair), 0), family->middle.x509), 0);
    assert_non_null(strstr(mssl_pair_get_note(pair), "1 certificate not of the chain"));
    assert_ptr_equal(sk_X509_value(mssl_pair_get_chain(pair), 0),
                     sk_X509_value(mssl_pair_get_chain(again), 0));
    assert_int_equal(mssl_chains_count(chains), 1);
    mssl_pair_unref(pair);
    assert_int_equal(mssl_chains_count(chains), 1);
    mssl_chains_unref(chains); /* the pair holds it */
    mssl_pair_unref(again);
    free(pem.text);
    certs_free(&stranger);
}

static void test_chain_file(void **state)
{
    family_t *family = *state;
    pem_t pem = { NULL, 0 }, key = { NULL, 0 }, chain = { NULL, 0 };
    mssl_item_t item;
    mssl_pair_t *pair;

    certs_add_cert(&pem, family->leaf.x509);
    certs_add_key(&key, family->leaf.key);
    certs_add_cert(&chain, family->middle.x509);
    item = pairs_item(&pem, &key);
    item.chain.data = chain.text;
    item.chain.len = chain.len;
    pair = pairs_good(&item);
    assert_int_equal(sk_X509_num(mssl_pair_get_chain(pair)), 1);
    assert_null(mssl_pair_get_note(pair));
    mssl_pair_unref(pair);
    free(pem.text);
    free(key.text);
    free(chain.text);
}

static void test_bad_files(void **state)
{
    family_t *family = *state;
    pem_t whole = { NULL, 0 }, cert = { NULL, 0 }, key = { NULL, 0 }, other = { NULL, 0 };
    mssl_item_t item;
    size_t len, i;
    char *cut;

    certs_add_cert(&whole, family->leaf.x509);
    certs_add_key(&whole, family->leaf.key);
    certs_add_cert(&cert, family->leaf.x509);
    certs_add_key(&key, family->leaf.key);
    certs_add_key(&other, family->root.key);
    item = pairs_item(&cert, NULL);
    pairs_bad(&item, "/s/a.pem: no private key in the file");
    item = pairs_item(&cert, &other);
    pairs_bad(&item, "/s/a.key: the private key does not belong to the certificate in /s/a.pem");
    item = pairs_item(&key, NULL);
    pairs_bad(&item, "no certificate in the file");
    item = pairs_item(&(pem_t){ "", 0 }, NULL);
    pairs_bad(&item, "the file is empty");
    item = pairs_item(&(pem_t){ "garbage\n", 8 }, NULL);
    pairs_bad(&item, "/s/a.pem: the file holds no PEM block");
    /* Half-written at any byte: never a pair, never a crash. */
    cut = malloc(whole.len + 1);
    for (len = 1; len + 30 < whole.len; len += 7) {
        memcpy(cut, whole.text, len);
        item = pairs_item(&(pem_t){ cut, len }, NULL);
        pairs_bad(&item, "/s/a.pem: ");
    }
    for (i = 60; i + 60 < whole.len; i += 41) {
        memcpy(cut, whole.text, whole.len);
        cut[i] ^= 1;
        mssl_reason_t why;
        mssl_pair_t *pair;

        item = pairs_item(&(pem_t){ cut, whole.len }, NULL);
        mssl_pair_new(&pair, &item, &why); /* a flipped bit in a signature is none of our business */
        mssl_pair_unref(pair);
    }
    item.rv = APR_EACCES;
    strcpy(item.why.text, "as the provider says");
    pairs_bad(&item, "as the provider says");
    free(cut);
    free(whole.text);
    free(cert.text);
    free(key.text);
    free(other.text);
}

static void test_too_many(void **state)
{
    family_t *family = *state;
    pem_t pem = { NULL, 0 };
    mssl_item_t item;
    int i;

    certs_add_key(&pem, family->leaf.key);
    for (i = 0; i < 60; i++) {
        certs_add_cert(&pem, family->leaf.x509);
    }
    item = pairs_item(&pem, NULL);
    pairs_bad(&item, "holds more than 48 certificates");
    free(pem.text);
}

static void test_encrypted(void **state)
{
    family_t *family = *state;
    pem_t pem = { NULL, 0 }, old = { NULL, 0 };
    BIO *bio = BIO_new(BIO_s_mem());
    mssl_item_t item;

    certs_add_cert(&pem, family->leaf.x509);
    PEM_write_bio_PKCS8PrivateKey(bio, family->leaf.key, EVP_aes_128_cbc(), "secret", 6, NULL, NULL);
    certs_append(&pem, bio);
    item = pairs_item(&pem, NULL);
    pairs_bad(&item, "is encrypted; store it without a passphrase");
    bio = BIO_new(BIO_s_mem());
    PEM_write_bio_PrivateKey_traditional(bio, family->leaf.key, EVP_aes_128_cbc(),
                                         (const unsigned char *)"secret", 6, NULL, NULL);
    certs_append(&old, bio);
    item = pairs_item(&old, NULL);
    pairs_bad(&item, "is encrypted; store it without a passphrase");
    free(pem.text);
    free(old.text);
}

static void test_weak(void **state)
{
    family_t *family = *state;
    cert_t small = certs_new(&(cert_spec_t){ .names = "a.example", .key = "rsa1024" }, NULL);
    cert_t sha1 = certs_new(&(cert_spec_t){ .names = "a.example", .digest = "SHA1" },
                            &family->middle);
    pem_t pem = { NULL, 0 }, old = { NULL, 0 };
    mssl_item_t item;

    certs_add_cert(&pem, small.x509);
    certs_add_key(&pem, small.key);
    item = pairs_item(&pem, NULL);
    pairs_bad(&item, "only 1024 bits");
    certs_add_cert(&old, sha1.x509);
    certs_add_key(&old, sha1.key);
    item = pairs_item(&old, NULL);
    pairs_bad(&item, "signed with SHA1");
    free(pem.text);
    free(old.text);
    certs_free(&small);
    certs_free(&sha1);
}

static void test_pfx(void **state)
{
    family_t *family = *state;
    static const char *const passwords[] = { "secret", "", NULL };
    unsigned char *der;
    PKCS12 *p12;
    mssl_pair_t *pair;
    mssl_item_t item;
    STACK_OF(X509) *chain = sk_X509_new_null();
    int i, len;

    sk_X509_push(chain, family->middle.x509);
    for (i = 0; i < 3; i++) {
        der = NULL;
        p12 = PKCS12_create(passwords[i], "x", family->leaf.key, family->leaf.x509, chain, 0, 0,
                            2048, 2048, 0);
        len = i2d_PKCS12(p12, &der);
        item = pairs_item(&(pem_t){ (char *)der, (size_t)len }, NULL);
        item.format = MSSL_FORMAT_PKCS12;
        item.password = i == 0 ? "secret" : NULL;
        pair = pairs_good(&item);
        assert_int_equal(sk_X509_num(mssl_pair_get_chain(pair)), 1);
        mssl_pair_unref(pair);
        item.password = "wrong";
        pairs_bad(&item, "does not open with the password");
        item.cert.len = (size_t)len / 2;
        pairs_bad(&item, "is not a PFX");
        OPENSSL_free(der);
        PKCS12_free(p12);
    }
    /* A count that would take minutes is refused before it is begun: patched in behind the MAC. */
    der = NULL;
    p12 = PKCS12_create("secret", "x", family->leaf.key, family->leaf.x509, NULL, 0, 0, 2048,
                        0x010000, 0);
    len = i2d_PKCS12(p12, &der);
    assert_memory_equal(der + len - 5, "\x02\x03\x01\x00\x00", 5);
    der[len - 3] = 0x7f;
    item = pairs_item(&(pem_t){ (char *)der, (size_t)len }, NULL);
    item.format = MSSL_FORMAT_PKCS12;
    item.password = "secret";
    pairs_bad(&item, "has its password hashed more than 2,000,000 times in all");
    OPENSSL_free(der);
    PKCS12_free(p12);
    sk_X509_free(chain);
}

static void test_loaded(void **state)
{
    family_t *family = *state;
    STACK_OF(X509) *chain = sk_X509_new_null();
    mssl_reason_t why;
    mssl_pair_t *pair;

    sk_X509_push(chain, family->middle.x509);
    assert_int_equal(mssl_pair_new_loaded(&pair, family->leaf.x509, family->leaf.key, chain,
                                          "vhost", &why), APR_SUCCESS);
    assert_ptr_equal(mssl_pair_get_cert(pair), family->leaf.x509);
    assert_int_equal(sk_X509_num(mssl_pair_get_chain(pair)), 1);
    mssl_pair_unref(mssl_pair_ref(pair));
    mssl_pair_unref(pair);
    assert_int_equal(mssl_pair_new_loaded(&pair, family->leaf.x509, family->root.key, NULL,
                                          "vhost", &why), APR_EINVAL);
    assert_null(pair);
    assert_int_equal(mssl_pair_new_loaded(&pair, NULL, NULL, NULL, "vhost", &why), APR_EINVAL);
    sk_X509_free(chain);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_key_types), cmocka_unit_test(test_bare_ec_key),
        cmocka_unit_test(test_facts),
        cmocka_unit_test(test_chain_is_ordered), cmocka_unit_test(test_chain_file),
        cmocka_unit_test(test_bad_files), cmocka_unit_test(test_too_many),
        cmocka_unit_test(test_encrypted), cmocka_unit_test(test_weak),
        cmocka_unit_test(test_pfx), cmocka_unit_test(test_loaded),
    };

    return cmocka_run_group_tests_name("pair", tests, pairs_set_up, pairs_tear_down);
}
