/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "lib/pair/pair.h"

#include <apr_time.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/asn1time.h"
#include "lib/base/cover.h"
#include "lib/base/reason.h"
#include "lib/pair/record.h"

mssl_pair_t *mssl_pair_alloc(const char *label)
{
    size_t len = strlen(label) + 1;
    mssl_pair_t *pair = calloc(1, sizeof(*pair) + len);

    if (pair != NULL) {
        pair->refs = 1;
        memcpy(pair->label, label, len);
    }
    return pair;
}

mssl_pair_t *mssl_pair_ref(mssl_pair_t *pair)
{
    __atomic_add_fetch(&pair->refs, 1, __ATOMIC_RELAXED);
    return pair;
}

void mssl_pair_unref(mssl_pair_t *pair)
{
    int i;

    if (pair == NULL || __atomic_sub_fetch(&pair->refs, 1, __ATOMIC_ACQ_REL) > 0) {
        return;
    }
    sk_X509_pop_free(pair->chain, X509_free);
    for (i = 0; i < pair->nlinks; i++) {
        mssl_link_put(pair->chains, pair->link[i]);
    }
    free(pair->link);
    mssl_chains_unref(pair->chains);
    X509_free(pair->cert);
    EVP_PKEY_free(pair->key);
    mssl_cover_free(pair->cover);
    free(pair->staple);
    free(pair->note);
    free(pair);
}

static apr_status_t unref_pair(void *data)
{
    mssl_pair_unref(data);
    return APR_SUCCESS;
}

mssl_pair_t *mssl_pair_keep(mssl_pair_t *pair, apr_pool_t *pool)
{
    apr_pool_cleanup_register(pool, pair, unref_pair, apr_pool_cleanup_null);
    return pair;
}

static int key_type_of(const EVP_PKEY *key, mssl_key_type_t *type)
{
    switch (EVP_PKEY_get_base_id(key)) {
    case EVP_PKEY_RSA:
    case EVP_PKEY_RSA_PSS:
        *type = MSSL_KEY_RSA;
        return 1;
    case EVP_PKEY_EC:
        *type = MSSL_KEY_ECDSA;
        return 1;
    case EVP_PKEY_ED25519:
    case EVP_PKEY_ED448:
        *type = MSSL_KEY_EDDSA;
        return 1;
    default:
        return 0;
    }
}

/*
 * OpenSSL's security level 2, which SSL_use_cert_and_key() would hold the handshake to: 112 bits.
 */
static apr_status_t check_strength(X509 *cert, const char *what, const char *label,
                                   mssl_reason_t *why)
{
    const int enough = 112, rsa_max = 8192;
    EVP_PKEY *key = X509_get0_pubkey(cert);
    int bits, md;

    if (key == NULL || EVP_PKEY_get_security_bits(key) < enough) {
        return mssl_reason_set(why, APR_EINVAL, "%s: the key of %s has only %d bits, which TLS "
                               "clients refuse; have it issued anew with RSA 2048 or ECDSA P-256",
                               label, what, key != NULL ? EVP_PKEY_get_bits(key) : 0);
    }
    /* Signing takes the cube of the size: one site's handshakes would starve the others'. */
    if (EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA && EVP_PKEY_get_bits(key) > rsa_max) {
        return mssl_reason_set(why, APR_EINVAL, "%s: the RSA key of %s has %d bits, more than %d; "
                               "have it issued anew with 2048 to 4096", label, what,
                               EVP_PKEY_get_bits(key), rsa_max);
    }
    if ((X509_get_extension_flags(cert) & EXFLAG_SS) != 0) {
        return APR_SUCCESS; /* nobody relies on a self-made signature */
    }
    if (X509_get_signature_info(cert, &md, NULL, &bits, NULL) != 1 || bits < enough) {
        return mssl_reason_set(why, APR_EINVAL, "%s: %s is signed with %s, which TLS clients "
                               "refuse; have it issued anew with SHA-256", label, what,
                               md != NID_undef ? OBJ_nid2sn(md) : "an unknown algorithm");
    }
    return APR_SUCCESS;
}

