/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_HTTPD_STATUS_STATUS_H
#define MSSL_HTTPD_STATUS_STATUS_H

/**
 * @file status.h
 * "SetHandler mssl-status" (contract, section 12): how the certificates of this server are, as HTML,
 * JSON and Prometheus's text, and a part of mod_status's page. It is content as any other: the guard,
 * Require and passwords stand before it. It reads memory, and one small file of the steward's: no DNS,
 * no handshake and no file of a store is waited for.
 */

#include <httpd.h>

#define MSSL_STATUS_HANDLER "mssl-status"

/** handler hook. */
int mssl_status_handler(request_rec *r);

/** mod_status's hook: a few lines, never a name. */
int mssl_status_in_mod_status(request_rec *r, int flags);

#endif /* MSSL_HTTPD_STATUS_STATUS_H */
