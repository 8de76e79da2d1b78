/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "tests/unit/pairs.h"

#include <openssl/pkcs7.h>

#include "lib/pair/formats.h"

static mssl_item_t item_of(const void *cert, size_t cert_len, const pem_t *key)
{
    pem_t text = { (char *)cert, cert_len };

    return pairs_item(&text, key);
}

static void good(const mssl_item_t *item)
{
    mssl_pair_unref(pairs_good(item));
}

/* "-----BEGIN A" ... as UTF-16 with a byte order mark. */
static char *widen(const pem_t *pem, int is_big_endian, size_t *len)
{
    char *text = calloc(1, 2 * pem->len + 2);
    size_t i;

    memcpy(text, is_big_endian ? "\xfe\xff" : "\xff\xfe", 2);
    for (i = 0; i < pem->len; i++) {
        text[2 + 2 * i + is_big_endian] = pem->text[i];
    }
    *len = 2 * pem->len + 2;
    return text;
}

static void test_windows_editors(void **state)
{
    family_t *family = *state;
    pem_t pem = { NULL, 0 };
    mssl_item_t item;
    size_t len;
    char *text;
    int big;

    certs_add_cert(&pem, family->leaf.x509);
    certs_add_key(&pem, family->leaf.key);
    text = malloc(pem.len + 3);
    memcpy(text, "\xef\xbb\xbf", 3);
    memcpy(text + 3, pem.text, pem.len);
    item = item_of(text, pem.len + 3, NULL);
    good(&item);
    free(text);
    for (big = 0; big < 2; big++) {
        text = widen(&pem, big, &len);
        item = item_of(text, len, NULL);
        good(&item);
        item = item_of(text, 3, NULL);
        pairs_bad(&item, "/s/a.pem: the file is empty");
        free(text);
    }
    free(pem.text);
}

/* cat a.crt b.crt where the first has no end of line */
static void test_joined_lines(void **state)
{
    family_t *family = *state;
    pem_t pem = { NULL, 0 }, more = { NULL, 0 };
    mssl_pair_t *pair;
    mssl_item_t item;
    char *text;

    certs_add_cert(&pem, family->leaf.x509);
    certs_add_cert(&more, family->middle.x509);
    certs_add_key(&more, family->leaf.key);
    assert_int_equal(pem.text[pem.len - 1], '\n');
    text = calloc(1, pem.len + more.len);
    memcpy(text, pem.text, pem.len - 1);
    memcpy(text + pem.len - 1, more.text, more.len);
    assert_non_null(strstr(text, "----------BEGIN"));
    item = item_of(text, pem.len - 1 + more.len, NULL);
    pair = pairs_good(&item);
    assert_int_equal(sk_X509_num(mssl_pair_get_chain(pair)), 1);
    mssl_pair_unref(pair);
    free(text);
    free(pem.text);
    free(more.text);
}

static void test_der(void **state)
{
    family_t *family = *state;
    unsigned char *cert = NULL, *key = NULL;
    int cert_len = i2d_X509(family->leaf.x509, &cert);
    int key_len = i2d_PrivateKey(family->leaf.key, &key);
    pem_t key_file = { (char *)key, (size_t)key_len };
    mssl_item_t item = item_of(cert, (size_t)cert_len, &key_file);

    good(&item);
    item = item_of(cert, (size_t)cert_len - 1, &key_file);
    pairs_bad(&item, "/s/a.pem: the file is binary (DER), and neither a whole certificate");
    key_file.len--;
    item = item_of(cert, (size_t)cert_len, &key_file);
    pairs_bad(&item, "/s/a.key: the file is binary (DER)");
    OPENSSL_free(cert);
    OPENSSL_free(key);
}

static PKCS7 *bundle(const family_t *family)
{
    PKCS7 *p7 = PKCS7_new();

    CERTS_CHECK(PKCS7_set_type(p7, NID_pkcs7_signed) == 1
                && PKCS7_content_new(p7, NID_pkcs7_data) == 1
                && PKCS7_add_certificate(p7, family->middle.x509) == 1
                && PKCS7_add_certificate(p7, family->leaf.x509) == 1);
    return p7;
}

