/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "tools/msslctl/joined.h"

#include <apr_strings.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <string.h>

#include "lib/base/reason.h"
#include "lib/files/read.h"
#include "lib/pair/build.h"
#include "lib/pair/formats.h"
#include "lib/pair/judge.h"
#include "lib/pair/pkcs12.h"

#define FILES_MAX 8
#define PASSWORD_MAX 256

typedef struct reader_t {
    mssl_blob_t blob[FILES_MAX];
    const char *path[FILES_MAX];
    int n;
    mssl_blocks_t blocks;
    const char *password; /* of a PFX; NULL: none was given */
    const char *cert, *key; /* the first files that had one */
} reader_t;

static int is_pfx(const mssl_blob_t *blob)
{
    const unsigned char *der = (const unsigned char *)blob->data;
    PKCS12 *p12 = blob->len > 0 && der[0] == 0x30 ? d2i_PKCS12(NULL, &der, (long)blob->len) : NULL;

    PKCS12_free(p12);
    ERR_clear_error();
    return p12 != NULL;
}

/* One line, and nothing that a file of a pair has. */
static int is_password(const mssl_blob_t *blob)
{
    size_t len = strcspn(blob->data, "\r\n"), i;

    for (i = 0; i < len; i++) {
        if ((unsigned char)blob->data[i] < 0x20) {
            return 0; /* DER has such, where it is as short */
        }
    }
    return blob->len > 0 && len > 0 && len <= PASSWORD_MAX && strlen(blob->data) == blob->len
           && blob->len - len <= 2 && strstr(blob->data, "-----BEGIN") == NULL;
}

static const char *find_password(const reader_t *reader, apr_pool_t *pool)
{
    int i;

    for (i = 0; i < reader->n; i++) {
        if (is_password(&reader->blob[i])) {
            return apr_pstrmemdup(pool, reader->blob[i].data,
                                  strcspn(reader->blob[i].data, "\r\n"));
        }
    }
    return NULL;
}

static apr_status_t add_pfx(reader_t *reader, int i, mssl_reason_t *why)
{
    apr_status_t rv = mssl_blocks_add_pkcs12(&reader->blocks, &reader->blob[i], reader->password,
                                             reader->path[i], why);

    if (rv == APR_SUCCESS || !reader->blocks.is_locked) {
        return rv;
    }
    if (reader->password == NULL) {
        return mssl_reason_set(why, rv, "%s: is a PFX (PKCS#12) file, which does not open without "
                               "a password; write the password into a file and name that file, too",
                               reader->path[i]);
    }
    return mssl_reason_set(why, rv, "%s: is a PFX (PKCS#12) file, which does not open with the "
                           "password that was given", reader->path[i]);
}

/* For what is said of them. */
static void note_first(reader_t *reader, const char *path)
{
    const mssl_blocks_t *blocks = &reader->blocks;

    if (reader->cert == NULL && blocks->ncerts > 0) {
        reader->cert = path;
    }
    if (reader->key == NULL
        && (blocks->key_frame != MSSL_KEY_FRAME_NONE || blocks->pkey != NULL)) {
        reader->key = path;
    }
}

static apr_status_t read_files(reader_t *reader, const char *const *paths, int n, apr_pool_t *pool,
                               mssl_reason_t *why)
{
    apr_status_t rv = APR_SUCCESS;
    int i, has_pfx = 0;

    if (n > FILES_MAX) {
        return mssl_reason_set(why, APR_EINVAL, "more than %d files for one pair", FILES_MAX);
    }
    for (i = 0; rv == APR_SUCCESS && i < n; i++) {
        reader->path[i] = paths[i];
        rv = mssl_file_read(&reader->blob[i], NULL, paths[i], pool, why);
        if (APR_STATUS_IS_ENOENT(rv)) {
            mssl_reason_set(why, rv, "%s: there is no such file", paths[i]);
        }
        reader->n = i + (rv == APR_SUCCESS);
        has_pfx |= rv == APR_SUCCESS && is_pfx(&reader->blob[i]);
    }
    reader->password = has_pfx ? find_password(reader, pool) : NULL;
    for (i = 0; rv == APR_SUCCESS && i < n; i++) {
        if (is_pfx(&reader->blob[i])) {
            rv = add_pfx(reader, i, why);
        }
        else if (!has_pfx || !is_password(&reader->blob[i])) {
            rv = mssl_formats_add(&reader->blocks, &reader->blob[i], paths[i], why);
        }
        note_first(reader, paths[i]);
    }
    return rv;
}

