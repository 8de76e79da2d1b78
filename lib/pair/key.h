/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_LIB_PAIR_KEY_H
#define MSSL_LIB_PAIR_KEY_H

/**
 * @file key.h
 * Private keys, decoded by the type of the certificate that they should belong to. OpenSSL 3
 * tries every decoder it has on a key of unknown type (0.47 ms for P-256); knowing the type, and
 * for EC the public point, makes that a tenth. Any thread.
 */

#include <apr_errno.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <stddef.h>

/** Key types that can stand beside each other for one name; the client's abilities decide. */
typedef enum {
    MSSL_KEY_RSA = 0,
    MSSL_KEY_ECDSA,
    MSSL_KEY_EDDSA,
    MSSL_KEY_TYPES /**< how many */
} mssl_key_type_t;

/** "RSA", "ECDSA", "EdDSA". */
const char *mssl_key_type_name(mssl_key_type_t type);

/** Which frame the DER is in: the label of the PEM block says so. */
typedef enum {
    MSSL_KEY_FRAME_NONE = 0,
    MSSL_KEY_FRAME_PKCS8, /**< "PRIVATE KEY" */
    MSSL_KEY_FRAME_RSA,   /**< "RSA PRIVATE KEY" (PKCS#1) */
    MSSL_KEY_FRAME_EC     /**< "EC PRIVATE KEY" (SEC 1) */
} mssl_key_frame_t;

/**
 * Decode a key the short way, by the type of a public key, and prove that it is its other half.
 * @param key out: owned by the caller
 * @return APR_SUCCESS; APR_NOTFOUND: not this one's key, not a key, or a rare form
 */
apr_status_t mssl_key_new(EVP_PKEY **key, mssl_key_frame_t frame, const unsigned char *der,
                          size_t len, EVP_PKEY *pub);

/**
 * Whether a key belongs to a public key by what both files say: the key's own public half is that
 * one, byte for byte. Nothing is decoded.
 * @param pub of the certificate
 * @return 1; 0: it does not, or the bytes do not tell (EdDSA, an EC key without its public half)
 */
int mssl_key_is_of(mssl_key_frame_t frame, const unsigned char *der, size_t len,
                   const X509_PUBKEY *pub);

/**
 * Decode a key the long way: rare forms (explicit curves, RSA-PSS, multi-prime RSA), and for
 * telling "garbage" from "another's key".
 * @return owned by the caller; NULL: not a private key
 */
EVP_PKEY *mssl_key_new_any(const unsigned char *der, size_t len);

#endif /* MSSL_LIB_PAIR_KEY_H */
