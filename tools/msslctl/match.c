/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "tools/msslctl/match.h"

#include <apr_hash.h>
#include <apr_strings.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/cover.h"
#include "lib/base/hash.h"
#include "lib/base/material.h"
#include "lib/files/read.h"
#include "lib/pair/blocks.h"
#include "lib/pair/formats.h"
#include "lib/pair/judge.h"
#include "lib/providers/providers.h"

/** A certificate of a site. */
typedef struct leaf_t {
    X509 *cert;
    const char *file;
    int ncerts; /* of its file */
    unsigned char key[MSSL_SHA256_LEN]; /* of its public key */
} leaf_t;

struct ctl_matcher_t {
    apr_pool_t *pool;
    apr_hash_t *leaves;  /* SHA-256 of the certificate -> leaf_t * */
    apr_hash_t *keys;    /* SHA-256 of the public key -> path */
    apr_hash_t *issuers; /* subject, DER -> path */
    apr_hash_t *matches; /* "type name" -> ctl_match_t * */
};

static int hash_key(unsigned char *digest, const X509_PUBKEY *pub)
{
    unsigned char *der = NULL;
    int len = i2d_X509_PUBKEY(pub, &der);
    int ok = len > 0 && EVP_Digest(der, (size_t)len, digest, NULL, EVP_sha256(), NULL) == 1;

    OPENSSL_free(der);
    return ok;
}

static void *keep_bytes(const ctl_matcher_t *matcher, const void *data, size_t len)
{
    return apr_pmemdup(matcher->pool, data, len);
}

static apr_status_t free_cert(void *data)
{
    X509_free(data);
    return APR_SUCCESS;
}

static void add_issuer(ctl_matcher_t *matcher, X509 *cert, const char *file)
{
    unsigned char *der = NULL;
    int len = i2d_X509_NAME(X509_get_subject_name(cert), &der);

    if (len > 0 && apr_hash_get(matcher->issuers, der, len) == NULL) {
        apr_hash_set(matcher->issuers, keep_bytes(matcher, der, (size_t)len), len, file);
    }
    OPENSSL_free(der);
}

/* The file that has most beside it is taken, as that has the chain. */
static void add_leaf(ctl_matcher_t *matcher, X509 *cert, const char *file, int ncerts)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    leaf_t *leaf;

    if (X509_digest(cert, EVP_sha256(), digest, NULL) != 1) {
        return;
    }
    leaf = apr_hash_get(matcher->leaves, digest, MSSL_SHA256_LEN);
    if (leaf != NULL) {
        if (ncerts > leaf->ncerts) {
            leaf->file = file;
            leaf->ncerts = ncerts;
        }
        return;
    }
    leaf = apr_pcalloc(matcher->pool, sizeof(*leaf));
    leaf->file = file;
    leaf->ncerts = ncerts;
    if (hash_key(leaf->key, X509_get_X509_PUBKEY(cert)) && X509_up_ref(cert) == 1) {
        leaf->cert = cert;
        apr_pool_cleanup_register(matcher->pool, cert, free_cert, apr_pool_cleanup_null);
        apr_hash_set(matcher->leaves, keep_bytes(matcher, digest, MSSL_SHA256_LEN),
                     MSSL_SHA256_LEN, leaf);
    }
}

static void add_key(ctl_matcher_t *matcher, const mssl_blocks_t *blocks, const char *file)
{
    EVP_PKEY *made = blocks->pkey == NULL && blocks->key_frame != MSSL_KEY_FRAME_NONE
                         ? mssl_key_new_any(blocks->key.der, (size_t)blocks->key.len) : NULL;
    EVP_PKEY *key = blocks->pkey != NULL ? blocks->pkey : made;
    unsigned char digest[EVP_MAX_MD_SIZE];
    X509_PUBKEY *pub = NULL;

    if (key != NULL && X509_PUBKEY_set(&pub, key) == 1 && hash_key(digest, pub)
        && apr_hash_get(matcher->keys, digest, MSSL_SHA256_LEN) == NULL) {
        apr_hash_set(matcher->keys, keep_bytes(matcher, digest, MSSL_SHA256_LEN), MSSL_SHA256_LEN,
                     file);
    }
    X509_PUBKEY_free(pub);
    EVP_PKEY_free(made);
}

