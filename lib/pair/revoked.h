/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_LIB_PAIR_REVOKED_H
#define MSSL_LIB_PAIR_REVOKED_H

/**
 * @file revoked.h
 * Certificates that were revoked here (msslctl revoke): an empty file in MSSLStateDir/revoked, the
 * steward's folder, for each, called by its SHA-256. What was good last is never one of those: its key
 * may be anybody's. Whoever files one by hand, though, has it served. Any thread.
 */

#include "mod_mssl.h"

#define MSSL_REVOKED_DIR "revoked" /**< 0711 */

/** It is, from now on. @param dir descriptor of MSSLStateDir @param sha256 in hex */
apr_status_t mssl_revoked_note(int dir, const char *sha256, mssl_reason_t *why);

/**
 * Whether a certificate of an item is.
 * @param beside descriptor of a folder in MSSLStateDir (history)
 */
int mssl_revoked_has(int beside, const mssl_item_t *item);

#endif /* MSSL_LIB_PAIR_REVOKED_H */
