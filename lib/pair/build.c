/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "lib/pair/build.h"

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/asn1time.h"
#include "lib/base/reason.h"
#include "lib/pair/formats.h"
#include "lib/pair/ocsp.h"
#include "lib/pair/pkcs12.h"
#include "lib/pair/record.h"

/** What a pair is made of while it is made. */
typedef struct build_t {
    const mssl_item_t *item;
    mssl_reason_t *why;
    mssl_blocks_t *blocks;
    mssl_pair_t *pair;
    int leaf;                              /* index of the leaf in blocks */
    mssl_link_t *spare[MSSL_BLOCKS_MAX];   /* candidates for the chain, NULL where taken */
    int nspare;
    /* of the leaf, borrowed from a spare or a link, or NULL */
    X509 *issuer;
    mssl_reason_t note;
} build_t;

static const char *key_label(const mssl_item_t *item)
{
    return item->key_label != NULL ? item->key_label : item->label;
}

apr_status_t mssl_pair_read_blocks(mssl_blocks_t *blocks, const mssl_item_t *item,
                                   mssl_reason_t *why)
{
    apr_status_t rv;

    if (item->format == MSSL_FORMAT_PKCS12) {
        return mssl_blocks_add_pkcs12(blocks, &item->cert, item->password, item->label, why);
    }
    if (item->cert.data == NULL) {
        return mssl_reason_set(why, APR_EINVAL, "%s: the file is empty", item->label);
    }
    rv = mssl_formats_add(blocks, &item->cert, item->label, why);
    if (rv == APR_SUCCESS && item->key.data != NULL) {
        rv = mssl_formats_add(blocks, &item->key, key_label(item), why);
    }
    if (rv == APR_SUCCESS && item->chain.data != NULL) {
        rv = mssl_formats_add(blocks, &item->chain, item->chain_label != NULL ? item->chain_label
                                                                             : item->label, why);
    }
    return rv;
}

static X509 *decode_cert(const mssl_block_t *block)
{
    const unsigned char *der = block->der;
    X509 *cert = d2i_X509(NULL, &der, block->len);

    if (cert != NULL && (der != block->der + block->len || X509_get0_pubkey(cert) == NULL)) {
        X509_free(cert);
        cert = NULL;
    }
    return cert;
}

/* Whether the key belongs to the certificate; then pair->key is set. */
static int try_key(build_t *build, EVP_PKEY *pub)
{
    mssl_blocks_t *blocks = build->blocks;

    if (blocks->pkey == NULL) {
        return mssl_key_new(&build->pair->key, blocks->key_frame, blocks->key.der,
                            (size_t)blocks->key.len, pub) == APR_SUCCESS;
    }
    if (EVP_PKEY_eq(blocks->pkey, pub) != 1) {
        return 0;
    }
    build->pair->key = blocks->pkey;
    blocks->pkey = NULL;
    return 1;
}

/* Find the leaf: the first certificate that the key belongs to. */
static apr_status_t try_certs(build_t *build)
{
    X509 *cert;
    int i;

    for (i = 0; i < build->blocks->ncerts; i++) {
        cert = decode_cert(&build->blocks->cert[i]);
        if (cert == NULL) {
            return mssl_reason_set_openssl(build->why, APR_EINVAL, "%s: certificate %d of %d "
                                           "cannot be decoded", build->item->label, i + 1,
                                           build->blocks->ncerts);
        }
        if (try_key(build, X509_get0_pubkey(cert))) {
            build->pair->cert = cert;
            build->leaf = i;
            return APR_SUCCESS;
        }
        X509_free(cert);
    }
    return APR_NOTFOUND;
}