static void add_file(ctl_matcher_t *matcher, const char *file)
{
    mssl_reason_t why = { "" };
    mssl_blocks_t blocks;
    mssl_blob_t blob;
    apr_pool_t *pool;
    int i;

    memset(&blocks, 0, sizeof(blocks));
    apr_pool_create(&pool, matcher->pool);
    if (mssl_file_read(&blob, NULL, file, pool, &why) == APR_SUCCESS) {
        if (mssl_formats_add(&blocks, &blob, file, &why) == APR_SUCCESS) {
            for (i = 0; i < blocks.ncerts; i++) {
                const unsigned char *der = blocks.cert[i].der;
                X509 *cert = d2i_X509(NULL, &der, blocks.cert[i].len);

                if (cert != NULL && X509_check_ca(cert) == 1) {
                    add_issuer(matcher, cert, file);
                }
                else if (cert != NULL) {
                    add_leaf(matcher, cert, file, blocks.ncerts);
                }
                X509_free(cert);
            }
            add_key(matcher, &blocks, file);
        }
        OPENSSL_cleanse((char *)blob.data, blob.len);
    }
    mssl_blocks_free(&blocks);
    apr_pool_destroy(pool);
    ERR_clear_error();
}

static apr_time_t time_of(const ASN1_TIME *asn1)
{
    apr_time_exp_t parts;
    apr_time_t time = 0;
    struct tm tm;

    if (asn1 == NULL || ASN1_TIME_to_tm(asn1, &tm) != 1) {
        return 0;
    }
    memset(&parts, 0, sizeof(parts));
    parts.tm_sec = tm.tm_sec;
    parts.tm_min = tm.tm_min;
    parts.tm_hour = tm.tm_hour;
    parts.tm_mday = tm.tm_mday;
    parts.tm_mon = tm.tm_mon;
    parts.tm_year = tm.tm_year;
    return apr_time_exp_gmt_get(&time, &parts) == APR_SUCCESS ? time : 0;
}

static void add_path(ctl_match_t *match, const char *file)
{
    int i;

    for (i = 0; i < match->nfiles && strcmp(match->files[i], file) != 0; i++) {
        continue;
    }
    if (i == match->nfiles && match->nfiles < CTL_MATCH_FILES) {
        match->files[match->nfiles++] = file;
    }
}

/* One issuer's file: what else is in it comes along, and the judge puts it in order. */
static void add_issuer_path(const ctl_matcher_t *matcher, ctl_match_t *match, const leaf_t *leaf)
{
    unsigned char *der = NULL;
    int len = leaf->ncerts > 1 ? 0 : i2d_X509_NAME(X509_get_issuer_name(leaf->cert), &der);
    const char *file = len > 0 ? apr_hash_get(matcher->issuers, der, len) : NULL;

    if (file != NULL) {
        add_path(match, file);
    }
    OPENSSL_free(der);
}

/* Valid now before what is not, then what lasts longest. */
static int is_better(const ctl_match_t *match, const ctl_match_t *other, apr_time_t now)
{
    int valid = match->from <= now && now <= match->until;
    int other_valid = other->from <= now && now <= other->until;

    return valid != other_valid ? valid : match->until > other->until;
}

static void add_match(ctl_matcher_t *matcher, const ctl_match_t *match)
{
    const char *key = apr_psprintf(matcher->pool, "%d %s", (int)match->type, match->name);
    const ctl_match_t *other = apr_hash_get(matcher->matches, key, APR_HASH_KEY_STRING);

    if (other == NULL || is_better(match, other, apr_time_now())) {
        apr_hash_set(matcher->matches, key, APR_HASH_KEY_STRING,
                     keep_bytes(matcher, match, sizeof(*match)));
    }
}

