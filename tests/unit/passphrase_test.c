/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/test.h"

#include <apr_strings.h>
#include <openssl/ui.h>
#include <string.h>

#include "lib/base/reason.h"
#include "lib/issue/accept.h"
#include "lib/notify/mime.h"
#include "lib/pair/acmecert.h"
#include "lib/pair/revoked.h"
#include "tests/unit/certs.h"
#include "tests/unit/pool.h"

/** How often somebody was asked. */
static int asked;

static int count_asked(UI *ui)
{
    (void)ui;
    asked++;
    return 0;
}

/* A certificate that says that it is encrypted, with "abcd". */
static const char *make_encrypted(apr_pool_t *pool)
{
    const cert_spec_t spec = { .names = "a.example" };
    cert_t cert = certs_new(&spec, NULL);
    BIO *bio = BIO_new(BIO_s_mem());
    const char *text;
    char *data;
    long len;

    assert_int_equal(PEM_ASN1_write_bio((i2d_of_void *)i2d_X509, PEM_STRING_X509, bio, cert.x509,
                                        EVP_aes_128_cbc(), (unsigned char *)"abcd", 4, NULL, NULL), 1);
    len = BIO_get_mem_data(bio, &data);
    text = apr_pstrmemdup(pool, data, (apr_size_t)len);
    assert_non_null(strstr(text, "Proc-Type: 4,ENCRYPTED"));
    BIO_free(bio);
    certs_free(&cert);
    return text;
}

static void read_without_callback(const char *pem)
{
    BIO *bio = BIO_new_mem_buf(pem, -1);

    assert_null(PEM_read_bio_X509(bio, NULL, NULL, NULL));
    BIO_free(bio);
}

static void test_nobody_is_asked(void **state)
{
    apr_pool_t *pool = *state;
    UI_METHOD *method = UI_create_method("counts");
    const char *pem = make_encrypted(pool);
    mssl_buffer_t chain = { .data = (char *)pem, .len = strlen(pem) };
    mssl_item_t item = { .cert = { pem, strlen(pem) } };
    mssl_accepted_t accepted;
    mssl_reason_t why;

    UI_method_set_opener(method, count_asked);
    UI_set_default_method(method);
    read_without_callback(pem);
    assert_int_equal(asked, 1);
    asked = 0;
    assert_int_not_equal(mssl_accept_read(&accepted, &chain), APR_SUCCESS);
    assert_int_equal(mssl_revoked_has(-1, &item), 0);
    assert_null(mssl_mime_read_certificates(pem, pool));
    assert_int_not_equal(mssl_acmecert_check(pem, "a.example", &why), APR_SUCCESS);
    assert_int_equal(asked, 0);
    UI_set_default_method(NULL);
    UI_destroy_method(method);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_nobody_is_asked, pool_set_up, pool_tear_down),
    };

    return cmocka_run_group_tests_name("passphrase", tests, NULL, NULL);
}
