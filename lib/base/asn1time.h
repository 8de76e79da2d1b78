/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_LIB_BASE_ASN1TIME_H
#define MSSL_LIB_BASE_ASN1TIME_H

/**
 * @file asn1time.h
 * Points in time as certificates and OCSP responses have them (RFC 5280 section 4.1.2.5). Any thread.
 */

#include <apr_time.h>
#include <openssl/asn1.h>

/** An ASN.1 time in microseconds since 1970. @return 1, 0 when it is none */
int mssl_asn1time_get(apr_time_t *out, const ASN1_TIME *in);

/**
 * Whether now lies inside of a certificate's validity period: both its ends count, and notAfter is
 * the last second that does (RFC 5280 section 4.1.2.5).
 * @param not_before, not_after as mssl_asn1time_get() gave them
 */
int mssl_asn1time_is_within(apr_time_t now, apr_time_t not_before, apr_time_t not_after);

#endif /* MSSL_LIB_BASE_ASN1TIME_H */
