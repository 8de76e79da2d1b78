/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "lib/pair/brief.h"

#include <openssl/err.h>
#include <openssl/objects.h>
#include <openssl/provider.h>
#include <openssl/x509v3.h>
#include <string.h>

#include "lib/base/asn1time.h"
#include "lib/base/cover.h"
#include "lib/pair/blocks.h"
#include "lib/pair/build.h"
#include "lib/pair/judge.h"

/** Chains that are remembered, a power of two; two in one place push each other out. */
#define CHAINS 1024

/** How the chain of a leaf came out that has this issuer, and these certificates beside it. */
typedef struct chain_t {
    unsigned char digest[MSSL_SHA256_LEN];
    int is_known;
    apr_time_t from, until;
} chain_t;

struct mssl_briefs_t {
    /** Without decoders: a certificate's public key stays undecoded, which is most of its price. */
    OSSL_LIB_CTX *bare;
    OSSL_PROVIDER *none; /**< keeps the default provider from being loaded there */
    mssl_chains_t *links;
    chain_t chain[CHAINS];
};

static apr_status_t destroy(void *data)
{
    mssl_briefs_t *briefs = data;

    mssl_chains_unref(briefs->links);
    OSSL_PROVIDER_unload(briefs->none);
    OSSL_LIB_CTX_free(briefs->bare);
    return APR_SUCCESS;
}

apr_status_t mssl_briefs_make(mssl_briefs_t **out, apr_pool_t *pool)
{
    mssl_briefs_t *briefs = apr_pcalloc(pool, sizeof(*briefs));

    *out = NULL;
    briefs->bare = OSSL_LIB_CTX_new();
    briefs->none = briefs->bare != NULL ? OSSL_PROVIDER_load(briefs->bare, "null") : NULL;
    briefs->links = briefs->none != NULL ? mssl_chains_new() : NULL;
    if (briefs->links == NULL) {
        if (briefs->none != NULL) {
            OSSL_PROVIDER_unload(briefs->none);
        }
        OSSL_LIB_CTX_free(briefs->bare);
        return APR_ENOMEM;
    }
    apr_pool_cleanup_register(pool, briefs, destroy, apr_pool_cleanup_null);
    *out = briefs;
    return APR_SUCCESS;
}

/* Of an RSA key, from its DER: SEQUENCE { INTEGER modulus, ... }. @return 0: not to be told */
static int count_rsa_bits(const unsigned char *der, long len)
{
    const unsigned char *at = der;
    int tag, class, rc;
    long size;

    rc = ASN1_get_object(&at, &size, &tag, &class, len);
    if ((rc & 0x80) != 0 || tag != V_ASN1_SEQUENCE) {
        return 0;
    }
    rc = ASN1_get_object(&at, &size, &tag, &class, len - (at - der));
    if ((rc & 0x80) != 0 || tag != V_ASN1_INTEGER || size < 1 || size > 4096) {
        return 0;
    }
    for (; size > 0 && *at == 0; at++, size--) {
        continue;
    }
    return size > 0 ? (int)size * 8 - __builtin_clz(*at) + 24 : 0;
}

/* Whether a key is of a kind and strength that is taken without a closer look (pair.c has all). */
static int has_plain_key(const X509 *cert, mssl_key_type_t *type)
{
    ASN1_OBJECT *algorithm;
    const unsigned char *der;
    const void *curve;
    X509_ALGOR *algor;
    int len, kind, bits, nid;

    if (X509_PUBKEY_get0_param(&algorithm, &der, &len, &algor, X509_get_X509_PUBKEY(cert)) != 1) {
        return 0;
    }
    X509_ALGOR_get0(NULL, &kind, &curve, algor);
    if (OBJ_obj2nid(algorithm) == NID_X9_62_id_ecPublicKey) {
        nid = kind == V_ASN1_OBJECT ? OBJ_obj2nid(curve) : NID_undef;
        *type = MSSL_KEY_ECDSA;
        return nid == NID_X9_62_prime256v1 || nid == NID_secp384r1 || nid == NID_secp521r1;
    }
    bits = OBJ_obj2nid(algorithm) == NID_rsaEncryption ? count_rsa_bits(der, len) : 0;
    *type = MSSL_KEY_RSA;
    return bits >= 2048 && bits <= 8192;
}

