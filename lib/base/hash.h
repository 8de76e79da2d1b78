/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_LIB_BASE_HASH_H
#define MSSL_LIB_BASE_HASH_H

/**
 * @file hash.h
 * Hashes of names that strangers choose: keyed (SipHash-2-4), so that nobody can fill one bucket.
 */

#include <apr.h>
#include <stddef.h>

#define MSSL_SHA256_LEN 32 /**< bytes */

typedef struct mssl_hash_seed_t {
    apr_uint64_t k0, k1;
} mssl_hash_seed_t;

/** A seed nobody knows. */
void mssl_hash_seed_init(mssl_hash_seed_t *seed);

apr_uint64_t mssl_hash_bytes(const mssl_hash_seed_t *seed, const void *data, size_t len);

#endif /* MSSL_LIB_BASE_HASH_H */