/* When all of the chain is valid. */
static int measure_chain(mssl_pair_t *pair)
{
    int i;

    pair->chain_from = 0;
    pair->chain_until = APR_INT64_MAX - APR_USEC_PER_SEC;
    for (i = 0; i < sk_X509_num(pair->chain); i++) {
        const X509 *cert = sk_X509_value(pair->chain, i);
        apr_time_t from, until;

        if (!mssl_asn1time_get(&from, X509_get0_notBefore(cert))
            || !mssl_asn1time_get(&until, X509_get0_notAfter(cert))) {
            return 0;
        }
        pair->chain_from = from > pair->chain_from ? from : pair->chain_from;
        pair->chain_until = until < pair->chain_until ? until : pair->chain_until;
    }
    return 1;
}

/*
 * OpenSSL keeps a certificate's DER and its decoded parts, which together are some three times the
 * DER (measured: 8.3 KB for a P-256 pair of 0.6 KB), and a name costs its bytes and a place.
 */
static size_t weigh(const mssl_pair_t *pair)
{
    size_t weight = sizeof(*pair) + strlen(pair->label) + 6144, i, names;

    weight += 3 * (size_t)i2d_X509(pair->cert, NULL);
    for (i = 0; (int)i < sk_X509_num(pair->chain); i++) {
        weight += 3 * (size_t)i2d_X509(sk_X509_value(pair->chain, (int)i), NULL);
    }
    names = mssl_cover_count(pair->cover);
    for (i = 0; i < names; i++) {
        weight += sizeof(char *) + 16 + strlen(mssl_cover_get_name(pair->cover, i));
    }
    return weight;
}

apr_status_t mssl_pair_finish(mssl_pair_t *pair, mssl_reason_t *why)
{
    unsigned int len = sizeof(pair->sha256);
    apr_status_t rv;
    int i;

    if (!key_type_of(pair->key, &pair->type)) {
        return mssl_reason_set(why, APR_EINVAL, "%s: keys of type %s are not served here; use "
                               "ECDSA or RSA", pair->label, EVP_PKEY_get0_type_name(pair->key));
    }
    if (X509_check_purpose(pair->cert, -1, 0) != 1) {
        return mssl_reason_set_openssl(why, APR_EINVAL, "%s: the certificate's extensions cannot "
                                       "be read", pair->label);
    }
    rv = check_strength(pair->cert, "the certificate", pair->label, why);
    for (i = 0; rv == APR_SUCCESS && i < sk_X509_num(pair->chain); i++) {
        rv = check_strength(sk_X509_value(pair->chain, i), "an intermediate certificate",
                            pair->label, why);
    }
    if (rv != APR_SUCCESS) {
        return rv;
    }
    if (!mssl_asn1time_get(&pair->not_before, X509_get0_notBefore(pair->cert))
        || !mssl_asn1time_get(&pair->not_after, X509_get0_notAfter(pair->cert))
        || !measure_chain(pair)) {
        return mssl_reason_set(why, APR_EINVAL, "%s: a certificate has no proper dates",
                               pair->label);
    }
    pair->cover = mssl_cover_new(pair->cert);
    if (pair->cover == NULL
        || X509_digest(pair->cert, EVP_sha256(), pair->sha256, &len) != 1) {
        return mssl_reason_set(why, APR_ENOMEM, "%s: out of memory", pair->label);
    }
    pair->weight = weigh(pair);
    return APR_SUCCESS;
}

apr_status_t mssl_pair_new_loaded(mssl_pair_t **out, X509 *cert, EVP_PKEY *key,
                                  STACK_OF(X509) *chain, const char *label, mssl_reason_t *why)
{
    mssl_pair_t *pair;
    apr_status_t rv;
    int i;

    *out = NULL;
    if (cert == NULL || key == NULL) {
        return mssl_reason_set(why, APR_EINVAL, "%s: no certificate or no key", label);
    }
    if (X509_check_private_key(cert, key) != 1) {
        return mssl_reason_set_openssl(why, APR_EINVAL, "%s: the key does not belong to the "
                                       "certificate", label);
    }
    pair = mssl_pair_alloc(label);
    if (pair == NULL || (chain != NULL && (pair->chain = X509_chain_up_ref(chain)) == NULL)) {
        mssl_pair_unref(pair);
        return mssl_reason_set(why, APR_ENOMEM, "%s: out of memory", label);
    }
    for (i = 0; i < sk_X509_num(pair->chain); i++) {
        X509_check_purpose(sk_X509_value(pair->chain, i), -1, 0); /* as in chain.c */
    }
    X509_up_ref(cert);
    pair->cert = cert;
    EVP_PKEY_up_ref(key);
    pair->key = key;
    rv = mssl_pair_finish(pair, why);
    if (rv == APR_SUCCESS) {
        *out = pair;
        pair = NULL;
    }
    mssl_pair_unref(pair);
    ERR_clear_error();
    return rv;
}