static int has_plain_signature(const X509 *cert)
{
    switch (X509_get_signature_nid(cert)) {
    case NID_sha256WithRSAEncryption:
    case NID_sha384WithRSAEncryption:
    case NID_sha512WithRSAEncryption:
    case NID_ecdsa_with_SHA256:
    case NID_ecdsa_with_SHA384:
    case NID_ecdsa_with_SHA512:
        return 1;
    default:
        return 0;
    }
}

/* Whether the names of a certificate make it one of the key, as judge.c has it. */
static int has_key(X509 *cert, const mssl_item_t *item, const char *key)
{
    mssl_cover_t *cover = mssl_cover_new(cert);
    size_t i, n = cover != NULL ? mssl_cover_count(cover) : 0;
    int does = 0;

    if (n > 0 && n <= MSSL_PAIR_NAMES_MAX) {
        if (item->is_shared) {
            for (i = 0; i < n && !does; i++) {
                does = strcmp(mssl_cover_get_name(cover, i), key) == 0;
            }
        }
        else {
            does = key[0] == '*' ? mssl_cover_has_pattern(cover, key)
                                 : mssl_cover_has_name(cover, key);
        }
    }
    mssl_cover_free(cover);
    return does;
}

/**
 * The first certificate that the key belongs to.
 * @param place out: in blocks
 * @return the caller's; NULL: none, or a closer look must tell
 */
static X509 *find_leaf(const mssl_briefs_t *briefs, const mssl_blocks_t *blocks, int *place)
{
    int i;

    for (i = 0; i < blocks->ncerts; i++) {
        const unsigned char *der = blocks->cert[i].der, *end = der + blocks->cert[i].len;
        X509 *cert = X509_new_ex(briefs->bare, NULL);

        if (cert == NULL || d2i_X509(&cert, &der, blocks->cert[i].len) == NULL || der != end) {
            X509_free(cert);
            return NULL;
        }
        if (mssl_key_is_of(blocks->key_frame, blocks->key.der, (size_t)blocks->key.len,
                           X509_get_X509_PUBKEY(cert))) {
            *place = i;
            return cert;
        }
        X509_free(cert);
    }
    return NULL;
}

static int add_der(EVP_MD_CTX *ctx, const void *der, int len)
{
    return len >= 0 && EVP_DigestUpdate(ctx, &len, sizeof(len)) == 1
           && EVP_DigestUpdate(ctx, der, (size_t)len) == 1;
}

/*
 * What the order of a chain depends on (X509_check_issued()): the leaf's issuer, its authority key
 * identifier, whether it is its own issuer, and the other certificates, in their order.
 */
static int hash_chain(const mssl_blocks_t *blocks, int leaf, const X509 *cert,
                      unsigned char digest[MSSL_SHA256_LEN])
{
    int at = X509_get_ext_by_NID(cert, NID_authority_key_identifier, -1), i, ok;
    const ASN1_OCTET_STRING *id = at >= 0 ? X509_EXTENSION_get_data(X509_get_ext(cert, at)) : NULL;
    int is_own = X509_NAME_cmp(X509_get_subject_name(cert), X509_get_issuer_name(cert)) == 0;
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    const unsigned char *name;
    size_t name_len;

    ok = ctx != NULL && EVP_DigestInit_ex(ctx, EVP_sha256(), NULL) == 1
         && X509_NAME_get0_der(X509_get_issuer_name(cert), &name, &name_len) == 1
         && add_der(ctx, name, (int)name_len) && add_der(ctx, &is_own, sizeof(is_own))
         && add_der(ctx, id != NULL ? ASN1_STRING_get0_data(id) : NULL,
                    id != NULL ? ASN1_STRING_length(id) : 0);
    for (i = 0; ok && i < blocks->ncerts; i++) {
        ok = i == leaf || add_der(ctx, blocks->cert[i].der, (int)blocks->cert[i].len);
    }
    ok = ok && EVP_DigestFinal_ex(ctx, digest, NULL) == 1;
    EVP_MD_CTX_free(ctx);
    return ok;
}

