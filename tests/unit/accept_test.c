/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/test.h"

#include <apr_general.h>
#include <apr_strings.h>

#include "lib/issue/accept.h"
#include "tests/unit/certs.h"

#define NAME "a.example"

static apr_pool_t *pool;
static char folder[64];
static const char *ca_file;
static cert_t root, inner, stranger;

static int set_up(void **state)
{
    const cert_spec_t a = { .cn = "root", .is_ca = 1 }, b = { .cn = "inner", .is_ca = 1 };
    const cert_spec_t c = { .cn = "stranger", .is_ca = 1 };
    pem_t pem = { NULL, 0 };

    (void)state;
    apr_initialize();
    apr_pool_create(&pool, NULL);
    certs_folder(folder, sizeof(folder));
    root = certs_new(&a, NULL);
    inner = certs_new(&b, &root);
    stranger = certs_new(&c, NULL);
    certs_add_cert(&pem, root.x509);
    certs_write(folder, "ca.pem", pem.text, pem.len);
    free(pem.text);
    ca_file = apr_pstrcat(pool, folder, "/ca.pem", NULL);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    certs_free(&root);
    certs_free(&inner);
    certs_free(&stranger);
    certs_remove(folder);
    apr_pool_destroy(pool);
    apr_terminate();
    return 0;
}

/** What is judged. */
typedef struct trial_t {
    mssl_buffer_t key, chain;
    apr_time_t replaces;
    const char *name;
} trial_t;

static void put_certs(trial_t *trial, X509 *leaf, X509 *next)
{
    pem_t pem = { NULL, 0 };

    certs_add_cert(&pem, leaf);
    if (next != NULL) {
        certs_add_cert(&pem, next);
    }
    assert_int_equal(mssl_buffer_add(&trial->chain, pem.text, pem.len), APR_SUCCESS);
    free(pem.text);
}

static void put_key(mssl_buffer_t *buffer, EVP_PKEY *key)
{
    pem_t pem = { NULL, 0 };

    certs_add_key(&pem, key);
    assert_int_equal(mssl_buffer_add(buffer, pem.text, pem.len), APR_SUCCESS);
    free(pem.text);
}

/* A certificate with its key and the intermediate. */
static void begin(trial_t *trial, const cert_spec_t *spec, const cert_t *issuer)
{
    cert_t leaf = certs_new(spec, issuer);

    memset(trial, 0, sizeof(*trial));
    trial->key.max = trial->chain.max = 16 * 1024 * 1024;
    trial->name = NAME;
    put_certs(trial, leaf.x509, issuer == &inner ? inner.x509 : NULL);
    put_key(&trial->key, leaf.key);
    certs_free(&leaf);
}

/* @param reason a part of it; NULL: it is taken */
static mssl_accepted_t finish(trial_t *trial, const char *reason)
{
    mssl_accepted_t accepted;
    mssl_reason_t why = { "" };
    apr_status_t rv = mssl_accept(&accepted, trial->name, &trial->key, &trial->chain,
                                  trial->replaces, ca_file, apr_time_now(), pool, &why);

    if (reason == NULL) {
        assert_string_equal(why.text, "");
        assert_int_equal(rv, APR_SUCCESS);
    }
    else {
        if (strstr(why.text, reason) == NULL) {
            fail_msg("\"%s\" is not in \"%s\"", reason, why.text);
        }
        assert_int_equal(rv, APR_EINVAL);
        assert_string_equal(accepted.sha256, "");
    }
    mssl_buffer_free(&trial->key);
    mssl_buffer_free(&trial->chain);
    return accepted;
}

static void refuse(const cert_spec_t *spec, const cert_t *issuer, const char *reason)
{
    trial_t trial;

    begin(&trial, spec, issuer);
    finish(&trial, reason);
}

