/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_LIB_PAIR_OCSP_H
#define MSSL_LIB_PAIR_OCSP_H

/**
 * @file ocsp.h
 * Whether an OCSP response may be stapled to a certificate (RFC 6960 section 3.2, RFC 6066 section
 * 8). Any thread; the bytes are hostile.
 */

#include <openssl/x509.h>

#include "mod_mssl.h"

/** Largest response that is looked at, bytes. */
#define MSSL_OCSP_MAX (64 * 1024)

/**
 * Check a response: it parses, is signed by the issuer or its delegate, and says "good" about this
 * certificate. What it may cost is bounded: its size, the statements that are looked at, and the
 * key that signs (a response of 1 MB with 24,376 statements took 7 s).
 * @param issuer NULL: not known, nothing can be checked
 * @param from, until out: when it may be sent
 * @return APR_SUCCESS, or APR_EINVAL with why: the rest of a sentence that begins with the file's
 *         name
 */
apr_status_t mssl_ocsp_check(const mssl_blob_t *staple, X509 *cert, X509 *issuer,
                             apr_time_t *from, apr_time_t *until, mssl_reason_t *why);

#endif /* MSSL_LIB_PAIR_OCSP_H */
