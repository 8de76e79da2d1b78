/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/test.h"

#include "lib/pair/key.h"
#include "tests/unit/certs.h"

/** A private key as a file has it. */
typedef struct der_t {
    mssl_key_frame_t frame;
    unsigned char *der;
    size_t len;
} der_t;

static der_t encode(EVP_PKEY *key, mssl_key_frame_t frame)
{
    der_t out = { frame, NULL, 0 };
    int len;

    if (frame == MSSL_KEY_FRAME_PKCS8) {
        PKCS8_PRIV_KEY_INFO *info = EVP_PKEY2PKCS8(key);

        len = i2d_PKCS8_PRIV_KEY_INFO(info, &out.der);
        PKCS8_PRIV_KEY_INFO_free(info);
    }
    else {
        len = i2d_PrivateKey(key, &out.der); /* PKCS#1 or SEC 1 */
    }
    CERTS_CHECK(len > 0);
    out.len = (size_t)len;
    return out;
}

static int is_of(const der_t *key, const X509 *cert)
{
    return mssl_key_is_of(key->frame, key->der, key->len, X509_get_X509_PUBKEY(cert));
}

static void test_bytes_tell(void **state)
{
    static const struct {
        const char *kind;
        mssl_key_frame_t frame, wrong;
    } rows[] = {
        { "ec", MSSL_KEY_FRAME_PKCS8, MSSL_KEY_FRAME_RSA },
        { "ec", MSSL_KEY_FRAME_EC, MSSL_KEY_FRAME_PKCS8 },
        { "p384", MSSL_KEY_FRAME_EC, MSSL_KEY_FRAME_RSA },
        { "rsa", MSSL_KEY_FRAME_PKCS8, MSSL_KEY_FRAME_EC },
        { "rsa", MSSL_KEY_FRAME_RSA, MSSL_KEY_FRAME_PKCS8 },
    };
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(rows); i++) {
        const cert_spec_t spec = { .key = rows[i].kind };
        cert_t mine = certs_new(&spec, NULL), other = certs_new(&spec, NULL);
        der_t key = encode(mine.key, rows[i].frame);
        size_t len = key.len;

        assert_true(is_of(&key, mine.x509));
        assert_false(is_of(&key, other.x509));
        key.frame = rows[i].wrong;
        assert_false(is_of(&key, mine.x509));
        key.frame = rows[i].frame;
        for (key.len = 0; key.len < len; key.len++) { /* cut off: the outer length is not there */
            assert_false(is_of(&key, mine.x509));
        }
        OPENSSL_free(key.der);
        certs_free(&mine);
        certs_free(&other);
    }
}

/* Then a closer look is needed, and no answer is given. */
static void test_bytes_do_not_tell(void **state)
{
    const cert_spec_t ed = { .key = "ed25519" }, ec = { .key = "ec" }, rsa = { .key = "rsa" };
    cert_t cert = certs_new(&ed, NULL), other = certs_new(&rsa, NULL);
    der_t key = encode(cert.key, MSSL_KEY_FRAME_PKCS8);

    (void)state;
    assert_false(is_of(&key, cert.x509));
    assert_false(is_of(&key, other.x509)); /* nor of another type */
    OPENSSL_free(key.der);
    certs_free(&cert);

    cert = certs_new(&ec, NULL);
    assert_int_equal(EVP_PKEY_set_int_param(cert.key, "include-public", 0), 1);
    key = encode(cert.key, MSSL_KEY_FRAME_EC);
    assert_false(is_of(&key, cert.x509)); /* SEC 1 without the public half */
    OPENSSL_free(key.der);
    certs_free(&cert);
    certs_free(&other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bytes_tell),
        cmocka_unit_test(test_bytes_do_not_tell),
    };

    return cmocka_run_group_tests_name("key", tests, NULL, NULL);
}
