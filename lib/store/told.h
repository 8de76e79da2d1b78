/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_LIB_STORE_TOLD_H
#define MSSL_LIB_STORE_TOLD_H

/**
 * @file told.h
 * What was told of names and sources, for all processes of a server: a bad or expiring pair is one
 * line in the log, and not one for each child that meets it (a child per connection under mpm_itk).
 * The table lies in memory that processes share and that outlives them.
 *
 * Bounded, without locks, so that no process that is killed can hold up another; any thread of any
 * process. Where many names have something wrong, the oldest of four that meet in one place is
 * forgotten, and may be told again. Whoever may write there can keep lines from being told: it is
 * children's, and a child that is taken over could write lines of its own anyway.
 */

#include <apr.h>
#include <stddef.h>

#include "lib/base/hash.h"

typedef struct mssl_told_t mssl_told_t;

/** What is told, each by itself. */
typedef enum {
    MSSL_TOLD_BAD = 0, /**< files that are no pair */
    MSSL_TOLD_DATES,   /**< a pair in service that is not valid now */
    MSSL_TOLD_NOTE,
    MSSL_TOLD_SOURCE,  /**< a source that cannot be asked; key is "" */
    MSSL_TOLD_BUSY,    /**< files that could not be read in time */
    MSSL_TOLD_KINDS
} mssl_told_kind_t;

/** Bytes that the table takes. */
size_t mssl_told_size(void);

/** @param memory zeroed, of mssl_told_size(), shared with whoever is to know the same */
mssl_told_t *mssl_told_make(void *memory);

/**
 * Whether something is news to the whole server; from now on it is told.
 * @param told NULL: nobody remembers, and everything is news
 * @param what a hash of what would be told, not 0; 0: nothing is wrong (any more), which is news
 *        where something was
 */
int mssl_told_is_news(mssl_told_t *told, mssl_told_kind_t kind, const char *source,
                      const char *key, apr_uint32_t what);

#endif /* MSSL_LIB_STORE_TOLD_H */
