/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "lib/pair/selfsigned.h"

#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>
#include <string.h>

#define NAME "no-certificate-for-this-name.invalid"
#define DAY APR_INT64_C(86400)
#define RSA_BITS 2048

static int add_extension(X509 *cert, int nid, const char *value)
{
    X509_EXTENSION *ext = X509V3_EXT_conf_nid(NULL, NULL, nid, value);
    int ok = ext != NULL && X509_add_ext(cert, ext, -1);

    X509_EXTENSION_free(ext);
    return ok;
}

static int set_serial(X509 *cert)
{
    unsigned char serial[16];
    BIGNUM *bn = NULL;
    int ok;

    if (RAND_bytes(serial, sizeof(serial)) != 1) {
        return 0;
    }
    serial[0] = (serial[0] & 0x7f) | 0x40; /* positive, and of this length */
    bn = BN_bin2bn(serial, sizeof(serial), NULL);
    ok = bn != NULL && BN_to_ASN1_INTEGER(bn, X509_get_serialNumber(cert)) != NULL;
    BN_free(bn);
    return ok;
}

static int set_period(X509 *cert, apr_time_t now)
{
    time_t begin = (time_t)(apr_time_sec(now) - DAY);

    /* Both ends count as inside (RFC 5280 section 4.1.2.5). */
    return X509_time_adj_ex(X509_getm_notBefore(cert), 0, 0, &begin) != NULL
        && X509_time_adj_ex(X509_getm_notAfter(cert), MSSL_SELFSIGNED_DAYS, -1, &begin) != NULL;
}

static X509 *make_cert(EVP_PKEY *key, apr_time_t now)
{
    X509 *cert = X509_new();
    X509_NAME *subject = X509_NAME_new();
    int ok = cert != NULL && subject != NULL
        && X509_set_version(cert, X509_VERSION_3)
        && set_serial(cert)
        && set_period(cert, now)
        && X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, (const unsigned char *)NAME, -1,
                                      -1, 0)
        && X509_set_subject_name(cert, subject)
        && X509_set_issuer_name(cert, subject)
        && X509_set_pubkey(cert, key)
        && add_extension(cert, NID_subject_alt_name, "DNS:" NAME)
        && add_extension(cert, NID_basic_constraints, "critical,CA:FALSE")
        && X509_sign(cert, key, EVP_sha256());

    X509_NAME_free(subject);
    if (!ok) {
        X509_free(cert);
        cert = NULL;
    }
    return cert;
}

static char *write_pem(X509 *cert, EVP_PKEY *key)
{
    BIO *out = BIO_new(BIO_s_secmem());
    char *data, *pem = NULL;
    long len;

    if (out != NULL && PEM_write_bio_PrivateKey(out, key, NULL, NULL, 0, NULL, NULL)
        && PEM_write_bio_X509(out, cert)) {
        len = BIO_get_mem_data(out, &data);
        pem = OPENSSL_malloc((size_t)len + 1);
        if (pem != NULL) {
            memcpy(pem, data, (size_t)len);
            pem[len] = '\0';
        }
    }
    BIO_free(out);
    return pem;
}

char *mssl_selfsigned_make(mssl_key_type_t type, apr_time_t now)
{
    EVP_PKEY *key = type == MSSL_KEY_RSA ? EVP_RSA_gen(RSA_BITS) : EVP_EC_gen("P-256");
    X509 *cert = key != NULL ? make_cert(key, now) : NULL;
    char *pem = cert != NULL ? write_pem(cert, key) : NULL;

    X509_free(cert);
    EVP_PKEY_free(key);
    return pem;
}

void mssl_selfsigned_free(char *pem)
{
    if (pem != NULL) {
        OPENSSL_clear_free(pem, strlen(pem) + 1);
    }
}

int mssl_selfsigned_is_fresh(const mssl_pair_t *pair, apr_time_t now)
{
    apr_time_t begin = mssl_pair_get_not_before(pair), end = mssl_pair_get_not_after(pair);

    return begin <= now && now < end - apr_time_from_sec(MSSL_SELFSIGNED_RENEW_DAYS * DAY)
        && end - begin <= apr_time_from_sec(MSSL_SELFSIGNED_DAYS * DAY);
}