static void test_good(void **state)
{
    const cert_spec_t plain = { .names = NAME }, upper = { .names = "A.Example", .key = "rsa" };
    const cert_spec_t wild = { .names = "*.b.example" };
    mssl_accepted_t accepted;
    trial_t trial;

    (void)state;
    begin(&trial, &plain, &inner);
    trial.replaces = apr_time_now() + apr_time_from_sec(89 * CERT_DAY);
    accepted = finish(&trial, NULL);
    assert_int_equal(strlen(accepted.sha256), 64);
    assert_true(strlen(accepted.serial) > 0);
    assert_true(accepted.not_before < apr_time_now() && accepted.not_after > trial.replaces);
    begin(&trial, &upper, &inner);
    finish(&trial, NULL);
    begin(&trial, &wild, &inner);
    trial.name = "*.b.example";
    finish(&trial, NULL);
}

static void test_other_names(void **state)
{
    const cert_spec_t other = { .names = "b.example" }, more = { .names = NAME ",evil.example" };
    const cert_spec_t none = { .cn = NAME }, odd = { .names = NAME ",x\x1by.example" };
    const cert_spec_t wild = { .names = "*.example" };

    (void)state;
    refuse(&other, &inner, "does not cover 'a.example' (it covers b.example)");
    refuse(&more, &inner, "the certificate has evil.example, and a.example alone was asked for");
    refuse(&none, &inner, "no name but in its subject");
    refuse(&odd, &inner, "x\\x1by.example");
    refuse(&wild, &inner, "the certificate has *.example");
}

static void test_other_entries(void **state)
{
    const cert_spec_t spec = { .cn = "leaf" };
    cert_t leaf = certs_new(&spec, &inner);
    trial_t trial;

    (void)state;
    certs_add_extension(leaf.x509, inner.x509, NID_subject_alt_name,
                        "DNS:" NAME ",IP:192.0.2.1");
    assert_true(X509_sign(leaf.x509, inner.key, EVP_sha256()) > 0);
    begin(&trial, &spec, &inner);
    trial.key.len = trial.chain.len = 0;
    put_certs(&trial, leaf.x509, inner.x509);
    put_key(&trial.key, leaf.key);
    finish(&trial, "the certificate has an address");
    certs_free(&leaf);
}

static void test_dates(void **state)
{
    const cert_spec_t over = { .names = NAME, .begins = -20 * CERT_DAY, .ends = -CERT_DAY };
    const cert_spec_t early = { .names = NAME, .begins = CERT_DAY };
    const cert_spec_t plain = { .names = NAME };
    trial_t trial;

    (void)state;
    refuse(&over, &inner, "has expired at 2");
    refuse(&early, &inner, "is this machine's clock right?");
    begin(&trial, &plain, &inner);
    trial.replaces = apr_time_now() + apr_time_from_sec(91 * CERT_DAY);
    finish(&trial, "the one that it is to replace does not end earlier");
}

static void test_roots(void **state)
{
    const cert_spec_t plain = { .names = NAME };
    mssl_accepted_t accepted;
    mssl_reason_t why;
    trial_t trial;

    (void)state;
    refuse(&plain, NULL, "does not lead to a root of /tmp/");
    refuse(&plain, &stranger, "does not lead to a root of /tmp/");
    begin(&trial, &plain, &inner);
    assert_int_equal(mssl_accept(&accepted, NAME, &trial.key, &trial.chain, 0, NULL,
                                 apr_time_now(), pool, &why), APR_EINVAL);
    assert_non_null(strstr(why.text, "a root of this system"));
    assert_non_null(strstr(why.text, "--ca-file"));
    assert_int_equal(mssl_accept(&accepted, NAME, &trial.key, &trial.chain, 0, "/none/ca.pem",
                                 apr_time_now(), pool, &why), APR_EINVAL);
    assert_non_null(strstr(why.text, "the roots of /none/ca.pem cannot be read"));
    mssl_buffer_free(&trial.key);
    mssl_buffer_free(&trial.chain);
}

/* The pair that came is good, and not ours: its key was somebody else's to make. */
static void test_keys(void **state)
{
    const cert_spec_t plain = { .names = NAME };
    cert_t other = certs_new(&plain, &inner);
    trial_t trial;

    (void)state;
    begin(&trial, &plain, &inner);
    trial.key.len = 0;
    put_key(&trial.key, other.key);
    finish(&trial, "the chain: ");
    begin(&trial, &plain, &inner);
    trial.chain.len = 0;
    put_certs(&trial, other.x509, inner.x509);
    put_key(&trial.chain, other.key);
    finish(&trial, "has a private key in it");
    certs_free(&other);
}

