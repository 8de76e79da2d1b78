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

#endif /* MSSL_LIB_BASE_ASN1TIME_H */
