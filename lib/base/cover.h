/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_LIB_BASE_COVER_H
#define MSSL_LIB_BASE_COVER_H

/**
 * @file cover.h
 * Which hosts a certificate covers (contract section 1). The names are taken out of the
 * certificate once and kept sorted: asking costs a binary search, as it is asked by
 * every request.
 *
 * Rules: dNSName entries count (canonical or patterns; any other entry covers nothing); the
 * subject's CN counts only where there is no dNSName at all (RFC 2818 section 3.1, kept for old
 * certificates; RFC 9525 drops it); an IP literal is covered by an iPAddress entry only.
 */

#include <openssl/x509.h>
#include <stddef.h>

typedef struct mssl_cover_t mssl_cover_t;

/**
 * Read the covered names of a certificate.
 * @return owned by the caller, mssl_cover_free(); NULL only when memory is short. A
 *         certificate with no usable entry gives an object that covers nothing.
 */
mssl_cover_t *mssl_cover_new(X509 *cert);
void mssl_cover_free(mssl_cover_t *cover);

/** Whether a canonical name is covered. Any thread; NULL covers nothing. */
int mssl_cover_has_name(const mssl_cover_t *cover, const char *name);

/** Whether the pattern itself ("*.parent") is an entry. NULL covers nothing. */
int mssl_cover_has_pattern(const mssl_cover_t *cover, const char *pattern);

/** Whether an address (4 or 16 bytes, network order) is covered. */
int mssl_cover_has_ip(const mssl_cover_t *cover, const unsigned char *addr, size_t len);

/** How many names and patterns there are, and the one at an index (borrowed, canonical). */
size_t mssl_cover_count(const mssl_cover_t *cover);
const char *mssl_cover_get_name(const mssl_cover_t *cover, size_t i);

#endif /* MSSL_LIB_BASE_COVER_H */
