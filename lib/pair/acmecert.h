/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_LIB_PAIR_ACMECERT_H
#define MSSL_LIB_PAIR_ACMECERT_H

/**
 * @file acmecert.h
 * A pair that answers a challenge of tls-alpn-01 and can be taken for nothing else (RFC 8737 section
 * 3): the certificate has the name as its one dNSName, and the critical extension acmeIdentifier with
 * 32 bytes. So no site's pair is shown to an authority, wherever somebody put it. Pure, any thread.
 */

#include "mod_mssl.h"

/**
 * @param pem the text of a file: certificate and key, in any order; no key that is encrypted
 * @param name canonical
 * @return APR_SUCCESS; APR_EINVAL, with why
 */
apr_status_t mssl_acmecert_check(const char *pem, const char *name, mssl_reason_t *why);

#endif /* MSSL_LIB_PAIR_ACMECERT_H */