X509 *mssl_pair_get_cert(const mssl_pair_t *pair)
{
    return pair->cert;
}

EVP_PKEY *mssl_pair_get_key(const mssl_pair_t *pair)
{
    return pair->key;
}

STACK_OF(X509) *mssl_pair_get_chain(const mssl_pair_t *pair)
{
    return pair->chain;
}

const unsigned char *mssl_pair_get_sha256(const mssl_pair_t *pair)
{
    return pair->sha256;
}

const char *mssl_pair_get_label(const mssl_pair_t *pair)
{
    return pair->label;
}

mssl_key_type_t mssl_pair_get_type(const mssl_pair_t *pair)
{
    return pair->type;
}

apr_time_t mssl_pair_get_not_before(const mssl_pair_t *pair)
{
    return pair->not_before;
}

apr_time_t mssl_pair_get_not_after(const mssl_pair_t *pair)
{
    return pair->not_after;
}

const char *mssl_pair_get_note(const mssl_pair_t *pair)
{
    return pair->note;
}

const unsigned char *mssl_pair_get_staple(const mssl_pair_t *pair, apr_time_t now, size_t *len)
{
    *len = 0;
    if (pair->staple == NULL || now < pair->staple_from || now >= pair->staple_until) {
        return NULL;
    }
    *len = pair->staple_len;
    return pair->staple;
}

int mssl_pair_has_staple(const mssl_pair_t *pair)
{
    return pair->staple != NULL;
}

int mssl_pair_is_staple_outdated(const mssl_pair_t *pair, apr_time_t now, mssl_reason_t *text)
{
    int is_expired = now >= pair->staple_from;
    char date[APR_RFC822_DATE_LEN];

    if (pair->staple == NULL || (is_expired && now < pair->staple_until)) {
        return 0;
    }
    apr_rfc822_date(date, is_expired ? pair->staple_until : pair->staple_from);
    mssl_reason_set(text, APR_SUCCESS, "%s: its OCSP response (.ocsp) is ignored: it %s %s; %s",
                    pair->label, is_expired ? "expired on" : "is not valid before", date,
                    is_expired ? "fetch a new one" : "check the clock");
    return 1;
}

int mssl_pair_signs_itself(const mssl_pair_t *pair)
{
    return X509_self_signed(pair->cert, 0) == 1;
}

int mssl_pair_is_valid_at(const mssl_pair_t *pair, apr_time_t now)
{
    return mssl_asn1time_is_within(now, pair->not_before, pair->not_after);
}

void mssl_pair_get_dates(const mssl_pair_t *pair, mssl_dates_t *dates)
{
    dates->from = pair->not_before;
    dates->until = pair->not_after;
    dates->chain_from = pair->chain_from;
    dates->chain_until = pair->chain_until;
}

int mssl_dates_get_rank(const mssl_dates_t *dates, apr_time_t now)
{
    return !mssl_asn1time_is_within(now, dates->from, dates->until) ? 0
        : mssl_asn1time_is_within(now, dates->chain_from, dates->chain_until) ? MSSL_RANK_BEST : 1;
}

int mssl_pair_get_rank(const mssl_pair_t *pair, apr_time_t now)
{
    mssl_dates_t dates;

    mssl_pair_get_dates(pair, &dates);
    return mssl_dates_get_rank(&dates, now);
}

size_t mssl_pair_get_weight(const mssl_pair_t *pair)
{
    return pair->weight + pair->staple_len;
}

int mssl_pair_has_name(const mssl_pair_t *pair, const char *name)
{
    return mssl_cover_has_name(pair->cover, name);
}

int mssl_pair_has_pattern(const mssl_pair_t *pair, const char *pattern)
{
    return mssl_cover_has_pattern(pair->cover, pattern);
}

int mssl_pair_has_ip(const mssl_pair_t *pair, const unsigned char *addr, size_t len)
{
    return mssl_cover_has_ip(pair->cover, addr, len);
}

size_t mssl_pair_count_names(const mssl_pair_t *pair)
{
    return mssl_cover_count(pair->cover);
}

const char *mssl_pair_get_name(const mssl_pair_t *pair, size_t i)
{
    return mssl_cover_get_name(pair->cover, i);
}
