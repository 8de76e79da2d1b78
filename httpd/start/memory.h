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

#endif /* MSSL_HTTPD_START_MEMORY_H */