static void test_garbage(void **state)
{
    static const char *const parts[] = {
        "hello", "-----BEGIN CERTIFICATE-----\n!!!\n-----END CERTIFICATE-----\n",
        "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n", "\0\0\0",
    };
    static const char *const reasons[] = { "has no certificate", "the chain", "the chain",
                                           "has no certificate" };
    const cert_spec_t plain = { .names = NAME };
    trial_t trial;
    size_t i;

    (void)state;
    begin(&trial, &plain, &inner);
    mssl_buffer_free(&trial.chain);
    finish(&trial, "is empty");
    for (i = 0; i < COUNT(parts); i++) {
        begin(&trial, &plain, &inner);
        trial.chain.len = 0;
        mssl_buffer_add(&trial.chain, parts[i], i == 3 ? 3 : strlen(parts[i]));
        finish(&trial, reasons[i]);
    }
    begin(&trial, &plain, &inner);
    while (trial.chain.len < 10 * 1024 * 1024) {
        put_certs(&trial, root.x509, inner.x509);
    }
    finish(&trial, "is larger than 64 KB");
}

/* A key and its request: what the CA reads there, and that its certificate is taken. */
static void test_csr(void **state)
{
    static const mssl_key_type_t types[] = { MSSL_KEY_ECDSA, MSSL_KEY_RSA };
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(types); i++) {
        mssl_buffer_t key = { .max = 65536 }, csr = { .max = 65536 };
        mssl_reason_t why = { "" };
        X509_REQ *request;
        STACK_OF(X509_EXTENSION) *extensions;
        GENERAL_NAMES *names;
        EVP_PKEY *pkey;
        BIO *bio;

        assert_int_equal(mssl_csr_make(&key, &csr, "*.b.example", types[i], &why), APR_SUCCESS);
        bio = BIO_new_mem_buf(csr.data, (int)csr.len);
        request = PEM_read_bio_X509_REQ(bio, NULL, NULL, NULL);
        assert_non_null(request);
        BIO_free(bio);
        bio = BIO_new_mem_buf(key.data, (int)key.len);
        pkey = PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL);
        BIO_free(bio);
        assert_int_equal(EVP_PKEY_eq(pkey, X509_REQ_get0_pubkey(request)), 1);
        assert_int_equal(X509_REQ_verify(request, pkey), 1);
        assert_int_equal(EVP_PKEY_get_bits(pkey), types[i] == MSSL_KEY_RSA ? 2048 : 256);
        assert_int_equal(X509_NAME_entry_count(X509_REQ_get_subject_name(request)), 0);
        extensions = X509_REQ_get_extensions(request);
        names = X509V3_get_d2i(extensions, NID_subject_alt_name, NULL, NULL);
        assert_int_equal(sk_GENERAL_NAME_num(names), 1);
        assert_int_equal(sk_GENERAL_NAME_value(names, 0)->type, GEN_DNS);
        assert_string_equal(
            (const char *)ASN1_STRING_get0_data(sk_GENERAL_NAME_value(names, 0)->d.dNSName),
            "*.b.example");
        GENERAL_NAMES_free(names);
        sk_X509_EXTENSION_pop_free(extensions, X509_EXTENSION_free);
        EVP_PKEY_free(pkey);
        X509_REQ_free(request);
        mssl_buffer_free(&key);
        mssl_buffer_free(&csr);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good),          cmocka_unit_test(test_other_names),
        cmocka_unit_test(test_other_entries), cmocka_unit_test(test_dates),
        cmocka_unit_test(test_roots),         cmocka_unit_test(test_keys),
        cmocka_unit_test(test_garbage),       cmocka_unit_test(test_csr),
    };

    return cmocka_run_group_tests_name("accept", tests, set_up, tear_down);
}