static chain_t *find_chain(mssl_briefs_t *briefs, const unsigned char *digest)
{
    return &briefs->chain[(digest[0] | digest[1] << 8) % CHAINS];
}

/**
 * Judge what is plain.
 * @param chain out: the digest of the leaf's chain, where it has one; all zeros: none
 * @return 1, brief is filled; 0: it is not plain
 */
static int judge_plain(mssl_briefs_t *briefs, const mssl_blocks_t *blocks, const mssl_item_t *item,
                       const char *key, mssl_brief_t *brief, unsigned char *chain)
{
    X509 *cert;
    const chain_t *known;
    int leaf = 0, ok;

    if (blocks->key_frame == MSSL_KEY_FRAME_NONE
        || (cert = find_leaf(briefs, blocks, &leaf)) == NULL) {
        return 0;
    }
    /* Behind the flags are the extensions, decoded; without digests there is no fingerprint. */
    ok = has_plain_key(cert, &brief->type) && has_plain_signature(cert)
         && (X509_get_extension_flags(cert) & (EXFLAG_INVALID | EXFLAG_SI)) == 0
         && mssl_asn1time_get(&brief->dates.from, X509_get0_notBefore(cert))
         && mssl_asn1time_get(&brief->dates.until, X509_get0_notAfter(cert))
         && EVP_Digest(blocks->cert[leaf].der, (size_t)blocks->cert[leaf].len, brief->sha256, NULL,
                       EVP_sha256(), NULL) == 1
         && has_key(cert, item, key) && hash_chain(blocks, leaf, cert, chain);
    brief->signs_itself = 0; /* what is issued in its own name is looked at closely */
    X509_free(cert);
    known = ok ? find_chain(briefs, chain) : NULL;
    if (known == NULL || !known->is_known
        || memcmp(known->digest, chain, MSSL_SHA256_LEN) != 0) {
        return 0;
    }
    brief->dates.chain_from = known->from;
    brief->dates.chain_until = known->until;
    return 1;
}

static void judge_pair(mssl_briefs_t *briefs, const mssl_pair_t *pair, const unsigned char *digest,
                       mssl_brief_t *brief)
{
    static const unsigned char none[MSSL_SHA256_LEN];
    chain_t *chain = find_chain(briefs, digest);

    brief->type = mssl_pair_get_type(pair);
    mssl_pair_get_dates(pair, &brief->dates);
    memcpy(brief->sha256, mssl_pair_get_sha256(pair), MSSL_SHA256_LEN);
    brief->signs_itself = mssl_pair_signs_itself(pair);
    if (memcmp(digest, none, MSSL_SHA256_LEN) != 0) {
        memcpy(chain->digest, digest, MSSL_SHA256_LEN);
        chain->from = brief->dates.chain_from;
        chain->until = brief->dates.chain_until;
        chain->is_known = 1;
    }
}

apr_status_t mssl_briefs_judge(mssl_briefs_t *briefs, const mssl_item_t *item, const char *key,
                               mssl_brief_t *brief, mssl_reason_t *why)
{
    unsigned char chain[MSSL_SHA256_LEN] = { 0 };
    mssl_item_t bare = *item;
    mssl_blocks_t blocks;
    mssl_pair_t *pair = NULL;
    apr_status_t rv = APR_SUCCESS;
    int is_plain = 0;

    bare.staple.data = NULL;
    bare.staple.len = 0;
    memset(&blocks, 0, sizeof(blocks));
    if (item->rv == APR_SUCCESS && item->format == MSSL_FORMAT_PEM) {
        is_plain = mssl_pair_read_blocks(&blocks, item, why) == APR_SUCCESS
                   && judge_plain(briefs, &blocks, item, key, brief, chain);
    }
    mssl_blocks_free(&blocks);
    ERR_clear_error();
    if (!is_plain) {
        rv = mssl_judge_item(&pair, &bare, key, briefs->links, why);
        if (rv == APR_SUCCESS) {
            judge_pair(briefs, pair, chain, brief);
        }
        mssl_pair_unref(pair);
    }
    return rv;
}
