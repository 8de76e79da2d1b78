/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "store/judge.h"

#include <apr_strings.h>
#include <apr_thread_mutex.h>
#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/ocsp.h>
#include <openssl/pem.h>
#include <string.h>

#include "base/reason.h"
#include "store/pem.h"
#include "store/pkcs12.h"

/** So many intermediates are remembered; there are some dozen in use in the world at a time. */
#define LINKS 64

struct mssl_judge_t {
    mssl_chains_t *chains;
    apr_thread_mutex_t *lock;
    mssl_link_t *link[LINKS]; /**< under the lock; a count on each */
    int next;                 /**< the oldest */
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

apr_status_t mssl_judge_item(mssl_pair_t **pair, const mssl_item_t *item, const char *key,
                             mssl_chains_t *chains, mssl_reason_t *why)
{
    apr_status_t rv = mssl_pair_new_shared(pair, item, chains, why);
    char names[320];

    if (rv != APR_SUCCESS
        || (key[0] == '*' ? mssl_pair_has_pattern(*pair, key) : mssl_pair_has_name(*pair, key))) {
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

static apr_status_t forget_links(void *data)
{
    mssl_judge_t *judge = data;
    int i;

    for (i = 0; i < LINKS; i++) {
        mssl_link_put(judge->chains, judge->link[i]);
    }
    mssl_chains_unref(judge->chains);
    return APR_SUCCESS;
}

apr_status_t mssl_judge_make(mssl_judge_t **out, apr_pool_t *pool)
{
    mssl_judge_t *judge = apr_pcalloc(pool, sizeof(*judge));
    apr_status_t rv = apr_thread_mutex_create(&judge->lock, APR_THREAD_MUTEX_DEFAULT, pool);

    *out = NULL;
    if (rv != APR_SUCCESS) {
        return rv;
    }
    judge->chains = mssl_chains_new();
    if (judge->chains == NULL) {
        return APR_ENOMEM;
    }
    apr_pool_cleanup_register(pool, judge, forget_links, apr_pool_cleanup_null);
    *out = judge;
    return APR_SUCCESS;
}

/* A certificate of a good pair's chain: the next pair that has it finds it decoded. */
static void remember_link(mssl_judge_t *judge, X509 *cert)
{
    unsigned char *der = NULL;
    int i, len = i2d_X509(cert, &der);
    mssl_link_t *link = len > 0 ? mssl_link_get(judge->chains, der, (size_t)len) : NULL, *oldest;

    OPENSSL_free(der);
    apr_thread_mutex_lock(judge->lock);
    for (i = 0; i < LINKS && judge->link[i] != link; i++) {
        continue;
    }
    oldest = link; /* known: give the new count back */
    if (i == LINKS && link != NULL) {
        oldest = judge->link[judge->next];
        judge->link[judge->next] = link;
        judge->next = (judge->next + 1) % LINKS;
    }
    apr_thread_mutex_unlock(judge->lock);
    mssl_link_put(judge->chains, oldest);
}

static void remember_chain(mssl_judge_t *judge, const mssl_pair_t *pair)
{
    STACK_OF(X509) *chain = mssl_pair_get_chain(pair);
    int i;

    for (i = 0; i < sk_X509_num(chain); i++) {
        remember_link(judge, sk_X509_value(chain, i));
    }
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

static apr_status_t read_blocks(mssl_blocks_t *blocks, const mssl_item_t *item, mssl_reason_t *why)
{
    const mssl_blob_t *const blobs[] = { &item->cert, &item->key, &item->chain };
    apr_status_t rv = APR_SUCCESS;
    size_t i;

    if (item->format == MSSL_FORMAT_PKCS12) {
        return mssl_blocks_add_pkcs12(blocks, &item->cert, item->password, item->label, why);
    }
    for (i = 0; rv == APR_SUCCESS && i < sizeof(blobs) / sizeof(blobs[0]); i++) {
        if (blobs[i]->data != NULL) {
            rv = mssl_blocks_add_pem(blocks, blobs[i], item->label, why);
        }
    }
    return rv;
}

/*
 * Whether the bytes are an OCSP response, all of them: those are public, and the asker checks whose
 * it is.
 */
static int is_staple(const mssl_blob_t *blob)
{
    const unsigned char *at = (const unsigned char *)blob->data;
    OCSP_RESPONSE *response = at != NULL ? d2i_OCSP_RESPONSE(NULL, &at, (long)blob->len) : NULL;
    int ok = response != NULL && at == (const unsigned char *)blob->data + blob->len;

    OCSP_RESPONSE_free(response);
    return ok;
}

/* Put the pair in the place of its files. */
static apr_status_t rewrite(mssl_item_t *item, const mssl_pair_t *pair, apr_pool_t *pool,
                            mssl_reason_t *why)
{
    mssl_blocks_t blocks;
    mssl_blob_t cert = { NULL, 0 }, key = { NULL, 0 }, staple = { NULL, 0 };
    apr_status_t rv;

    memset(&blocks, 0, sizeof(blocks));
    rv = read_blocks(&blocks, item, why);
    if (rv == APR_SUCCESS
        && (!write_certs(&blocks, &cert, pool) || !write_key(&blocks, pair, &key, pool))) {
        rv = mssl_reason_set(why, APR_ENOMEM, "%s: cannot be written as PEM", item->label);
        drop(&key);
    }
    mssl_blocks_free(&blocks);
    ERR_clear_error();
    if (rv != APR_SUCCESS) {
        return rv;
    }
    if (is_staple(&item->staple)) {
        staple = item->staple;
        item->staple.data = NULL;
    }
    else if (item->staple.data != NULL) {
        mssl_reason_set(&item->why, APR_SUCCESS, "%s: its OCSP response (.ocsp) is ignored: it is "
                        "not a successful OCSP response in DER", item->label);
    }
    drop_bytes(item);
    item->cert = cert;
    item->key = key;
    item->staple = staple;
    return APR_SUCCESS;
}

/* Whether the item stays, as a pair or as a reason. */
static int is_kept(mssl_judge_t *judge, mssl_item_t *item, const char *key, apr_pool_t *pool)
{
    mssl_reason_t why = { "" };
    mssl_pair_t *pair;
    apr_status_t rv = mssl_judge_item(&pair, item, key, judge->chains, &why);

    if (rv == APR_SUCCESS) {
        remember_chain(judge, pair);
        rv = rewrite(item, pair, pool, &why);
    }
    mssl_pair_unref(pair);
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
