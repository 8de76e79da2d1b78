/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_LIB_INVENTORY_SWEEP_H
#define MSSL_LIB_INVENTORY_SWEEP_H

/**
 * @file sweep.h
 * Taking names out of the history (history.h) that are in no store any more. What of one could serve
 * (served.h) goes at once. The first sweep that misses a name puts a file NAME.gone beside its
 * versions; one that finds that older than a week takes them away; one that finds the name again
 * takes the mark away. What a writer that was killed left goes after a day. As MSSLUser.
 */

#include <apr_pools.h>
#include <apr_time.h>

/**
 * @param file what a name (or pattern) is called in names of files (lib/base/filename.h)
 * @param source as mssl_served_name_source() has it; NULL: any
 * @return whether that name is in a source
 */
typedef int (*mssl_sweep_fn)(void *baton, const char *file, const char *source);

/** @param dir descriptor of the folder history */
void mssl_history_sweep(int dir, mssl_sweep_fn is_there, void *baton, apr_time_t now,
                        apr_pool_t *pool);

#endif /* MSSL_LIB_INVENTORY_SWEEP_H */
