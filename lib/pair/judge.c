/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "lib/pair/judge.h"

#include <apr_strings.h>
#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/provider.h>
#include <string.h>

#include "lib/base/cover.h"
#include "lib/base/reason.h"
#include "lib/pair/blocks.h"
#include "lib/pair/build.h"

struct mssl_judge_t {
    /** Without decoders: a certificate's public key stays undecoded, which is most of its price. */
    OSSL_LIB_CTX *bare;
    OSSL_PROVIDER *none; /**< keeps the default provider from being loaded there */
};

/* "a, b, c, ..." for a message. */
static const char *list_names(const mssl_pair_t *pair, char *text, size_t size)
{
    size_t i, used = 0, count = mssl_pair_count_names(pair);

    text[0] = '\0';
    for (i = 0; i < count && i < 4 && used + 80 < size; i++) {
        apr_snprintf(text + used, size - used, "%s%.60s", i > 0 ? ", " : "",
                     mssl_pair_get_name(pair, i));
        used += strlen(text + used);
    }
    if (i < count) {
        apr_snprintf(text + used, size - used, ", ...");
    }
    return count > 0 ? text : "no host name";
}

static int is_covered(const mssl_pair_t *pair, const char *key)
{
    return key[0] == '*' ? mssl_pair_has_pattern(pair, key) : mssl_pair_has_name(pair, key);
}

/*
 * Whether a key stands among the names of a certificate, by itself: a wildcard in another name's
 * folder is found by its pattern, after all that is there for the name.
 */
static int is_named(const mssl_pair_t *pair, const char *key)
{
    size_t i;

    for (i = 0; i < mssl_pair_count_names(pair); i++) {
        if (strcmp(mssl_pair_get_name(pair, i), key) == 0) {
            return 1;
        }
    }
    return 0;
}

/* Whether a pair that was made is one of the key; it ends where not. */
static apr_status_t judge_pair(mssl_pair_t **pair, apr_status_t rv, const mssl_item_t *item,
                               const char *key, mssl_reason_t *why)
{
    char names[320];

    if (rv != APR_SUCCESS || (item->is_shared ? is_named(*pair, key) : is_covered(*pair, key))) {
        return rv;
    }
    rv = APR_NOTFOUND;
    if (!item->is_shared) {
        rv = mssl_reason_set(why, APR_EINVAL, "%s: the certificate does not cover '%s' (it covers "
                             "%s); put it under a name that it covers", item->label, key,
                             list_names(*pair, names, sizeof(names)));
    }
    mssl_pair_unref(*pair);
    *pair = NULL;
    return rv;
}

apr_status_t mssl_judge_item(mssl_pair_t **pair, const mssl_item_t *item, const char *key,
                             mssl_chains_t *chains, mssl_reason_t *why)
{
    return judge_pair(pair, mssl_pair_new_shared(pair, item, chains, why), item, key, why);
}

static apr_status_t free_judge(void *data)
{
    mssl_judge_t *judge = data;

    OSSL_PROVIDER_unload(judge->none);
    OSSL_LIB_CTX_free(judge->bare);
    return APR_SUCCESS;
}

apr_status_t mssl_judge_make(mssl_judge_t **out, apr_pool_t *pool)
{
    mssl_judge_t *judge = apr_pcalloc(pool, sizeof(*judge));

    *out = NULL;
    judge->bare = OSSL_LIB_CTX_new();
    if (judge->bare == NULL) {
        return APR_ENOMEM;
    }
    judge->none = OSSL_PROVIDER_load(judge->bare, "null");
    if (judge->none == NULL) {
        OSSL_LIB_CTX_free(judge->bare);
        return APR_ENOMEM;
    }
    apr_pool_cleanup_register(pool, judge, free_judge, apr_pool_cleanup_null);
    *out = judge;
    return APR_SUCCESS;
}

static void drop(mssl_blob_t *blob)
{
    if (blob->data != NULL) {
        OPENSSL_cleanse((char *)blob->data, blob->len);
    }
    blob->data = NULL;
    blob->len = 0;
}