static apr_status_t find_leaf(build_t *build)
{
    mssl_blocks_t *blocks = build->blocks;
    const mssl_item_t *item = build->item;
    apr_status_t rv;

    if (blocks->ncerts == 0) {
        return mssl_reason_set(build->why, APR_EINVAL, "%s: no certificate in the file%s%s%s",
                               item->label, blocks->other[0] != '\0' ? ", but a block \"" : "",
                               blocks->other, blocks->other[0] != '\0' ? "\"" : "");
    }
    if (blocks->key_frame == MSSL_KEY_FRAME_NONE && blocks->pkey == NULL) {
        return mssl_reason_set(build->why, APR_EINVAL, "%s: no private key in the file; put the "
                               "certificate's key there%s%s%s", key_label(item),
                               blocks->other[0] != '\0' ? " (it holds a block \"" : "",
                               blocks->other, blocks->other[0] != '\0' ? "\")" : "");
    }
    rv = try_certs(build);
    if (rv != APR_NOTFOUND) {
        return rv;
    }
    if (blocks->pkey == NULL) {
        blocks->pkey = mssl_key_new_any(blocks->key.der, (size_t)blocks->key.len);
        if (blocks->pkey == NULL) {
            return mssl_reason_set_openssl(build->why, APR_EINVAL, "%s: the private key cannot be "
                                           "decoded", key_label(item));
        }
        rv = try_certs(build);
        if (rv != APR_NOTFOUND) {
            return rv;
        }
    }
    return mssl_reason_set(build->why, APR_EINVAL, "%s: the private key does not belong to the "
                           "certificate in %s; put both there as they were issued, or wait if "
                           "they are just being replaced", key_label(item), item->label);
}

static int is_same_block(const mssl_block_t *a, const mssl_block_t *b)
{
    return a->len == b->len && memcmp(a->der, b->der, (size_t)a->len) == 0;
}

/* Every certificate but the leaf, each once. */
static apr_status_t collect_spares(build_t *build)
{
    const mssl_block_t *cert = build->blocks->cert;
    mssl_link_t *spare;
    int i, j;

    for (i = 0; i < build->blocks->ncerts; i++) {
        for (j = 0; j < i && !is_same_block(&cert[i], &cert[j]); j++) {
            continue;
        }
        if (j < i || is_same_block(&cert[i], &cert[build->leaf])) {
            continue;
        }
        spare = mssl_link_get(build->pair->chains, cert[i].der, (size_t)cert[i].len);
        if (spare == NULL) {
            return mssl_reason_set_openssl(build->why, APR_EINVAL, "%s: certificate %d of %d, of "
                                           "the chain, cannot be decoded", build->item->label,
                                           i + 1, build->blocks->ncerts);
        }
        build->spare[build->nspare++] = spare;
    }
    return APR_SUCCESS;
}

static int is_self_issued(X509 *cert)
{
    return X509_NAME_cmp(X509_get_subject_name(cert), X509_get_issuer_name(cert)) == 0;
}

static int is_valid_now(const X509 *cert)
{
    apr_time_t from, until;

    return mssl_asn1time_get(&from, X509_get0_notBefore(cert))
        && mssl_asn1time_get(&until, X509_get0_notAfter(cert))
        && mssl_asn1time_is_within(apr_time_now(), from, until);
}

/**
 * Who issued a certificate, among those not taken yet: of several with one name and key (a CA that
 * was issued anew) the first that is valid now, else the first.
 * @return its place, -1: none
 */
static int find_issuer(const build_t *build, X509 *of)
{
    int i, found = -1;

    for (i = 0; i < build->nspare; i++) {
        X509 *cert = build->spare[i] != NULL ? mssl_link_get_cert(build->spare[i]) : NULL;

        if (cert == NULL || X509_check_issued(cert, of) != X509_V_OK) {
            continue;
        }
        if (is_valid_now(cert)) {
            return i;
        }
        found = found < 0 ? i : found;
    }
    return found;
}

