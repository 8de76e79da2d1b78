/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "lib/pair/pkcs12.h"

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/pkcs12.h>
#include <string.h>

#include "lib/base/reason.h"

/**
 * The file says how often its password is hashed, for its MAC and for each encrypted part: all of
 * them together count. OpenSSL writes 2,048 for each, OWASP asks for 600,000; two million are about
 * a second.
 */
#define ITERATIONS_MAX 2000000
/** Encrypted parts that are opened: certificates, key, and what some programs put apart. */
#define PARTS_MAX 4

typedef struct reader_t {
    mssl_blocks_t *blocks;
    const char *password;
    int password_len;
    int parts;          /* decrypted so far */
    long iterations;    /* spent so far */
    const char *wrong;  /* what is wrong, or NULL */
} reader_t;

/* The iteration count inside of an algorithm, or -1 when it is none that we know. */
static long count_iterations(const X509_ALGOR *algorithm)
{
    const ASN1_OBJECT *oid;
    const void *value;
    PBE2PARAM *pbes2 = NULL;
    PBKDF2PARAM *pbkdf2 = NULL;
    PBEPARAM *pbe = NULL;
    long count = -1;
    int type;

    X509_ALGOR_get0(&oid, &type, &value, algorithm);
    if (type != V_ASN1_SEQUENCE) {
        return -1;
    }
    if (OBJ_obj2nid(oid) == NID_pbes2) {
        pbes2 = ASN1_item_unpack(value, ASN1_ITEM_rptr(PBE2PARAM));
        if (pbes2 != NULL) {
            X509_ALGOR_get0(&oid, &type, &value, pbes2->keyfunc);
            if (OBJ_obj2nid(oid) == NID_id_pbkdf2 && type == V_ASN1_SEQUENCE) {
                pbkdf2 = ASN1_item_unpack(value, ASN1_ITEM_rptr(PBKDF2PARAM));
            }
        }
        if (pbkdf2 != NULL) {
            count = ASN1_INTEGER_get(pbkdf2->iter);
        }
    }
    else if ((pbe = ASN1_item_unpack(value, ASN1_ITEM_rptr(PBEPARAM))) != NULL) {
        count = ASN1_INTEGER_get(pbe->iter);
    }
    PBE2PARAM_free(pbes2);
    PBKDF2PARAM_free(pbkdf2);
    PBEPARAM_free(pbe);
    return count;
}

/* Whether the password may be hashed so often once more. */
static int may_hash(reader_t *reader, long count)
{
    if (count < 0 || count > ITERATIONS_MAX || reader->iterations + count > ITERATIONS_MAX) {
        reader->wrong = count < 0 ? "is encrypted in a way that is not read here; make it anew "
                                    "with openssl pkcs12 -export"
                                  : "has its password hashed more than 2,000,000 times in all; make "
                                    "it anew with openssl pkcs12 -export -iter 100000";
        return 0;
    }
    reader->iterations += count;
    return 1;
}

/* Whether one more part with this algorithm may be decrypted. */
static int may_decrypt(reader_t *reader, const X509_ALGOR *algorithm)
{
    if (++reader->parts > PARTS_MAX) {
        reader->wrong = "has more than 4 encrypted parts; make it anew with openssl pkcs12 -export";
        return 0;
    }
    return may_hash(reader, count_iterations(algorithm));
}

static int keep_cert(reader_t *reader, const PKCS12_SAFEBAG *bag)
{
    X509 *cert;
    unsigned char *der = NULL;
    int len = -1;

    if (PKCS12_SAFEBAG_get_bag_nid(bag) != NID_x509Certificate) {
        return 1;
    }
    cert = PKCS12_SAFEBAG_get1_cert(bag);
    if (cert != NULL) {
        len = i2d_X509(cert, &der);
    }
    X509_free(cert);
    reader->wrong = len > 0 ? mssl_blocks_add_cert(reader->blocks, der, len)
                            : "holds a certificate that cannot be decoded";
    if (reader->wrong != NULL) {
        OPENSSL_free(der);
    }
    return reader->wrong == NULL;
}

static int keep_key(reader_t *reader, const PKCS12_SAFEBAG *bag, int is_shrouded)
{
    PKCS8_PRIV_KEY_INFO *opened = NULL;
    const PKCS8_PRIV_KEY_INFO *info;
    const X509_ALGOR *algorithm;

    if (reader->blocks->pkey != NULL) {
        return 1;
    }
    if (is_shrouded) {
        X509_SIG_get0(PKCS12_SAFEBAG_get0_pkcs8(bag), &algorithm, NULL);
        if (!may_decrypt(reader, algorithm)) {
            return 0;
        }
        opened = PKCS12_decrypt_skey(bag, reader->password, reader->password_len);
        info = opened;
    }
    else {
        info = PKCS12_SAFEBAG_get0_p8inf(bag);
    }
    reader->blocks->pkey = info != NULL ? EVP_PKCS82PKEY(info) : NULL;
    PKCS8_PRIV_KEY_INFO_free(opened);
    if (reader->blocks->pkey == NULL) {
        reader->wrong = "holds a private key that cannot be decoded";
    }
    return reader->blocks->pkey != NULL;
}