static void wipe(reader_t *reader)
{
    int i;

    for (i = 0; i < reader->n; i++) {
        OPENSSL_cleanse((char *)reader->blob[i].data, reader->blob[i].len);
    }
    if (reader->password != NULL) {
        OPENSSL_cleanse((char *)reader->password, strlen(reader->password));
    }
    mssl_blocks_free(&reader->blocks);
}

apr_status_t ctl_joined_write(mssl_blob_t *text, const mssl_pair_t *pair, apr_pool_t *pool)
{
    STACK_OF(X509) *chain = mssl_pair_get_chain(pair);
    BIO *bio = BIO_new(BIO_s_mem());
    int ok = bio != NULL && PEM_write_bio_X509(bio, mssl_pair_get_cert(pair)) == 1, i;
    char *data;
    long len;

    for (i = 0; ok && chain != NULL && i < sk_X509_num(chain); i++) {
        ok = PEM_write_bio_X509(bio, sk_X509_value(chain, i)) == 1;
    }
    ok = ok && PEM_write_bio_PKCS8PrivateKey(bio, mssl_pair_get_key(pair), NULL, NULL, 0, NULL,
                                             NULL) == 1;
    if (ok) {
        len = BIO_get_mem_data(bio, &data);
        text->data = apr_pstrmemdup(pool, data, (apr_size_t)len);
        text->len = (apr_size_t)len;
    }
    BIO_free(bio); /* memory BIOs wipe what they free */
    ERR_clear_error();
    return ok ? APR_SUCCESS : APR_ENOMEM;
}

/* As the server will: from the text, under the key. */
static apr_status_t judge(ctl_joined_t *joined, const char *label, const char *key,
                          mssl_reason_t *why)
{
    mssl_item_t item;

    memset(&item, 0, sizeof(item));
    item.label = item.key_label = label;
    item.format = MSSL_FORMAT_PEM;
    item.cert = joined->text;
    return mssl_judge_item(&joined->pair, &item, key, NULL, why);
}

apr_status_t ctl_joined_make(ctl_joined_t *joined, mssl_blocks_t *blocks, const mssl_item_t *item,
                             const char *key, apr_pool_t *pool, mssl_reason_t *why)
{
    mssl_pair_t *pair = NULL;
    apr_status_t rv = mssl_pair_new_of_blocks(&pair, item, blocks, NULL, why);

    memset(joined, 0, sizeof(*joined));
    if (rv == APR_SUCCESS && key == NULL) {
        joined->pair = pair;
        return rv;
    }
    if (rv == APR_SUCCESS) {
        rv = ctl_joined_write(&joined->text, pair, pool);
    }
    mssl_pair_unref(pair);
    return rv == APR_SUCCESS ? judge(joined, item->label, key, why) : rv;
}

apr_status_t ctl_joined_read(ctl_joined_t *joined, const char *const *paths, int n, const char *key,
                             apr_pool_t *pool, mssl_reason_t *why)
{
    reader_t *reader = apr_pcalloc(pool, sizeof(*reader));
    mssl_item_t item;
    apr_status_t rv;

    memset(joined, 0, sizeof(*joined));
    memset(&item, 0, sizeof(item));
    item.format = MSSL_FORMAT_PEM;
    rv = read_files(reader, paths, n, pool, why);
    if (rv == APR_SUCCESS) {
        item.label = reader->cert != NULL ? reader->cert : paths[0];
        item.key_label = reader->key != NULL ? reader->key : item.label;
        rv = ctl_joined_make(joined, &reader->blocks, &item, key, pool, why);
    }
    joined->is_locked = reader->blocks.is_locked;
    wipe(reader);
    return rv;
}

void ctl_joined_free(ctl_joined_t *joined)
{
    if (joined->text.data != NULL) {
        OPENSSL_cleanse((char *)joined->text.data, joined->text.len);
    }
    mssl_pair_unref(joined->pair);
    memset(joined, 0, sizeof(*joined));
}