/* Put the chain in order. A root is left out: who trusts it has it. */
static apr_status_t order_chain(build_t *build)
{
    mssl_pair_t *pair = build->pair;
    X509 *last = pair->cert, *next;
    int i;

    if (build->nspare > 0) {
        pair->link = calloc((size_t)build->nspare, sizeof(*pair->link));
        pair->chain = sk_X509_new_reserve(NULL, build->nspare);
        if (pair->link == NULL || pair->chain == NULL) {
            return APR_ENOMEM;
        }
    }
    while (!is_self_issued(last) && (i = find_issuer(build, last)) >= 0) {
        next = mssl_link_get_cert(build->spare[i]);
        if (build->issuer == NULL) {
            build->issuer = next;
        }
        if (is_self_issued(next)) {
            break;
        }
        X509_up_ref(next);
        sk_X509_push(pair->chain, next);
        pair->link[pair->nlinks++] = build->spare[i];
        build->spare[i] = NULL;
        last = next;
    }
    if (is_self_issued(pair->cert)) {
        build->issuer = pair->cert;
    }
    return APR_SUCCESS;
}

static int has_expired(const X509 *cert)
{
    apr_time_t until;

    return !mssl_asn1time_get(&until, X509_get0_notAfter(cert))
        || !mssl_asn1time_is_within(apr_time_now(), 0, until);
}

/* The first certificate of the chain that is not valid now. */
static void note_chain_dates(build_t *build)
{
    char name[160];
    int i;

    for (i = 0; i < sk_X509_num(build->pair->chain); i++) {
        X509 *cert = sk_X509_value(build->pair->chain, i);

        if (!is_valid_now(cert)) {
            X509_NAME_oneline(X509_get_subject_name(cert), name, sizeof(name));
            mssl_reason_set(&build->note, APR_SUCCESS, "%s: the intermediate certificate %s is %s: "
                            "clients will not trust this one; append the chain that the CA has now",
                            build->item->label, name,
                            has_expired(cert) ? "expired" : "not yet valid");
            return;
        }
    }
}

/* Another issue of a certificate that is in the chain: a CA's, left out for a better one. */
static int is_other_issue(const build_t *build, X509 *cert)
{
    int i;

    for (i = 0; i < sk_X509_num(build->pair->chain); i++) {
        X509 *taken = sk_X509_value(build->pair->chain, i);

        if (X509_NAME_cmp(X509_get_subject_name(taken), X509_get_subject_name(cert)) == 0
            && X509_PUBKEY_eq(X509_get_X509_PUBKEY(taken), X509_get_X509_PUBKEY(cert)) == 1) {
            return 1;
        }
    }
    return 0;
}

static void note_chain(build_t *build)
{
    const mssl_pair_t *pair = build->pair;
    char issuer[160];
    int i, extra = 0;

    for (i = 0; i < build->nspare; i++) {
        X509 *cert = build->spare[i] != NULL ? mssl_link_get_cert(build->spare[i]) : NULL;

        extra += cert != NULL && !is_self_issued(cert) && !is_other_issue(build, cert);
    }
    if (extra > 0) {
        mssl_reason_set(&build->note, APR_SUCCESS, "%s: %d certificate%s not of the chain left "
                        "out", build->item->label, extra, extra == 1 ? "" : "s");
    }
    else if (build->issuer == NULL) {
        /* X509_NAME_oneline() escapes what is not printable ASCII. */
        X509_NAME_oneline(X509_get_issuer_name(pair->cert), issuer, sizeof(issuer));
        mssl_reason_set(&build->note, APR_SUCCESS, "%s: no certificate of the issuer (%s) in the "
                        "files; unless that is a root, clients will not trust this one: append "
                        "the chain", build->item->label, issuer);
    }
}

