/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_LIB_BASE_FORWARDED_H
#define MSSL_LIB_BASE_FORWARDED_H

/**
 * @file forwarded.h
 * What a proxy that ends TLS says of the scheme its client used. Only the last element counts: the
 * peer wrote that one, all before it came from the network. Pure, any thread.
 */

/** How a visitor came. */
typedef enum {
    MSSL_SCHEME_UNKNOWN = 0,
    MSSL_SCHEME_HTTP,
    MSSL_SCHEME_HTTPS
} mssl_scheme_t;

/**
 * @param proto X-Forwarded-Proto, its lines joined with ","; NULL: there is none
 * @param forwarded Forwarded (RFC 7239), likewise; looked at only where proto is NULL
 * @return UNKNOWN where the last element says neither "http" nor "https" (in any case)
 */
mssl_scheme_t mssl_forwarded_get_scheme(const char *proto, const char *forwarded);

#endif /* MSSL_LIB_BASE_FORWARDED_H */
