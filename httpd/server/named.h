/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_HTTPD_SERVER_NAMED_H
#define MSSL_HTTPD_SERVER_NAMED_H

/** @file named.h Names in the settings that need a certificate, and whether they have one. */

#include "httpd/conf/conf.h"

/**
 * Child, any thread: whether a name has a pair in service now. No lock; may be called in each
 * handshake.
 * @param directive that names it
 * @return whether it has none, and nobody of the server said so since it had
 */
int mssl_named_is_newly_missing(const mssl_global_t *global, const char *directive, const char *name,
                                int has_pair);

/** The same of MSSLDummyCertificate name:NAME; it is said. */
void mssl_named_note_dummy(const mssl_global_t *global, const char *name, int has_pair,
                           const server_rec *s);

#endif /* MSSL_HTTPD_SERVER_NAMED_H */
