/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "lib/pair/build.h"

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/reason.h"
#include "lib/pair/ocsp.h"
#include "lib/pair/pkcs12.h"
#include "lib/pair/record.h"

/** What a pair is made of while it is made. */
typedef struct build_t {
    const mssl_item_t *item;
    mssl_reason_t *why;
    mssl_blocks_t blocks;
    mssl_pair_t *pair;
    int leaf;                              /* index of the leaf in blocks */
    mssl_link_t *spare[MSSL_BLOCKS_MAX];   /* candidates for the chain, NULL where taken */
    int nspare;
    /* of the leaf, borrowed from a spare or a link, or NULL */
    X509 *issuer;
    mssl_reason_t note;
} build_t;

apr_status_t mssl_pair_read_blocks(mssl_blocks_t *blocks, const mssl_item_t *item,
                                   mssl_reason_t *why)
{
    apr_status_t rv;

    if (item->format == MSSL_FORMAT_PKCS12) {
        return mssl_blocks_add_pkcs12(blocks, &item->cert, item->password, item->label, why);
    }
    if (item->cert.data == NULL || item->cert.len == 0) {
        return mssl_reason_set(why, APR_EINVAL, "%s: the file is empty", item->label);
    }
    rv = mssl_blocks_add_pem(blocks, &item->cert, item->label, why);
    if (rv == APR_SUCCESS && item->key.data != NULL) {
        rv = mssl_blocks_add_pem(blocks, &item->key, item->key_label, why);
    }
    if (rv == APR_SUCCESS && item->chain.data != NULL) {
        rv = mssl_blocks_add_pem(blocks, &item->chain, item->label, why);
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
    mssl_blocks_t *blocks = &build->blocks;

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

    for (i = 0; i < build->blocks.ncerts; i++) {
        cert = decode_cert(&build->blocks.cert[i]);
        if (cert == NULL) {
            return mssl_reason_set_openssl(build->why, APR_EINVAL, "%s: certificate %d of %d "
                                           "cannot be decoded", build->item->label, i + 1,
                                           build->blocks.ncerts);
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
    mssl_blocks_t *blocks = &build->blocks;
    const mssl_item_t *item = build->item;
    const char *key_label = item->key_label != NULL ? item->key_label : item->label;
    apr_status_t rv;

    if (blocks->ncerts == 0) {
        return mssl_reason_set(build->why, APR_EINVAL, "%s: no certificate in the file",
                               item->label);
    }
    if (blocks->key_frame == MSSL_KEY_FRAME_NONE && blocks->pkey == NULL) {
        return mssl_reason_set(build->why, APR_EINVAL, "%s: no private key in the file; put the "
                               "certificate's key there", key_label);
    }
    rv = try_certs(build);
    if (rv != APR_NOTFOUND) {
        return rv;
    }
    if (blocks->pkey == NULL) {
        blocks->pkey = mssl_key_new_any(blocks->key.der, (size_t)blocks->key.len);
        if (blocks->pkey == NULL) {
            return mssl_reason_set_openssl(build->why, APR_EINVAL, "%s: the private key cannot be "
                                           "decoded", key_label);
        }
        rv = try_certs(build);
        if (rv != APR_NOTFOUND) {
            return rv;
        }
    }
    return mssl_reason_set(build->why, APR_EINVAL, "%s: the private key does not belong to the "
                           "certificate in %s; put both there as they were issued, or wait if "
                           "they are just being replaced", key_label, item->label);
}

static int is_same_block(const mssl_block_t *a, const mssl_block_t *b)
{
    return a->len == b->len && memcmp(a->der, b->der, (size_t)a->len) == 0;
}

/* Every certificate but the leaf, each once. */
static apr_status_t collect_spares(build_t *build)
{
    const mssl_block_t *cert = build->blocks.cert;
    mssl_link_t *spare;
    int i, j;

    for (i = 0; i < build->blocks.ncerts; i++) {
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
                                           i + 1, build->blocks.ncerts);
        }
        build->spare[build->nspare++] = spare;
    }
    return APR_SUCCESS;
}

static int is_self_issued(X509 *cert)
{
    return X509_NAME_cmp(X509_get_subject_name(cert), X509_get_issuer_name(cert)) == 0;
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
    for (i = 0; i < build->nspare && !is_self_issued(last); i++) {
        next = build->spare[i] != NULL ? mssl_link_get_cert(build->spare[i]) : NULL;
        if (next == NULL || X509_check_issued(next, last) != X509_V_OK) {
            continue;
        }
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
        i = -1; /* from the front: files hold them in any order */
    }
    if (is_self_issued(pair->cert)) {
        build->issuer = pair->cert;
    }
    return APR_SUCCESS;
}

static void note_chain(build_t *build)
{
    const mssl_pair_t *pair = build->pair;
    char issuer[160];
    int i, extra = 0;

    for (i = 0; i < build->nspare; i++) {
        if (build->spare[i] != NULL && !is_self_issued(mssl_link_get_cert(build->spare[i]))) {
            extra++;
        }
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

static apr_status_t build_pair(build_t *build)
{
    apr_status_t rv = mssl_pair_read_blocks(&build->blocks, build->item, build->why);

    if (rv == APR_SUCCESS) {
        rv = find_leaf(build);
    }
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
        build->note = build->item->why;
        note_chain(build);
        rv = take_staple(build);
    }
    if (rv == APR_SUCCESS && build->note.text[0] != '\0') {
        build->pair->note = strdup(build->note.text);
    }
    return rv;
}

apr_status_t mssl_pair_new_shared(mssl_pair_t **pair, const mssl_item_t *item,
                                  mssl_chains_t *chains, mssl_reason_t *why)
{
    build_t build = { .item = item, .why = why };
    apr_status_t rv;
    int i;

    *pair = NULL;
    if (item->rv != APR_SUCCESS) {
        return mssl_reason_set(why, item->rv, "%s", item->why.text);
    }
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
    mssl_blocks_free(&build.blocks);
    if (rv == APR_SUCCESS) {
        *pair = build.pair;
        build.pair = NULL;
        mssl_reason_set(why, APR_SUCCESS, "%s", "");
    }
    mssl_pair_unref(build.pair);
    ERR_clear_error();
    return rv;
}

apr_status_t mssl_pair_new(mssl_pair_t **pair, const mssl_item_t *item, mssl_reason_t *why)
{
    return mssl_pair_new_shared(pair, item, NULL, why);
}
