/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_HTTPD_START_MEMORY_H
#define MSSL_HTTPD_START_MEMORY_H

/**
 * @file memory.h
 * Memory without a name that all processes of a server share, and that outlives children and
 * configurations: made once by httpd's parent, and kept by httpd's own process pool. Children
 * inherit it; the broker gives it up.
 */

#include <httpd.h>

#include "lib/broker/lastgood.h"
#include "lib/store/told.h"

/**
 * Parent, post_config: a piece of such memory, the same one at each configuration.
 * @param name of what it is for
 * @param is_new out: it is zeroed, and to be set up; may be NULL
 * @return NULL: there is none to be had
 */
void *mssl_memory_get(server_rec *s, const char *name, apr_size_t size, int *is_new);

/** What was told so far. NULL, which was reported: each child tells for itself. */
mssl_told_t *mssl_memory_get_told(server_rec *s);

/**
 * Parent, post_config: the table of what was good last. What is inherited of it is a descriptor
 * that opens nothing for who is neither root nor the owner (lib/broker/lastgood.h). Where the owner
 * changes, MSSLKeyAccess has, and the table is a new one: its keys were for others.
 * @return NULL, which was reported: each process remembers for itself
 */
mssl_lastgood_t *mssl_memory_get_lastgood(server_rec *s, uid_t owner, apr_pool_t *pconf);

/** Why there is none. */
void mssl_memory_report_lastgood(const server_rec *s, apr_status_t rv);

#endif /* MSSL_HTTPD_START_MEMORY_H */
