/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "lib/pair/blocks.h"

#include <apr_strings.h>
#include <limits.h>
#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/pkcs7.h>
#include <string.h>

#include "lib/base/reason.h"

/* What labels are made of (RFC 7468): anything else is not shown. */
#define LABEL_BYTES "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 "

static mssl_key_frame_t frame_of(const char *name)
{
    if (strcmp(name, PEM_STRING_PKCS8INF) == 0) {
        return MSSL_KEY_FRAME_PKCS8;
    }
    if (strcmp(name, PEM_STRING_RSA) == 0) {
        return MSSL_KEY_FRAME_RSA;
    }
    return strcmp(name, PEM_STRING_ECPRIVATEKEY) == 0 ? MSSL_KEY_FRAME_EC : MSSL_KEY_FRAME_NONE;
}

const char *mssl_blocks_add_cert(mssl_blocks_t *blocks, unsigned char *der, long len)
{
    if (len > MSSL_CERT_MAX) {
        return "holds a certificate of more than 100 KB, which TLS clients refuse; have it issued "
               "for fewer names";
    }
    if (blocks->ncerts == MSSL_BLOCKS_MAX) {
        return "holds more than 48 certificates; keep the site's own and its chain only";
    }
    blocks->cert[blocks->ncerts].der = der;
    blocks->cert[blocks->ncerts++].len = len;
    return NULL;
}

/* One certificate that came decoded. @return NULL, or what is wrong */
static const char *add_x509(mssl_blocks_t *blocks, X509 *cert)
{
    unsigned char *der = NULL;
    int len = i2d_X509(cert, &der);
    const char *wrong = len > 0 ? mssl_blocks_add_cert(blocks, der, len)
                                : "holds a certificate that cannot be decoded";

    if (wrong != NULL) {
        OPENSSL_free(der);
    }
    return wrong;
}

/* OpenSSL's own form: a certificate, and behind it whom to trust with it, which is left out. */
static const char *add_trusted(mssl_blocks_t *blocks, const unsigned char *der, long len)
{
    X509 *cert = d2i_X509_AUX(NULL, &der, len);
    const char *wrong = cert != NULL ? add_x509(blocks, cert)
                                     : "holds a \"TRUSTED CERTIFICATE\" that cannot be decoded";

    X509_free(cert);
    return wrong;
}

const char *mssl_blocks_add_pkcs7(mssl_blocks_t *blocks, const unsigned char *der, long len)
{
    const unsigned char *at = der;
    PKCS7 *p7 = d2i_PKCS7(NULL, &at, len);
    const STACK_OF(X509) *certs = NULL;
    const char *wrong = NULL;
    int i;

    if (p7 == NULL || at != der + len) {
        wrong = "holds PKCS#7 that cannot be decoded; have the CA's file as PEM";
    }
    else if (PKCS7_type_is_signed(p7) && p7->d.sign != NULL) {
        certs = p7->d.sign->cert;
    }
    if (wrong == NULL && sk_X509_num(certs) <= 0) {
        wrong = "holds PKCS#7 without certificates; have the CA's file as PEM";
    }
    for (i = 0; wrong == NULL && i < sk_X509_num(certs); i++) {
        wrong = add_x509(blocks, sk_X509_value(certs, i));
    }
    PKCS7_free(p7);
    return wrong;
}

/* Keep a block; *der is NULL afterwards when it was kept. */
static apr_status_t keep(mssl_blocks_t *blocks, const char *name, const char *header,
                         unsigned char **der, long len, const char *label, mssl_reason_t *why)
{
    mssl_key_frame_t frame = frame_of(name);
    const char *wrong = NULL;

    if (strcmp(name, PEM_STRING_PKCS8) == 0
        || (frame != MSSL_KEY_FRAME_NONE && strstr(header, "ENCRYPTED") != NULL)) {
        return mssl_reason_set(why, APR_EINVAL, "%s: the private key is encrypted; store it "
                               "without a passphrase (openssl pkey -in KEY -out KEY.new)", label);
    }
    if (frame != MSSL_KEY_FRAME_NONE) {
        if (blocks->key_frame == MSSL_KEY_FRAME_NONE) {
            blocks->key.der = *der;
            blocks->key.len = len;
            blocks->key_frame = frame;
            *der = NULL;
        }
        return APR_SUCCESS;
    }
    if (strcmp(name, PEM_STRING_X509) == 0 || strcmp(name, PEM_STRING_X509_OLD) == 0) {
        wrong = mssl_blocks_add_cert(blocks, *der, len);
        *der = wrong == NULL ? NULL : *der;
    }
    else if (strcmp(name, PEM_STRING_X509_TRUSTED) == 0) {
        wrong = add_trusted(blocks, *der, len);
    }
    else if (strcmp(name, PEM_STRING_PKCS7) == 0 || strcmp(name, PEM_STRING_CMS) == 0) {
        wrong = mssl_blocks_add_pkcs7(blocks, *der, len);
    }
    else if (strspn(name, LABEL_BYTES) == strlen(name)) {
        apr_cpystrn(blocks->other, name, sizeof(blocks->other));
    }
    return wrong == NULL ? APR_SUCCESS : mssl_reason_set(why, APR_EINVAL, "%s: %s", label, wrong);
}

apr_status_t mssl_blocks_add_pem(mssl_blocks_t *blocks, const mssl_blob_t *blob, const char *label,
                                 mssl_reason_t *why)
{
    BIO *bio = blob->len > INT_MAX ? NULL : BIO_new_mem_buf(blob->data, (int)blob->len);
    apr_status_t rv = bio != NULL ? APR_SUCCESS : APR_ENOMEM;
    char *name, *header;
    unsigned char *der;
    unsigned long error;
    long len;

    ERR_clear_error();
    while (rv == APR_SUCCESS) {
        name = header = NULL;
        der = NULL;
        if (PEM_read_bio(bio, &name, &header, &der, &len) != 1) {
            error = ERR_peek_last_error();
            if (ERR_GET_LIB(error) != ERR_LIB_PEM || ERR_GET_REASON(error) != PEM_R_NO_START_LINE) {
                rv = mssl_reason_set_openssl(why, APR_EINVAL, "%s: a PEM block is cut off or "
                                             "damaged; write the file anew, under another name, "
                                             "and rename it", label);
            }
            break;
        }
        rv = keep(blocks, name, header, &der, len, label, why);
        OPENSSL_free(name);
        OPENSSL_free(header);
        OPENSSL_clear_free(der, der != NULL ? (size_t)len : 0);
    }
    BIO_free(bio);
    ERR_clear_error();
    return rv;
}

void mssl_blocks_free(mssl_blocks_t *blocks)
{
    int i;

    for (i = 0; i < blocks->ncerts; i++) {
        OPENSSL_free(blocks->cert[i].der);
    }
    OPENSSL_clear_free(blocks->key.der, (size_t)blocks->key.len);
    EVP_PKEY_free(blocks->pkey);
    memset(blocks, 0, sizeof(*blocks));
}