static void match_leaf(ctl_matcher_t *matcher, const leaf_t *leaf, const char *key_file)
{
    ctl_match_t match = { .from = time_of(X509_get0_notBefore(leaf->cert)),
                          .until = time_of(X509_get0_notAfter(leaf->cert)) };
    mssl_cover_t *cover = mssl_cover_new(leaf->cert);
    int nid = EVP_PKEY_get_base_id(X509_get0_pubkey(leaf->cert));
    size_t i;

    match.type = nid == EVP_PKEY_RSA || nid == EVP_PKEY_RSA_PSS ? MSSL_KEY_RSA
                 : nid == EVP_PKEY_EC ? MSSL_KEY_ECDSA : MSSL_KEY_EDDSA;
    add_path(&match, leaf->file);
    add_path(&match, key_file);
    add_issuer_path(matcher, &match, leaf);
    for (i = 0; cover != NULL && i < mssl_cover_count(cover); i++) {
        match.name = apr_pstrdup(matcher->pool, mssl_cover_get_name(cover, i));
        add_match(matcher, &match);
    }
    mssl_cover_free(cover);
}

static int compare(const void *a, const void *b)
{
    const ctl_match_t *one = a, *other = b;
    int order = strcmp(one->name, other->name);

    return order != 0 ? order : (int)one->type - (int)other->type;
}

apr_array_header_t *ctl_match_end(const ctl_matcher_t *matcher)
{
    apr_array_header_t *matches = apr_array_make(matcher->pool, 16, sizeof(ctl_match_t));
    apr_hash_index_t *hi;

    for (hi = apr_hash_first(matcher->pool, matcher->matches); hi != NULL; hi = apr_hash_next(hi)) {
        APR_ARRAY_PUSH(matches, ctl_match_t) = *(const ctl_match_t *)apr_hash_this_val(hi);
    }
    qsort(matches->elts, (size_t)matches->nelts, sizeof(ctl_match_t), compare);
    return matches;
}

static void init(ctl_matcher_t *matcher, apr_pool_t *pool)
{
    matcher->pool = pool;
    matcher->leaves = apr_hash_make(pool);
    matcher->keys = apr_hash_make(pool);
    matcher->issuers = apr_hash_make(pool);
    matcher->matches = apr_hash_make(pool);
}

ctl_matcher_t *ctl_match_begin(apr_pool_t *pool)
{
    ctl_matcher_t *matcher = apr_pcalloc(pool, sizeof(*matcher));

    init(matcher, pool);
    return matcher;
}

size_t ctl_match_add(ctl_matcher_t *matcher, const mssl_pair_t *pair, const ctl_match_t *from)
{
    mssl_cover_t *cover = mssl_cover_new(mssl_pair_get_cert(pair));
    size_t n = cover != NULL ? mssl_cover_count(cover) : 0, i;
    ctl_match_t match = *from;

    match.type = mssl_pair_get_type(pair);
    match.from = mssl_pair_get_not_before(pair);
    match.until = mssl_pair_get_not_after(pair);
    for (i = 0; i < n; i++) {
        match.name = apr_pstrdup(matcher->pool, mssl_cover_get_name(cover, i));
        add_match(matcher, &match);
    }
    mssl_cover_free(cover);
    return n;
}

apr_array_header_t *ctl_match_files(const ctl_tree_t *tree)
{
    apr_hash_index_t *hi;
    ctl_matcher_t matcher;
    int i;

    init(&matcher, tree->pool);
    for (i = 0; i < tree->files->nelts; i++) {
        add_file(&matcher, APR_ARRAY_IDX(tree->files, i, const char *));
    }
    for (hi = apr_hash_first(tree->pool, matcher.leaves); hi != NULL; hi = apr_hash_next(hi)) {
        const leaf_t *leaf = apr_hash_this_val(hi);
        const char *key_file = apr_hash_get(matcher.keys, leaf->key, MSSL_SHA256_LEN);

        if (key_file != NULL) {
            match_leaf(&matcher, leaf, key_file);
        }
    }
    return ctl_match_end(&matcher);
}