/* A staple that is no good costs the staple, not the pair. */
static apr_status_t take_staple(build_t *build)
{
    const mssl_blob_t *staple = &build->item->staple;
    mssl_pair_t *pair = build->pair;
    mssl_reason_t why;

    if (staple->data == NULL) {
        return APR_SUCCESS;
    }
    if (mssl_ocsp_check(staple, pair->cert, build->issuer, &pair->staple_from,
                          &pair->staple_until, &why) != APR_SUCCESS) {
        mssl_reason_set(&build->note, APR_SUCCESS, "%s: its OCSP response (.ocsp) is ignored: it "
                        "%s", build->item->label, why.text);
        return APR_SUCCESS;
    }
    pair->staple = malloc(staple->len);
    if (pair->staple == NULL) {
        return APR_ENOMEM;
    }
    memcpy(pair->staple, staple->data, staple->len);
    pair->staple_len = staple->len;
    return APR_SUCCESS;
}

/* What every handshake would pay for: public CAs allow 100 names, a certificate with 1,000 is 25 KB. */
static apr_status_t check_names(const mssl_pair_t *pair, mssl_reason_t *why)
{
    size_t count = mssl_pair_count_names(pair);

    if (count <= MSSL_PAIR_NAMES_MAX) {
        return APR_SUCCESS;
    }
    return mssl_reason_set(why, APR_EINVAL, "%s: the certificate has %lu names, more than %d; have "
                           "it issued for fewer", pair->label, (unsigned long)count,
                           MSSL_PAIR_NAMES_MAX);
}

static apr_status_t build_pair(build_t *build)
{
    apr_status_t rv = find_leaf(build);

    if (rv == APR_SUCCESS) {
        rv = collect_spares(build);
    }
    if (rv == APR_SUCCESS) {
        rv = order_chain(build);
    }
    if (rv == APR_SUCCESS) {
        rv = mssl_pair_finish(build->pair, build->why);
    }
    if (rv == APR_SUCCESS) {
        rv = check_names(build->pair, build->why);
    }
    if (rv == APR_SUCCESS) {
        build->note = build->item->why;
        note_chain(build);
        note_chain_dates(build);
        rv = take_staple(build);
    }
    if (rv == APR_SUCCESS && build->note.text[0] != '\0') {
        build->pair->note = strdup(build->note.text);
    }
    return rv;
}

apr_status_t mssl_pair_new_of_blocks(mssl_pair_t **pair, const mssl_item_t *item,
                                     mssl_blocks_t *blocks, mssl_chains_t *chains,
                                     mssl_reason_t *why)
{
    build_t build = { .item = item, .blocks = blocks, .why = why };
    apr_status_t rv;
    int i;

    *pair = NULL;
    mssl_reason_set(why, APR_SUCCESS, "%s: out of memory", item->label);
    build.pair = mssl_pair_alloc(item->label);
    if (build.pair == NULL) {
        return APR_ENOMEM;
    }
    if (chains != NULL) {
        build.pair->chains = mssl_chains_ref(chains);
    }
    ERR_clear_error();
    rv = build_pair(&build);
    for (i = 0; i < build.nspare; i++) {
        mssl_link_put(chains, build.spare[i]);
    }
    if (rv == APR_SUCCESS) {
        *pair = build.pair;
        build.pair = NULL;
        mssl_reason_set(why, APR_SUCCESS, "%s", "");
    }
    mssl_pair_unref(build.pair);
    ERR_clear_error();
    return rv;
}

apr_status_t mssl_pair_new_shared(mssl_pair_t **pair, const mssl_item_t *item,
                                  mssl_chains_t *chains, mssl_reason_t *why)
{
    mssl_blocks_t blocks;
    apr_status_t rv;

    *pair = NULL;
    if (item->rv != APR_SUCCESS) {
        return mssl_reason_set(why, item->rv, "%s", item->why.text);
    }
    memset(&blocks, 0, sizeof(blocks));
    rv = mssl_pair_read_blocks(&blocks, item, why);
    if (rv == APR_SUCCESS) {
        rv = mssl_pair_new_of_blocks(pair, item, &blocks, chains, why);
    }
    mssl_blocks_free(&blocks);
    return rv;
}

apr_status_t mssl_pair_new(mssl_pair_t **pair, const mssl_item_t *item, mssl_reason_t *why)
{
    return mssl_pair_new_shared(pair, item, NULL, why);
}
