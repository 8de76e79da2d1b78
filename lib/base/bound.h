/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_LIB_BASE_BOUND_H
#define MSSL_LIB_BASE_BOUND_H

/**
 * @file bound.h
 * What travels inside a TLS session: the name for which its certificate was chosen, and which
 * certificate that was. Tickets are sealed by a key of the server's, sessions lie in its cache; but
 * keys are shared by machines and caches are programs of their own, so what comes back is read as
 * anything else that comes from outside.
 */

#include <apr_time.h>
#include <stddef.h>

#include "lib/base/hash.h"
#include "lib/base/name.h"

typedef struct mssl_bound_t {
    char name[MSSL_NAME_SIZE];               /**< "" : none */
    unsigned char sha256[MSSL_SHA256_LEN];   /**< of the certificate */
    apr_time_t not_before, not_after;        /**< whole seconds */
    /** random, tells sessions apart; the same in all tickets of a session */
    apr_uint64_t number;
} mssl_bound_t;

/** Bytes that any takes. */
#define MSSL_BOUND_MAX (1 + MSSL_SHA256_LEN + 3 * 8 + MSSL_NAME_MAX)

/** @return the bytes written; 0: there is no name, or a date is none */
size_t mssl_bound_encode(unsigned char out[MSSL_BOUND_MAX], const mssl_bound_t *bound);

/**
 * Takes what mssl_bound_encode() wrote, and nothing else.
 * @param data may be NULL
 * @return 1; 0 with bound zeroed
 */
int mssl_bound_decode(mssl_bound_t *bound, const unsigned char *data, size_t len);

#endif /* MSSL_LIB_BASE_BOUND_H */
