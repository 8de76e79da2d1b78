/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_LIB_PAIR_BLOCKS_H
#define MSSL_LIB_PAIR_BLOCKS_H

/**
 * @file blocks.h
 * The blocks of a pair's files before anything is judged: certificates and one key as DER.
 * Any thread; the bytes are hostile.
 */

#include "lib/pair/key.h"
#include "mod_mssl.h"

/** Most certificates in one pair's files. OpenSSL itself verifies chains of at most 100. */
#define MSSL_BLOCKS_MAX 48

/**
 * Largest certificate: what TLS clients take at most (OpenSSL's SSL_MAX_CERT_LIST_DEFAULT) for a
 * whole chain.
 */
#define MSSL_CERT_MAX (100 * 1024)

typedef struct mssl_block_t {
    unsigned char *der;
    long len;
} mssl_block_t;

typedef struct mssl_blocks_t {
    mssl_block_t cert[MSSL_BLOCKS_MAX];
    int ncerts;
    mssl_block_t key;           /**< the first one met */
    mssl_key_frame_t key_frame; /**< MSSL_KEY_FRAME_NONE: no key was met */
    EVP_PKEY *pkey;             /**< a key that came decoded (PKCS#12, DER), or NULL */
    int is_locked;              /**< a PFX was met that its password does not open */
    char other[40];             /**< label of the last block that is neither, "" none: to name it */
} mssl_blocks_t;

/**
 * Add the blocks of one PEM file to what was read before. A key is taken only when there is none
 * yet.
 * @param blocks zeroed before the first call; to be freed by mssl_blocks_free() in any case
 * @param label path, for the reason
 * @return APR_SUCCESS (also for a file without any block); APR_EINVAL with why
 */
apr_status_t mssl_blocks_add_pem(mssl_blocks_t *blocks, const mssl_blob_t *blob, const char *label,
                                 mssl_reason_t *why);

/**
 * Add one certificate.
 * @param der from OPENSSL_malloc(); becomes the blocks' own on success
 * @return NULL, or what is wrong: the rest of a sentence that begins with the file's name
 */
const char *mssl_blocks_add_cert(mssl_blocks_t *blocks, unsigned char *der, long len);

/**
 * Add the certificates of a PKCS#7 file (RFC 2315), as some CAs send their chain.
 * @return as mssl_blocks_add_cert()
 */
const char *mssl_blocks_add_pkcs7(mssl_blocks_t *blocks, const unsigned char *der, long len);

/** Free everything; keys are wiped. */
void mssl_blocks_free(mssl_blocks_t *blocks);

#endif /* MSSL_LIB_PAIR_BLOCKS_H */
