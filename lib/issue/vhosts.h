/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_LIB_ISSUE_VHOSTS_H
#define MSSL_LIB_ISSUE_VHOSTS_H

/**
 * @file vhosts.h
 * The file "vhosts" of MSSLStateDir (docs/server-json.md), a line for each virtual host of each
 * address, as far as issuing asks it. One thread.
 */

#include <apr_tables.h>

#include "mod_mssl.h"

#define MSSL_VHOSTS_FILE "vhosts"
/** Addresses that a new certificate is looked for at. */
#define MSSL_VHOSTS_ADDRESSES_MAX 16

/** Fields of a line. */
typedef enum {
    MSSL_VHOST_SOCKETS = 0, /**< "*:443 [2001:db8::1]:443" */
    MSSL_VHOST_GUARD,       /**< "guarded" or "plain" */
    MSSL_VHOST_NAME,        /**< ServerName */
    MSSL_VHOST_ALIASES,     /**< with blanks between */
    MSSL_VHOST_PLACE,       /**< FILE:LINE */
    MSSL_VHOST_ROOT,        /**< DocumentRoot */
    MSSL_VHOST_ISSUE,       /**< "issue" or "-" */
    MSSL_VHOST_FIELDS
} mssl_vhost_field_t;

/** @param field all of them, each NUL-terminated; valid until it returns */
typedef void (*mssl_vhost_fn)(void *baton, char *const field[MSSL_VHOST_FIELDS]);

/**
 * Call for each line that has all fields.
 * @param dir descriptor of MSSLStateDir
 */
apr_status_t mssl_vhosts_read(int dir, mssl_vhost_fn take, void *baton, apr_pool_t *pool,
                              mssl_reason_t *why);

/**
 * The addresses that guarded virtual hosts answer at, as ADDRESS:PORT, "*" as loopback's; as an array
 * with NULL behind the last, in pool.
 */
const char *const *mssl_vhosts_list_addresses(int dir, apr_pool_t *pool);

#endif /* MSSL_LIB_ISSUE_VHOSTS_H */