/** A store that is listed. */
typedef struct listing_t {
    ctl_matcher_t matcher;
    void *instance;
    apr_hash_t *others; /* "type name" -> ctl_match_t *: further names of what was found */
} listing_t;

/* What the store may not find by all of its names. */
static void note_others(listing_t *listing, const mssl_pair_t *pair, const ctl_match_t *match)
{
    mssl_cover_t *cover = mssl_cover_new(mssl_pair_get_cert(pair));
    size_t i;

    for (i = 0; cover != NULL && i < mssl_cover_count(cover); i++) {
        apr_pool_t *pool = listing->matcher.pool;
        const char *name = apr_pstrdup(pool, mssl_cover_get_name(cover, i));
        ctl_match_t *other = apr_pmemdup(pool, match, sizeof(*match));

        other->name = name;
        other->is_unfound = 1;
        apr_hash_set(listing->others, apr_psprintf(pool, "%d %s", (int)match->type, name),
                     APR_HASH_KEY_STRING, other);
    }
    mssl_cover_free(cover);
}

static apr_status_t take_key(void *baton, const char *key)
{
    listing_t *listing = baton;
    ctl_match_t match = { .name = apr_pstrdup(listing->matcher.pool, key) };
    mssl_reason_t why = { "" };
    mssl_material_t *material;
    mssl_pair_t *pair;
    apr_pool_t *pool;
    int i;

    apr_pool_create(&pool, listing->matcher.pool);
    material = apr_pcalloc(pool, sizeof(*material));
    if (mssl_store_dir.fetch(listing->instance, &(mssl_question_t){ key, NULL, pool, material, &why })
        != APR_SUCCESS) {
        material->nitems = 0;
    }
    for (i = 0; i < material->nitems; i++) {
        const mssl_item_t *item = &material->item[i];

        if (mssl_judge_item(&pair, item, key, NULL, &why) == APR_SUCCESS) {
            match.type = mssl_pair_get_type(pair);
            match.from = mssl_pair_get_not_before(pair);
            match.until = mssl_pair_get_not_after(pair);
            match.nfiles = 0;
            add_path(&match, apr_pstrdup(listing->matcher.pool, item->label));
            add_path(&match, apr_pstrdup(listing->matcher.pool, item->key_label));
            if (item->chain_label != NULL) {
                add_path(&match, apr_pstrdup(listing->matcher.pool, item->chain_label));
            }
            add_match(&listing->matcher, &match);
            note_others(listing, pair, &match);
            mssl_pair_unref(pair);
        }
    }
    mssl_material_wipe(material);
    apr_pool_destroy(pool);
    return APR_SUCCESS;
}

/* Each further name is looked up as a handshake would; what is not found so is told. */
static void take_others(listing_t *listing, apr_pool_t *pool)
{
    apr_hash_t *others = apr_hash_copy(pool, listing->others);
    apr_hash_index_t *hi;

    for (hi = apr_hash_first(pool, others); hi != NULL; hi = apr_hash_next(hi)) {
        const ctl_match_t *other = apr_hash_this_val(hi);
        const char *key = apr_hash_this_key(hi);

        if (apr_hash_get(listing->matcher.matches, key, APR_HASH_KEY_STRING) == NULL) {
            take_key(listing, other->name);
        }
        if (apr_hash_get(listing->matcher.matches, key, APR_HASH_KEY_STRING) == NULL) {
            add_match(&listing->matcher, other);
        }
    }
}

apr_status_t ctl_match_store(apr_array_header_t **matches, const char *path, apr_pool_t *pool,
                             mssl_reason_t *why)
{
    listing_t listing = { .instance = NULL };
    apr_status_t rv;

    init(&listing.matcher, pool);
    listing.others = apr_hash_make(pool);
    rv = mssl_store_dir.make(&listing.instance, path, pool, why);
    if (rv == APR_SUCCESS) {
        rv = mssl_store_dir.list(listing.instance, NULL, take_key, &listing, pool, why);
        take_others(&listing, pool);
    }
    *matches = ctl_match_end(&listing.matcher);
    return rv;
}
