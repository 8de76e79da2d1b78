/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_LIB_PAIR_CHAIN_H
#define MSSL_LIB_PAIR_CHAIN_H

/**
 * @file chain.h
 * Intermediate certificates, which thousands of pairs have in common: each is decoded once and held
 * once per table, for as long as a pair has it. A table is counted, as a connection may hold a pair
 * longer than the store lives. Any thread.
 */

#include <openssl/x509.h>
#include <stddef.h>

typedef struct mssl_chains_t mssl_chains_t;
/** One certificate of a table, with the caller's count on it. */
typedef struct mssl_link_t mssl_link_t;

/** @return one reference; NULL when memory is short */
mssl_chains_t *mssl_chains_new(void);
mssl_chains_t *mssl_chains_ref(mssl_chains_t *chains);
void mssl_chains_unref(mssl_chains_t *chains); /**< NULL is fine */

/**
 * Have a certificate.
 * @param chains NULL: the certificate is shared with nobody
 * @return to be given back by mssl_link_put() with the same table; NULL: not a certificate
 */
mssl_link_t *mssl_link_get(mssl_chains_t *chains, const unsigned char *der, size_t len);
void mssl_link_put(mssl_chains_t *chains, mssl_link_t *link); /**< NULL is fine */

/** Borrowed; ready for concurrent use. */
X509 *mssl_link_get_cert(const mssl_link_t *link);

/** How many certificates the table holds, for tests. */
size_t mssl_chains_count(mssl_chains_t *chains);

#endif /* MSSL_LIB_PAIR_CHAIN_H */
