/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "lib/pair/acmecert.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <string.h>

#include "lib/base/name.h"
#include "lib/base/reason.h"
#include "lib/pair/passphrase.h"

/** id-pe-acmeIdentifier */
#define ACME_IDENTIFIER "1.3.6.1.5.5.7.1.31"
/** An OCTET STRING of SHA-256's length, in DER. */
#define HEAD "\x04\x20"
#define HEAD_LEN 2
#define DIGEST_LEN 32

static int has_identifier(const X509 *cert)
{
    ASN1_OBJECT *object = OBJ_txt2obj(ACME_IDENTIFIER, 1);
    int place = X509_get_ext_by_OBJ(cert, object, -1);
    /* No variable for the extension: OpenSSL 4 gives it const, and 3.0 does not take it so. */
    const ASN1_OCTET_STRING *data =
        place >= 0 ? X509_EXTENSION_get_data(X509_get_ext(cert, place)) : NULL;

    ASN1_OBJECT_free(object);
    return data != NULL && X509_EXTENSION_get_critical(X509_get_ext(cert, place))
           && ASN1_STRING_length(data) == HEAD_LEN + DIGEST_LEN
           && memcmp(ASN1_STRING_get0_data(data), HEAD, HEAD_LEN) == 0;
}

static int is_name(const GENERAL_NAME *entry, const char *name)
{
    char canon[MSSL_NAME_SIZE];
    int type;
    const ASN1_STRING *text = GENERAL_NAME_get0_value(entry, &type);

    return type == GEN_DNS
           && mssl_name_canon(canon, (const char *)ASN1_STRING_get0_data(text),
                              (size_t)ASN1_STRING_length(text))
           && strcmp(canon, name) == 0;
}

static int is_for(const X509 *cert, const char *name)
{
    GENERAL_NAMES *names = X509_get_ext_d2i(cert, NID_subject_alt_name, NULL, NULL);
    int is = names != NULL && sk_GENERAL_NAME_num(names) == 1
             && is_name(sk_GENERAL_NAME_value(names, 0), name);

    GENERAL_NAMES_free(names);
    return is;
}

static const char *find_fault(X509 *cert, const EVP_PKEY *key, const char *name)
{
    return cert == NULL                              ? "has no certificate"
           : key == NULL                             ? "has no key that can be read"
           : X509_check_private_key(cert, key) != 1  ? "has a key that is not its certificate's"
           : !has_identifier(cert)                   ? "has a certificate that is for no challenge (RFC 8737)"
           : !is_for(cert, name)                     ? "has a certificate for another name"
                                                     : NULL;
}

static BIO *read_text(const char *text)
{
    return BIO_new_mem_buf(text, (int)strlen(text));
}

apr_status_t mssl_acmecert_check(const char *pem, const char *name, mssl_reason_t *why)
{
    BIO *one = read_text(pem), *two = read_text(pem);
    X509 *cert = PEM_read_bio_X509(one, NULL, mssl_passphrase_refuse, NULL);
    EVP_PKEY *key = PEM_read_bio_PrivateKey(two, NULL, mssl_passphrase_refuse, NULL);
    const char *fault = find_fault(cert, key, name);

    X509_free(cert);
    EVP_PKEY_free(key);
    BIO_free(one);
    BIO_free(two);
    ERR_clear_error();
    return fault == NULL ? APR_SUCCESS : mssl_reason_set(why, APR_EINVAL, "%s", fault);
}
