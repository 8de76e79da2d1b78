/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_LIB_PAIR_SELFSIGNED_H
#define MSSL_LIB_PAIR_SELFSIGNED_H

/**
 * @file selfsigned.h
 * Making a certificate that no client can take for a site's: self-signed, for a name below
 * ".invalid", which RFC 6761 keeps for nobody. It lives no longer than public ones may (CA/Browser
 * Forum, Baseline Requirements 6.3.2: 398 days), as scanners mark what does. Free of httpd.
 */

#include "lib/pair/pair.h"

/** Days from its beginning, which is a day before it was made, to its end. */
#define MSSL_SELFSIGNED_DAYS 397
/** It is to be made anew so many days before its end. */
#define MSSL_SELFSIGNED_RENEW_DAYS 30

/**
 * Make one with a key of its own: P-256 or RSA of 2048 bits. Takes 0.1 s for RSA.
 * @param type MSSL_KEY_ECDSA or MSSL_KEY_RSA
 * @return PEM, key before certificate, NUL-terminated; wiped and freed with
 *         mssl_selfsigned_free(). NULL: out of memory or random bytes
 */
char *mssl_selfsigned_make(mssl_key_type_t type, apr_time_t now);

void mssl_selfsigned_free(char *pem); /**< NULL is fine */

/** Whether a kept one is good for longer: neither near its end, nor early, nor made for longer. */
int mssl_selfsigned_is_fresh(const mssl_pair_t *pair, apr_time_t now);

#endif /* MSSL_LIB_PAIR_SELFSIGNED_H */
