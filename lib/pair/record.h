/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_LIB_PAIR_RECORD_H
#define MSSL_LIB_PAIR_RECORD_H

/**
 * @file record.h
 * What a pair is made of, for pair.c (the object) and build.c (making one out of files) only.
 */

#include <apr_time.h>

#include "lib/base/cover.h"
#include "lib/base/hash.h"
#include "lib/pair/chain.h"
#include "lib/pair/key.h"
#include "mod_mssl.h"

struct mssl_pair_t {
    unsigned refs;               /**< atomic; everything else is read-only once the pair is made */
    mssl_key_type_t type;
    X509 *cert;
    EVP_PKEY *key;
    STACK_OF(X509) *chain;       /**< may be NULL */
    mssl_chains_t *chains;       /**< the table the links are in, or NULL */
    mssl_link_t **link;          /**< the chain's certificates as counted in the table */
    int nlinks;
    mssl_cover_t *cover;
    unsigned char sha256[MSSL_SHA256_LEN];
    apr_time_t not_before, not_after;
    apr_time_t chain_from, chain_until; /**< when all of the chain is valid; no chain: always */
    size_t weight;               /**< bytes of memory, about */
    unsigned char *staple;       /**< malloc'ed, or NULL */
    size_t staple_len;
    apr_time_t staple_from, staple_until;
    char *note;                  /**< malloc'ed, or NULL */
    char label[];
};

/** An empty pair with one reference. */
struct mssl_pair_t *mssl_pair_alloc(const char *label);

/** Judge and measure a pair that has its certificate, key and chain. */
apr_status_t mssl_pair_finish(struct mssl_pair_t *pair, mssl_reason_t *why);

#endif /* MSSL_LIB_PAIR_RECORD_H */