static void test_pkcs7(void **state)
{
    family_t *family = *state;
    PKCS7 *p7 = bundle(family);
    unsigned char *der = NULL;
    int len = i2d_PKCS7(p7, &der);
    pem_t key = { NULL, 0 }, pem = { NULL, 0 };
    BIO *bio = BIO_new(BIO_s_mem());
    mssl_pair_t *pair;
    mssl_item_t item;

    certs_add_key(&key, family->leaf.key);
    item = item_of(der, (size_t)len, &key);
    pair = pairs_good(&item);
    assert_int_equal(sk_X509_num(mssl_pair_get_chain(pair)), 1);
    mssl_pair_unref(pair);
    CERTS_CHECK(PEM_write_bio_PKCS7(bio, p7) == 1);
    certs_append(&pem, bio);
    item = pairs_item(&pem, &key);
    good(&item);
    PKCS7_free(p7);
    p7 = PKCS7_new();
    CERTS_CHECK(PKCS7_set_type(p7, NID_pkcs7_signed) == 1
                && PKCS7_content_new(p7, NID_pkcs7_data) == 1);
    OPENSSL_free(der);
    der = NULL;
    len = i2d_PKCS7(p7, &der);
    item = item_of(der, (size_t)len, &key);
    pairs_bad(&item, "/s/a.pem: the file holds PKCS#7 without certificates");
    OPENSSL_free(der);
    PKCS7_free(p7);
    free(key.text);
    free(pem.text);
}

static void test_trusted(void **state)
{
    family_t *family = *state;
    X509 *copy = X509_dup(family->leaf.x509);
    BIO *bio = BIO_new(BIO_s_mem());
    pem_t pem = { NULL, 0 }, key = { NULL, 0 };
    mssl_item_t item;

    X509_alias_set1(copy, (const unsigned char *)"mine", 4);
    CERTS_CHECK(PEM_write_bio_X509_AUX(bio, copy) == 1);
    certs_append(&pem, bio);
    assert_non_null(strstr(pem.text, "BEGIN TRUSTED CERTIFICATE"));
    certs_add_key(&key, family->leaf.key);
    item = pairs_item(&pem, &key);
    good(&item);
    X509_free(copy);
    free(pem.text);
    free(key.text);
}

static void test_named(void **state)
{
    static const struct {
        const char *text, *why;
    } rows[] = {
        { "", "/s/a.pem: the file is empty" },
        { " \n", "/s/a.pem: the file is empty" },
        { "\xef\xbb\xbf", "/s/a.pem: the file is empty" },
        { "<!DOCTYPE html><html>", "/s/a.pem: the file is a web page" },
        { "\n<HTML>", "/s/a.pem: the file is a web page" },
        { "see the mail", "/s/a.pem: the file holds no PEM block" },
        { "\x89PNG", "/s/a.pem: the file is neither PEM nor DER" },
        { "\x30\x82", "/s/a.pem: the file is binary (DER)" },
        { "-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----\n",
          "/s/a.pem: no certificate in the file, but a block \"CERTIFICATE REQUEST\"" },
        { "-----BEGIN \x1b[2J-----\nAAAA\n-----END \x1b[2J-----\n",
          "/s/a.pem: no certificate in the file" },
    };
    mssl_reason_t why;
    mssl_pair_t *pair;
    mssl_item_t item;
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(rows); i++) {
        item = item_of(rows[i].text, strlen(rows[i].text), NULL);
        assert_int_equal(mssl_pair_new(&pair, &item, &why), APR_EINVAL);
        assert_null(strchr(why.text, '\x1b'));
        if (strstr(why.text, rows[i].why) == NULL) {
            fail_msg("row %lu: %s", (unsigned long)i, why.text);
        }
    }
}

/* Each file is judged, and blamed, by itself. */
static void test_which_file(void **state)
{
    family_t *family = *state;
    pem_t cert = { NULL, 0 }, key = { NULL, 0 };
    mssl_item_t item;

    certs_add_cert(&cert, family->leaf.x509);
    certs_add_key(&key, family->leaf.key);
    item = pairs_item(&cert, &key);
    item.chain_label = "/s/a.ca-bundle";
    item.chain.data = "";
    pairs_bad(&item, "/s/a.ca-bundle: the file is empty");
    item.chain.data = "-----BEGIN CERTIFICATE-----\nMIIB";
    item.chain.len = strlen(item.chain.data);
    pairs_bad(&item, "/s/a.ca-bundle: a PEM block is cut off or damaged");
    item.chain.data = NULL;
    item.key.data = "";
    item.key.len = 0;
    pairs_bad(&item, "/s/a.key: the file is empty");
    free(cert.text);
    free(key.text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_windows_editors),
        cmocka_unit_test(test_joined_lines),
        cmocka_unit_test(test_der),
        cmocka_unit_test(test_pkcs7),
        cmocka_unit_test(test_trusted),
        cmocka_unit_test(test_named),
        cmocka_unit_test(test_which_file),
    };

    return cmocka_run_group_tests_name("formats", tests, pairs_set_up, pairs_tear_down);
}
