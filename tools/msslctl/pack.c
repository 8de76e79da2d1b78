/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "tools/msslctl/pack.h"

#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <string.h>

#include "lib/files/read.h"
#include "lib/pair/build.h"
#include "lib/pair/pkcs12.h"

static int write_certs(BIO *bio, const mssl_pair_t *pair)
{
    STACK_OF(X509) *chain = mssl_pair_get_chain(pair);
    int ok = PEM_write_bio_X509(bio, mssl_pair_get_cert(pair)) == 1, i;

    for (i = 0; ok && chain != NULL && i < sk_X509_num(chain); i++) {
        ok = PEM_write_bio_X509(bio, sk_X509_value(chain, i)) == 1;
    }
    return ok;
}

static int write_key(BIO *bio, const mssl_pair_t *pair)
{
    return PEM_write_bio_PKCS8PrivateKey(bio, mssl_pair_get_key(pair), NULL, NULL, 0, NULL, NULL)
           == 1;
}

static int write_pfx(BIO *bio, const mssl_pair_t *pair, const ctl_order_t *order)
{
    PKCS12 *p12 = PKCS12_create(order->password, order->name, mssl_pair_get_key(pair),
                                mssl_pair_get_cert(pair), mssl_pair_get_chain(pair), 0, 0, 0, 0, 0);
    int ok = p12 != NULL && i2d_PKCS12_bio(bio, p12) == 1;

    PKCS12_free(p12);
    return ok;
}

/* Memory BIOs wipe what they free. @return whether all went well */
static int take(mssl_blob_t *part, BIO *bio, int ok)
{
    char *data;
    long len = BIO_get_mem_data(bio, &data);
    char *copy = ok && len > 0 ? OPENSSL_malloc((size_t)len) : NULL;

    if (copy != NULL) {
        memcpy(copy, data, (size_t)len);
        part->data = copy;
        part->len = (apr_size_t)len;
    }
    BIO_free(bio);
    return copy != NULL;
}

apr_status_t ctl_pack(mssl_blob_t parts[2], const mssl_pair_t *pair, const ctl_order_t *order)
{
    BIO *first = BIO_new(BIO_s_mem()), *second = BIO_new(BIO_s_mem());
    int ok = 0;

    memset(parts, 0, 2 * sizeof(*parts));
    if (first == NULL || second == NULL) {
        BIO_free(first);
        BIO_free(second);
        return APR_ENOMEM;
    }
    if (order->form == CTL_CARGO_PEM) {
        ok = write_key(first, pair) && write_certs(first, pair);
    }
    else if (order->form == CTL_CARGO_SPLIT) {
        ok = write_certs(first, pair) && write_key(second, pair);
    }
    else {
        ok = write_pfx(first, pair, order);
    }
    ok = take(&parts[0], first, ok);
    if (order->form == CTL_CARGO_SPLIT) {
        ok = take(&parts[1], second, ok);
    }
    else {
        BIO_free(second);
    }
    ERR_clear_error();
    return ok ? APR_SUCCESS : APR_EGENERAL;
}

void ctl_pack_free(mssl_blob_t parts[2])
{
    int i;

    for (i = 0; i < 2; i++) {
        OPENSSL_clear_free((char *)parts[i].data, parts[i].len);
        parts[i].data = NULL;
        parts[i].len = 0;
    }
}

static int is_same_chain(STACK_OF(X509) *a, STACK_OF(X509) *b)
{
    int i, n = a != NULL ? sk_X509_num(a) : 0;

    if (n != (b != NULL ? sk_X509_num(b) : 0)) {
        return 0;
    }
    for (i = 0; i < n; i++) {
        if (X509_cmp(sk_X509_value(a, i), sk_X509_value(b, i)) != 0) {
            return 0;
        }
    }
    return 1;
}

int ctl_pack_is_there(const char *path, const mssl_pair_t *pair, const char *password,
                      apr_pool_t *pool)
{
    const mssl_item_t item = { .label = path, .key_label = path };
    mssl_reason_t why = { "" };
    mssl_pair_t *other = NULL;
    mssl_blocks_t blocks;
    mssl_blob_t blob;
    int same;

    memset(&blocks, 0, sizeof(blocks));
    if (mssl_file_read(&blob, NULL, path, pool, &why) != APR_SUCCESS) {
        return 0;
    }
    same = mssl_blocks_add_pkcs12(&blocks, &blob, password, path, &why) == APR_SUCCESS
           && mssl_pair_new_of_blocks(&other, &item, &blocks, NULL, &why) == APR_SUCCESS
           && memcmp(mssl_pair_get_sha256(other), mssl_pair_get_sha256(pair), MSSL_SHA256_LEN) == 0
           && is_same_chain(mssl_pair_get_chain(other), mssl_pair_get_chain(pair));
    mssl_pair_unref(other);
    mssl_blocks_free(&blocks);
    OPENSSL_cleanse((char *)blob.data, blob.len);
    return same;
}
