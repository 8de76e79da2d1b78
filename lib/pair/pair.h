/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_LIB_PAIR_PAIR_H
#define MSSL_LIB_PAIR_PAIR_H

/**
 * @file pair.h
 * A pair: certificate, chain, private key (and staple), checked together and replaced only
 * together (contract section 1). Immutable once made and counted, so that a connection may hold one
 * while the store already serves its successor. Any thread.
 *
 * Free of httpd. Keys in memory are OpenSSL's to wipe (EVP_PKEY_free); text of keys is wiped by
 * whoever read it (OPENSSL_cleanse).
 */

#include <openssl/evp.h>
#include <openssl/x509.h>

#include "lib/base/hash.h"
#include "lib/pair/chain.h"
#include "lib/pair/key.h"
#include "mod_mssl.h"

/** Most names of one certificate. */
#define MSSL_PAIR_NAMES_MAX 1000

typedef struct mssl_pair_t mssl_pair_t;

/**
 * Wrap objects that OpenSSL already holds (a vhost's own certificate).
 * @param chain may be NULL. The references of the arguments stay the caller's; new ones are taken.
 */
apr_status_t mssl_pair_new_loaded(mssl_pair_t **pair, X509 *cert, EVP_PKEY *key,
                                  STACK_OF(X509) *chain, const char *label, mssl_reason_t *why);

mssl_pair_t *mssl_pair_ref(mssl_pair_t *pair);
void mssl_pair_unref(mssl_pair_t *pair); /**< NULL is fine */
/** Hand a reference over to a pool, which gives it up when it is cleared. @return pair */
mssl_pair_t *mssl_pair_keep(mssl_pair_t *pair, apr_pool_t *pool);

/* Borrowed; valid as long as a reference is held. */
X509 *mssl_pair_get_cert(const mssl_pair_t *pair);
EVP_PKEY *mssl_pair_get_key(const mssl_pair_t *pair);
/** without the leaf; may be NULL */
STACK_OF(X509) *mssl_pair_get_chain(const mssl_pair_t *pair);
/** of the leaf's DER, MSSL_SHA256_LEN bytes */
const unsigned char *mssl_pair_get_sha256(const mssl_pair_t *pair);
/** where it came from, for logs */
const char *mssl_pair_get_label(const mssl_pair_t *pair);
mssl_key_type_t mssl_pair_get_type(const mssl_pair_t *pair);
apr_time_t mssl_pair_get_not_before(const mssl_pair_t *pair);     /**< microseconds since 1970 */
apr_time_t mssl_pair_get_not_after(const mssl_pair_t *pair);

/**
 * What is worth knowing about a good pair (chain missing or with extra certificates, staple
 * ignored), or NULL.
 */
const char *mssl_pair_get_note(const mssl_pair_t *pair);

/**
 * The OCSP response to send along: checked when the pair was made (signature, this certificate,
 * status good), and here against the time.
 * @return DER, borrowed; NULL: none, or not fresh
 */
const unsigned char *mssl_pair_get_staple(const mssl_pair_t *pair, apr_time_t now, size_t *len);
/** Whether there is a response, fresh or not. */
int mssl_pair_has_staple(const mssl_pair_t *pair);
/**
 * Whether there is a response that the time forbids to send. @param text then: what to tell the
 * admin
 */
int mssl_pair_is_staple_outdated(const mssl_pair_t *pair, apr_time_t now, mssl_reason_t *text);

/** When a pair is valid, microseconds since 1970; both ends count. */
typedef struct mssl_dates_t {
    apr_time_t from, until;             /**< the certificate */
    apr_time_t chain_from, chain_until; /**< all of its chain; no chain: always */
} mssl_dates_t;

void mssl_pair_get_dates(const mssl_pair_t *pair, mssl_dates_t *dates);

/** The highest rank: nothing is better. */
#define MSSL_RANK_BEST 2

/** As mssl_pair_get_rank(), of who has the dates alone. */
int mssl_dates_get_rank(const mssl_dates_t *dates, apr_time_t now);

/** Whether no authority has signed it, so that browsers warn of it; any place it came from. */
int mssl_pair_signs_itself(const mssl_pair_t *pair);

/** Whether now lies inside the validity period of the certificate. */
int mssl_pair_is_valid_at(const mssl_pair_t *pair, apr_time_t now);

/**
 * How good a pair is now: 2 when it is valid with all of its chain, 1 when the certificate alone is
 * (clients that know another way to a root take it), 0 when it is not.
 */
int mssl_pair_get_rank(const mssl_pair_t *pair, apr_time_t now);

/**
 * What it takes of memory, in bytes, for who keeps many: an estimate from above, in which shared
 * intermediates count as if they were its own.
 */
size_t mssl_pair_get_weight(const mssl_pair_t *pair);

/** See lib/base/cover.h: a canonical name; the pattern itself; an address of 4 or 16 bytes. */
int mssl_pair_has_name(const mssl_pair_t *pair, const char *name);
int mssl_pair_has_pattern(const mssl_pair_t *pair, const char *pattern);
int mssl_pair_has_ip(const mssl_pair_t *pair, const unsigned char *addr, size_t len);

/** The names and patterns it covers (borrowed, canonical). */
size_t mssl_pair_count_names(const mssl_pair_t *pair);
const char *mssl_pair_get_name(const mssl_pair_t *pair, size_t i);

#endif /* MSSL_LIB_PAIR_PAIR_H */