static void drop_bytes(mssl_item_t *item)
{
    drop(&item->cert);
    drop(&item->key);
    drop(&item->chain);
    drop(&item->staple);
    if (item->password != NULL) {
        OPENSSL_cleanse((char *)item->password, strlen(item->password));
        item->password = NULL;
    }
    item->format = MSSL_FORMAT_PEM;
}

/* The content of a BIO, which ends with that (memory BIOs wipe what they free). */
static int take_text(BIO *bio, mssl_blob_t *blob, apr_pool_t *pool)
{
    char *text;
    long len = BIO_get_mem_data(bio, &text);
    int ok = len > 0;

    if (ok) {
        blob->data = apr_pstrmemdup(pool, text, (apr_size_t)len);
        blob->len = (apr_size_t)len;
    }
    BIO_free(bio);
    return ok;
}

/*
 * All certificates of the files: a root that is not sent tells the issuer, and proves the staple.
 */
static int write_certs(const mssl_blocks_t *blocks, mssl_blob_t *out, apr_pool_t *pool)
{
    BIO *bio = BIO_new(BIO_s_mem());
    int i, ok = bio != NULL;

    for (i = 0; ok && i < blocks->ncerts; i++) {
        ok = PEM_write_bio(bio, PEM_STRING_X509, "", blocks->cert[i].der, blocks->cert[i].len) > 0;
    }
    return bio != NULL && take_text(bio, out, pool) && ok;
}

/*
 * The pair's own key and no other: as it stands in the file where that is DER, as the pair was made
 * from it.
 */
static int write_key(const mssl_blocks_t *blocks, const mssl_pair_t *pair, mssl_blob_t *out,
                     apr_pool_t *pool)
{
    static const char *const labels[] = {
        [MSSL_KEY_FRAME_PKCS8] = PEM_STRING_PKCS8INF,
        [MSSL_KEY_FRAME_RSA] = PEM_STRING_RSA,
        [MSSL_KEY_FRAME_EC] = PEM_STRING_ECPRIVATEKEY,
    };
    BIO *bio = BIO_new(BIO_s_mem());
    int ok = 0;

    if (bio != NULL && blocks->key_frame != MSSL_KEY_FRAME_NONE) {
        ok = PEM_write_bio(bio, labels[blocks->key_frame], "", blocks->key.der,
                           blocks->key.len) > 0;
    }
    else if (bio != NULL) {
        ok = PEM_write_bio_PKCS8PrivateKey(bio, mssl_pair_get_key(pair), NULL, NULL, 0, NULL,
                                           NULL) == 1;
    }
    return bio != NULL && take_text(bio, out, pool) && ok;
}

/* Whether the certificate covers the key. */
static int covers(X509 *cert, const char *key)
{
    mssl_cover_t *cover = mssl_cover_new(cert);
    int does = key[0] == '*' ? mssl_cover_has_pattern(cover, key) : mssl_cover_has_name(cover, key);

    mssl_cover_free(cover);
    return does;
}

/**
 * Whether the blocks are a pair of the key at first sight: each certificate is one, the first that
 * the key belongs to covers the name. No key is decoded, which takes a tenth of the time.
 * @return 1; 0: they are not, or a closer look must tell
 */
static int is_plain_pair(const mssl_judge_t *judge, const mssl_blocks_t *blocks, const char *key)
{
    int i, found = 0, fits = 0, ok = blocks->key_frame != MSSL_KEY_FRAME_NONE;

    for (i = 0; ok && i < blocks->ncerts; i++) {
        const unsigned char *der = blocks->cert[i].der, *end = der + blocks->cert[i].len;
        X509 *cert = X509_new_ex(judge->bare, NULL);

        ok = cert != NULL && d2i_X509(&cert, &der, blocks->cert[i].len) != NULL && der == end;
        if (ok && !found) {
            found = mssl_key_is_of(blocks->key_frame, blocks->key.der, (size_t)blocks->key.len,
                                   X509_get_X509_PUBKEY(cert));
            fits = found && covers(cert, key);
        }
        X509_free(cert);
    }
    ERR_clear_error();
    return ok && fits;
}

