/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "lib/pair/key.h"

#include <limits.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/params.h>
#include <openssl/x509.h>
#include <string.h>

const char *mssl_key_type_name(mssl_key_type_t type)
{
    static const char *const names[MSSL_KEY_TYPES] = { "RSA", "ECDSA", "EdDSA" };

    return type >= 0 && type < MSSL_KEY_TYPES ? names[type] : "?";
}

#define TAG_INTEGER 0x02
#define TAG_BITSTRING 0x03
#define TAG_OCTETS 0x04
#define TAG_SEQUENCE 0x30
#define TAG_SEC1_PARAMS 0xa0
#define TAG_SEC1_PUBLIC 0xa1

/** The largest point (P-521, uncompressed) is 133 bytes, the largest scalar 66. */
#define EC_POINT_MAX 160
#define EC_SCALAR_MAX 80
/** n, e, d, p, q, dp, dq, qi. */
#define RSA_PARTS 8

/** A piece of DER. */
typedef struct span_t {
    const unsigned char *at;
    const unsigned char *end;
} span_t;

/* Take the next element, which must have this tag, off the front of in. 1 when it was there. */
static int take(span_t *in, int tag, span_t *value)
{
    const unsigned char *p = in->at;
    size_t len, octets;

    value->at = value->end = NULL;
    if (in->end - p < 2 || p[0] != tag) {
        return 0;
    }
    len = p[1];
    p += 2;
    if (len >= 0x80) {
        octets = len & 0x7f;
        if (octets == 0 || octets > 3 || (size_t)(in->end - p) < octets) {
            return 0;
        }
        for (len = 0; octets > 0; octets--) {
            len = (len << 8) | *p++;
        }
    }
    if (len > (size_t)(in->end - p)) {
        return 0;
    }
    value->at = p;
    value->end = in->at = p + len;
    return 1;
}

/* The key inside of PKCS#8; the algorithm is not read, as the certificate's type decides. */
static int open_pkcs8(span_t der, span_t *inner)
{
    span_t seq, version, algorithm;

    return take(&der, TAG_SEQUENCE, &seq) && take(&seq, TAG_INTEGER, &version)
           && take(&seq, TAG_SEQUENCE, &algorithm) && take(&seq, TAG_OCTETS, inner);
}

/* OSSL_PARAM holds integers in the machine's own order. */
static void to_native(unsigned char *out, const unsigned char *in, size_t len)
{
    const unsigned short probe = 1;
    size_t i;

    if (*(const unsigned char *)&probe == 0) {
        memcpy(out, in, len);
        return;
    }
    for (i = 0; i < len; i++) {
        out[i] = in[len - 1 - i];
    }
}

static EVP_PKEY *from_params(const char *type, OSSL_PARAM *params)
{
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
    EVP_PKEY *key = NULL;

    if (ctx != NULL && EVP_PKEY_fromdata_init(ctx) > 0) {
        EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_KEYPAIR, params);
    }
    EVP_PKEY_CTX_free(ctx);
    return key;
}

/*
 * Whether the scalar belongs to the public point, by computing: 0.1 ms for P-256, 2 ms for P-384.
 */
static int ec_pair_matches(EVP_PKEY *key)
{
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL);
    int matches = ctx != NULL && EVP_PKEY_pairwise_check(ctx) == 1;

    EVP_PKEY_CTX_free(ctx);
    return matches;
}

typedef enum { POINT_NONE, POINT_SAME, POINT_OTHER } point_t;

/* SEC 1's optional public key, behind the scalar, next to the certificate's. */
static point_t compare_point(span_t rest, const unsigned char *point, size_t len)
{
    span_t params, bits, pub;

    take(&rest, TAG_SEC1_PARAMS, &params);
    /* A compressed point (2 or 3 in front) does not compare. The first byte counts unused bits. */
    if (!take(&rest, TAG_SEC1_PUBLIC, &bits) || !take(&bits, TAG_BITSTRING, &pub)
        || (size_t)(pub.end - pub.at) != len + 1 || pub.at[1] != point[0]) {
        return POINT_NONE;
    }
    return memcmp(pub.at + 1, point, len) == 0 ? POINT_SAME : POINT_OTHER;
}

