/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_TOOLS_MSSLCTL_COPIED_H
#define MSSL_TOOLS_MSSLCTL_COPIED_H

/**
 * @file copied.h
 * Which certificates were copied from a program that goes on renewing elsewhere: nobody renews them
 * here. MSSLStateDir/copied has a line "NAME SHA256" for each, root's, 0600. It holds as long as
 * that certificate is in service for the name.
 */

#include <apr_hash.h>

#include "tools/msslctl/server.h"

/** @return name -> SHA-256 in hex; empty where there is none, or it is not root's */
apr_hash_t *ctl_copied_read(const ctl_server_t *server, apr_pool_t *pool);

/** Write all of them. */
apr_status_t ctl_copied_write(const ctl_server_t *server, apr_hash_t *copied, apr_pool_t *pool,
                              mssl_reason_t *why);

#endif /* MSSL_TOOLS_MSSLCTL_COPIED_H */
