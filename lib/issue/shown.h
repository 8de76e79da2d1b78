/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_LIB_ISSUE_SHOWN_H
#define MSSL_LIB_ISSUE_SHOWN_H

/**
 * @file shown.h
 * Which certificate a server shows for a name: a handshake and nothing more. Nobody is trusted by
 * it, so nothing is verified. What comes is foreign bytes. Blocks; any thread, with SIGPIPE
 * ignored.
 */

#include <apr_pools.h>
#include <apr_time.h>

#include "mod_mssl.h"

/** What was seen. */
typedef struct mssl_shown_t {
    int has_certificate;
    int covers;              /**< it covers the name */
    int signs_itself;        /**< browsers warn of it, wherever it came from */
    char sha256[65];         /**< of it, hexadecimal */
    apr_time_t not_before, not_after;
    char failure[64];        /**< why there is none: "no answer", "refused the handshake" */
} mssl_shown_t;

/**
 * Shake hands.
 * @param address "192.0.2.1:443", "[2001:db8::1]:443"
 * @param name sent as SNI; of a pattern, a name below it
 * @param patience for all of it
 */
void mssl_shown_get(mssl_shown_t *shown, const char *address, const char *name,
                    apr_interval_time_t patience);

/**
 * Shake hands with each until it shows a certificate, or the time is over.
 * @param addresses NULL behind the last
 * @param sha256 of the certificate, hexadecimal
 * @return "192.0.2.1:443 yes, [2001:db8::1]:443 no answer", in pool
 */
const char *mssl_shown_confirm(const char *const *addresses, const char *name, const char *sha256,
                               apr_interval_time_t patience, apr_pool_t *pool);

#endif /* MSSL_LIB_ISSUE_SHOWN_H */
