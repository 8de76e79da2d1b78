/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_LIB_PAIR_PKCS12_H
#define MSSL_LIB_PAIR_PKCS12_H

/**
 * @file pkcs12.h
 * PFX files (RFC 7292). Any thread; the bytes are hostile, the work that they can ask for is
 * bounded.
 */

#include "lib/pair/blocks.h"

/**
 * Add the certificates and the key of a PFX to what was read before.
 * @param password NULL: none, an empty one is tried
 * @return APR_SUCCESS; APR_EINVAL with why; where it is the password, blocks->is_locked is set
 */
apr_status_t mssl_blocks_add_pkcs12(mssl_blocks_t *blocks, const mssl_blob_t *blob,
                                    const char *password, const char *label, mssl_reason_t *why);

#endif /* MSSL_LIB_PAIR_PKCS12_H */
