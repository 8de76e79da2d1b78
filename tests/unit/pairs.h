/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_TESTS_PAIRS_H
#define MSSL_TESTS_PAIRS_H

/** @file pairs.h A small family of certificates, and pairs made of them. */

#include "tests/unit/test.h"

#include <apr_general.h>
#include <openssl/ssl.h>

#include "lib/pair/build.h"
#include "tests/unit/certs.h"

/** Shared by the cases: a root, an intermediate below it, a leaf below that. */
typedef struct family_t {
    cert_t root, middle, leaf;
} family_t;

static inline int pairs_set_up(void **state)
{
    family_t *family = calloc(1, sizeof(*family));

    apr_initialize();
    family->root = certs_new(&(cert_spec_t){ .cn = "root", .is_ca = 1 }, NULL);
    family->middle = certs_new(&(cert_spec_t){ .cn = "middle", .is_ca = 1 }, &family->root);
    family->leaf = certs_new(&(cert_spec_t){ .names = "a.example,*.b.example" }, &family->middle);
    *state = family;
    return 0;
}

static inline int pairs_tear_down(void **state)
{
    family_t *family = *state;

    certs_free(&family->root);
    certs_free(&family->middle);
    certs_free(&family->leaf);
    free(family);
    apr_terminate();
    return 0;
}

static inline mssl_item_t pairs_item(const pem_t *cert, const pem_t *key)
{
    mssl_item_t item;

    memset(&item, 0, sizeof(item));
    item.label = "/s/a.pem";
    item.key_label = key != NULL ? "/s/a.key" : "/s/a.pem";
    item.format = MSSL_FORMAT_PEM;
    item.cert.data = cert->text;
    item.cert.len = cert->len;
    if (key != NULL) {
        item.key.data = key->text;
        item.key.len = key->len;
    }
    return item;
}

/* Make a pair that must be good, try it with OpenSSL as a handshake would, and hand it out. */
static inline mssl_pair_t *pairs_good(const mssl_item_t *item)
{
    SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
    SSL *ssl = SSL_new(ctx);
    mssl_reason_t why = { "" };
    mssl_pair_t *pair;

    if (mssl_pair_new(&pair, item, &why) != APR_SUCCESS) {
        fail_msg("%s", why.text);
    }
    assert_string_equal(why.text, "");
    assert_int_equal(SSL_use_cert_and_key(ssl, mssl_pair_get_cert(pair), mssl_pair_get_key(pair),
                                          mssl_pair_get_chain(pair), 1), 1);
    SSL_free(ssl);
    SSL_CTX_free(ctx);
    return pair;
}

static inline void pairs_bad(const mssl_item_t *item, const char *part)
{
    mssl_reason_t why = { "" };
    mssl_pair_t *pair;

    assert_int_not_equal(mssl_pair_new(&pair, item, &why), APR_SUCCESS);
    assert_null(pair);
    if (strstr(why.text, part) == NULL) {
        fail_msg("'%s' is not in: %s", part, why.text);
    }
}

#endif /* MSSL_TESTS_PAIRS_H */