/**
 * Put the pair in the place of its files.
 * @param pair NULL: the blocks are a plain one
 */
static apr_status_t rewrite(mssl_item_t *item, const mssl_blocks_t *blocks, const mssl_pair_t *pair,
                            apr_pool_t *pool, mssl_reason_t *why)
{
    mssl_blob_t cert = { NULL, 0 }, key = { NULL, 0 }, staple = { NULL, 0 };

    if (!write_certs(blocks, &cert, pool) || !write_key(blocks, pair, &key, pool)) {
        drop(&key);
        ERR_clear_error();
        return mssl_reason_set(why, APR_ENOMEM, "%s: cannot be written as PEM", item->label);
    }
    if (item->staple.data != NULL && pair != NULL && mssl_pair_has_staple(pair)) {
        staple = item->staple;
        item->staple.data = NULL;
    }
    else if (item->staple.data != NULL && pair != NULL && mssl_pair_get_note(pair) != NULL) {
        apr_cpystrn(item->why.text, mssl_pair_get_note(pair), sizeof(item->why.text));
    }
    drop_bytes(item);
    item->cert = cert;
    item->key = key;
    item->staple = staple;
    ERR_clear_error();
    return APR_SUCCESS;
}

/* Judge an item and leave nothing in it but the pair. Returns as mssl_judge_item() does. */
static apr_status_t reduce(mssl_judge_t *judge, mssl_item_t *item, const char *key,
                           apr_pool_t *pool, mssl_reason_t *why)
{
    mssl_blocks_t blocks;
    mssl_pair_t *pair = NULL;
    apr_status_t rv;

    if (item->rv != APR_SUCCESS) {
        return mssl_reason_set(why, item->rv, "%s", item->why.text);
    }
    memset(&blocks, 0, sizeof(blocks));
    rv = mssl_pair_read_blocks(&blocks, item, why);
    /* A staple is checked here, so that a child never meets one that is costly and no good. */
    if (rv == APR_SUCCESS
        && (item->staple.data != NULL || !is_plain_pair(judge, &blocks, key))) {
        rv = mssl_pair_new_of_blocks(&pair, item, &blocks, NULL, why);
        rv = judge_pair(&pair, rv, item, key, why);
    }
    if (rv == APR_SUCCESS) {
        rv = rewrite(item, &blocks, pair, pool, why);
    }
    mssl_pair_unref(pair);
    mssl_blocks_free(&blocks);
    return rv;
}

/* Whether the item stays, as a pair or as a reason. */
static int is_kept(mssl_judge_t *judge, mssl_item_t *item, const char *key, apr_pool_t *pool)
{
    mssl_reason_t why = { "" };
    apr_status_t rv = reduce(judge, item, key, pool, &why);

    if (rv != APR_SUCCESS) {
        drop_bytes(item);
        item->rv = rv;
        item->why = why;
    }
    return rv != APR_NOTFOUND;
}

void mssl_judge_material(void *judge, const char *key, mssl_material_t *material,
                         apr_pool_t *pool)
{
    int i, kept = 0;

    for (i = 0; i < material->nitems; i++) {
        if (is_kept(judge, &material->item[i], key, pool)) {
            if (kept != i) {
                material->item[kept] = material->item[i];
            }
            kept++;
        }
    }
    material->nitems = kept;
}

int mssl_judge_is_valid(const mssl_item_t *item, apr_time_t now)
{
    mssl_reason_t why;
    mssl_pair_t *pair;
    int is_valid = mssl_pair_new(&pair, item, &why) == APR_SUCCESS
                   && mssl_pair_is_valid_at(pair, now);

    mssl_pair_unref(pair);
    return is_valid;
}