static EVP_PKEY *ec_new(span_t der, EVP_PKEY *pub)
{
    unsigned char point[EC_POINT_MAX], scalar[EC_SCALAR_MAX];
    char group[64];
    span_t seq, version, secret;
    size_t len = 0, secret_len;
    OSSL_PARAM params[4];
    EVP_PKEY *key;
    point_t own;

    if (!take(&der, TAG_SEQUENCE, &seq) || !take(&seq, TAG_INTEGER, &version)
        || !take(&seq, TAG_OCTETS, &secret)) {
        return NULL;
    }
    secret_len = (size_t)(secret.end - secret.at);
    if (secret_len == 0 || secret_len > sizeof(scalar)
        || EVP_PKEY_get_utf8_string_param(pub, OSSL_PKEY_PARAM_GROUP_NAME, group, sizeof(group),
                                          NULL) != 1
        || EVP_PKEY_get_octet_string_param(pub, OSSL_PKEY_PARAM_PUB_KEY, point, sizeof(point),
                                           &len) != 1
        || (own = compare_point(seq, point, len)) == POINT_OTHER) {
        return NULL;
    }
    to_native(scalar, secret.at, secret_len);
    params[0] = OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, group, 0);
    params[1] = OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, point, len);
    params[2] = OSSL_PARAM_construct_BN(OSSL_PKEY_PARAM_PRIV_KEY, scalar, secret_len);
    params[3] = OSSL_PARAM_construct_end();
    key = from_params("EC", params);
    OPENSSL_cleanse(scalar, sizeof(scalar));
    /*
     * The key file's own public key says whose it is, as OpenSSL, too, takes it; without one it is
     * computed.
     */
    if (key != NULL && own == POINT_NONE && !ec_pair_matches(key)) {
        EVP_PKEY_free(key);
        key = NULL;
    }
    return key;
}

static EVP_PKEY *rsa_new(span_t der)
{
    static const char *const names[RSA_PARTS] = {
        OSSL_PKEY_PARAM_RSA_N,         OSSL_PKEY_PARAM_RSA_E,
        OSSL_PKEY_PARAM_RSA_D,         OSSL_PKEY_PARAM_RSA_FACTOR1,
        OSSL_PKEY_PARAM_RSA_FACTOR2,   OSSL_PKEY_PARAM_RSA_EXPONENT1,
        OSSL_PKEY_PARAM_RSA_EXPONENT2, OSSL_PKEY_PARAM_RSA_COEFFICIENT1
    };
    OSSL_PARAM params[RSA_PARTS + 1];
    span_t seq, part;
    unsigned char *copy, *at;
    size_t size = (size_t)(der.end - der.at), len;
    EVP_PKEY *key = NULL;
    int i;

    if (!take(&der, TAG_SEQUENCE, &seq) || !take(&seq, TAG_INTEGER, &part)
        || part.end - part.at != 1 || *part.at != 0 /* multi-prime keys go the long way */
        || (at = copy = OPENSSL_malloc(size)) == NULL) {
        return NULL;
    }
    for (i = 0; i < RSA_PARTS; i++) {
        if (!take(&seq, TAG_INTEGER, &part) || part.at == part.end) {
            break;
        }
        len = (size_t)(part.end - part.at);
        to_native(at, part.at, len);
        params[i] = OSSL_PARAM_construct_BN(names[i], at, len);
        at += len;
    }
    params[i] = OSSL_PARAM_construct_end();
    if (i == RSA_PARTS) {
        key = from_params("RSA", params);
    }
    OPENSSL_clear_free(copy, size);
    return key;
}

