/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_LIB_BASE_WARNS_H
#define MSSL_LIB_BASE_WARNS_H

/**
 * @file warns.h
 * How long before its end a certificate is told of (MSSLExpiryWarn). A part of the lifetime fits
 * those of 90 days and of 6 alike; a third is when ACME clients renew, so less than that is news.
 * Pure functions, any thread.
 */

#include <apr_time.h>

/** One time of MSSLExpiryWarn: a part of the lifetime, or days. */
typedef struct mssl_warn_t {
    int percent; /**< of the lifetime that is left; 0: days counts */
    int days;
} mssl_warn_t;

/** MSSLExpiryWarn. */
typedef struct mssl_warns_t {
    mssl_warn_t warn, urgent;
} mssl_warns_t;

/** "25% 12%". */
void mssl_warns_init(mssl_warns_t *warns);
/** "25%" (1 to 99) or "30d" (1 to 366). @return 1; 0: it is neither */
int mssl_warn_parse(mssl_warn_t *warn, const char *text);
/**
 * How long before the end the states "expiring" and "urgent" begin, microseconds. A part of the
 * lifetime comes to 1 to 30 days for the first, 1 to 14 for the second; days are taken as they are.
 * @param lifetime of the certificate, microseconds
 */
apr_interval_time_t mssl_warns_get_expiring(const mssl_warns_t *warns,
                                            apr_interval_time_t lifetime);
apr_interval_time_t mssl_warns_get_urgent(const mssl_warns_t *warns, apr_interval_time_t lifetime);

#endif /* MSSL_LIB_BASE_WARNS_H */