static int read_bags(reader_t *reader, const STACK_OF(PKCS12_SAFEBAG) *bags)
{
    const PKCS12_SAFEBAG *bag;
    int i, nid, ok = 1;

    for (i = 0; ok && i < sk_PKCS12_SAFEBAG_num(bags); i++) {
        bag = sk_PKCS12_SAFEBAG_value(bags, i);
        nid = PKCS12_SAFEBAG_get_nid(bag);
        if (nid == NID_certBag) {
            ok = keep_cert(reader, bag);
        }
        else if (nid == NID_keyBag || nid == NID_pkcs8ShroudedKeyBag) {
            ok = keep_key(reader, bag, nid == NID_pkcs8ShroudedKeyBag);
        }
    }
    return ok;
}

static int read_safe(reader_t *reader, PKCS7 *safe)
{
    STACK_OF(PKCS12_SAFEBAG) *bags = NULL;
    int ok = 0;

    if (PKCS7_type_is_data(safe)) {
        bags = PKCS12_unpack_p7data(safe);
    }
    else if (PKCS7_type_is_encrypted(safe) && safe->d.encrypted != NULL
             && may_decrypt(reader, safe->d.encrypted->enc_data->algorithm)) {
        bags = PKCS12_unpack_p7encdata(safe, reader->password, reader->password_len);
    }
    if (bags != NULL) {
        ok = read_bags(reader, bags);
    }
    else if (reader->wrong == NULL) {
        reader->wrong = "cannot be decrypted (an old cipher?); make it anew with openssl pkcs12 "
                        "-export";
    }
    sk_PKCS12_SAFEBAG_pop_free(bags, PKCS12_SAFEBAG_free);
    return ok;
}

static int verify_mac(reader_t *reader, PKCS12 *p12, long count, const char *password)
{
    return may_hash(reader, count)
        && PKCS12_verify_mac(p12, password, password != NULL ? reader->password_len : 0);
}

/* The MAC's iterations, where it is one of RFC 7292 (RFC 9579's has a length of its own to say). */
static int read_mac(reader_t *reader, const PKCS12 *p12, long *count)
{
    const ASN1_INTEGER *iterations = NULL;
    const X509_ALGOR *algorithm = NULL;
    const ASN1_OBJECT *oid = NULL;

    PKCS12_get0_mac(NULL, &algorithm, NULL, &iterations, p12);
    X509_ALGOR_get0(&oid, NULL, NULL, algorithm);
    if (EVP_get_digestbyobj(oid) == NULL) {
        reader->wrong = "is sealed in a way that is not read here (PBMAC1?); make it anew with "
                        "openssl pkcs12 -export";
        return 0;
    }
    *count = iterations != NULL ? ASN1_INTEGER_get(iterations) : 1;
    return 1;
}

/* Check the password against the MAC. No password and an empty one are two things in a PFX. */
static int open_mac(reader_t *reader, PKCS12 *p12)
{
    long count;

    if (!PKCS12_mac_present(p12)) {
        return 1;
    }
    if (!read_mac(reader, p12, &count)) {
        return 0;
    }
    if (reader->password_len == 0 && verify_mac(reader, p12, count, NULL)) {
        reader->password = NULL;
        return 1;
    }
    if (reader->wrong == NULL && verify_mac(reader, p12, count, reader->password)) {
        return 1;
    }
    if (reader->wrong == NULL) {
        reader->wrong = "does not open with the password in its .pass file";
        reader->blocks->is_locked = 1;
    }
    return 0;
}

apr_status_t mssl_blocks_add_pkcs12(mssl_blocks_t *blocks, const mssl_blob_t *blob,
                                    const char *password, const char *label, mssl_reason_t *why)
{
    reader_t reader = { .blocks = blocks, .password = password != NULL ? password : "" };
    const unsigned char *der = (const unsigned char *)blob->data;
    STACK_OF(PKCS7) *safes = NULL;
    PKCS12 *p12 = d2i_PKCS12(NULL, &der, (long)blob->len);
    int i, ok = 0;

    reader.password_len = (int)strlen(reader.password);
    if (p12 == NULL) {
        reader.wrong = "is not a PFX (PKCS#12) file";
    }
    else if (open_mac(&reader, p12)) {
        safes = PKCS12_unpack_authsafes(p12);
        ok = safes != NULL;
        for (i = 0; ok && i < sk_PKCS7_num(safes); i++) {
            ok = read_safe(&reader, sk_PKCS7_value(safes, i));
        }
    }
    sk_PKCS7_pop_free(safes, PKCS7_free);
    PKCS12_free(p12);
    ERR_clear_error();
    if (!ok) {
        return mssl_reason_set(why, APR_EINVAL, "%s: the file %s", label,
                               reader.wrong != NULL ? reader.wrong : "is damaged");
    }
    return APR_SUCCESS;
}