static EVP_PKEY *eddsa_new(span_t der, int type)
{
    span_t secret;

    if (!take(&der, TAG_OCTETS, &secret)) {
        return NULL;
    }
    return EVP_PKEY_new_raw_private_key(type, NULL, secret.at, (size_t)(secret.end - secret.at));
}

apr_status_t mssl_key_new(EVP_PKEY **key, mssl_key_frame_t frame, const unsigned char *der,
                          size_t len, EVP_PKEY *pub)
{
    span_t inner = { der, der + len };
    int type = EVP_PKEY_get_base_id(pub);

    *key = NULL;
    if (frame == MSSL_KEY_FRAME_PKCS8 && !open_pkcs8(inner, &inner)) {
        return APR_NOTFOUND;
    }
    if (type == EVP_PKEY_EC && frame != MSSL_KEY_FRAME_RSA) {
        *key = ec_new(inner, pub);
    }
    else if (type == EVP_PKEY_RSA && frame != MSSL_KEY_FRAME_EC) {
        *key = rsa_new(inner);
    }
    else if ((type == EVP_PKEY_ED25519 || type == EVP_PKEY_ED448)
             && frame == MSSL_KEY_FRAME_PKCS8) {
        *key = eddsa_new(inner, type);
    }
    if (*key != NULL && EVP_PKEY_eq(*key, pub) != 1) {
        EVP_PKEY_free(*key);
        *key = NULL;
    }
    return *key != NULL ? APR_SUCCESS : APR_NOTFOUND;
}

static int is_same(span_t a, span_t b)
{
    return a.end - a.at == b.end - b.at && memcmp(a.at, b.at, (size_t)(a.end - a.at)) == 0;
}

static int ec_is_of(span_t der, span_t point)
{
    span_t seq, version, secret;

    return point.at < point.end && take(&der, TAG_SEQUENCE, &seq)
           && take(&seq, TAG_INTEGER, &version) && take(&seq, TAG_OCTETS, &secret)
           && compare_point(seq, point.at, (size_t)(point.end - point.at)) == POINT_SAME;
}

/* RFC 8017 appendix A.1: n and e lead in the public key, and in the private one behind a version. */
static int rsa_is_of(span_t der, span_t pub)
{
    span_t mine, theirs, version, a, b;
    int i;

    if (!take(&der, TAG_SEQUENCE, &mine) || !take(&mine, TAG_INTEGER, &version)
        || !take(&pub, TAG_SEQUENCE, &theirs)) {
        return 0;
    }
    for (i = 0; i < 2; i++) {
        if (!take(&mine, TAG_INTEGER, &a) || !take(&theirs, TAG_INTEGER, &b) || !is_same(a, b)) {
            return 0;
        }
    }
    return 1;
}

int mssl_key_is_of(mssl_key_frame_t frame, const unsigned char *der, size_t len,
                   const X509_PUBKEY *pub)
{
    span_t inner = { der, der + len }, bits;
    ASN1_OBJECT *type;
    int bits_len;

    if ((frame == MSSL_KEY_FRAME_PKCS8 && !open_pkcs8(inner, &inner))
        || X509_PUBKEY_get0_param(&type, &bits.at, &bits_len, NULL, pub) != 1) {
        return 0;
    }
    bits.end = bits.at + bits_len;
    switch (OBJ_obj2nid(type)) {
    case NID_X9_62_id_ecPublicKey:
        return frame != MSSL_KEY_FRAME_RSA && ec_is_of(inner, bits);
    case NID_rsaEncryption:
        return frame != MSSL_KEY_FRAME_EC && rsa_is_of(inner, bits);
    default:
        return 0;
    }
}

EVP_PKEY *mssl_key_new_any(const unsigned char *der, size_t len)
{
    return len > LONG_MAX ? NULL : d2i_AutoPrivateKey(NULL, &der, (long)len);
}
