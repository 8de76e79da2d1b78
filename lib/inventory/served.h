/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_LIB_INVENTORY_SERVED_H
#define MSSL_LIB_INVENTORY_SERVED_H

/**
 * @file served.h
 * What of the history (history.h) serves while the files of a name are bad and nobody remembers what
 * was good last: behind a full stop, a reboot. For each source and key type, the version that was in
 * service there when the inventory looked last has a second name (a hard link) in its folder:
 * ".NAME.TYPE.SOURCE", TYPE in lower case, SOURCE the first 16 hex digits of the SHA-256 of what
 * mssl_store_identify() calls it. So it is found by who may not list folders (the broker), costs no
 * space, and outlives what is pruned. Where it is made of nothing but the canonical name
 * (lib/base/filename.h), no name reaches another's.
 *
 * The inventory alone makes it, and takes it away when it sees that the name is gone from that
 * source (sweep.h). Who reads it judges it as if it had been read from the store. Any thread.
 */

#include <apr_pools.h>

#include "lib/base/name.h"
#include "lib/pair/key.h"
#include "mod_mssl.h"

#define MSSL_SERVED_SOURCE_SIZE 17

/** Where the history is. */
typedef struct mssl_served_t {
    int dir;          /**< descriptor of the folder history */
    const char *path; /**< its path, for messages */
} mssl_served_t;

/** What a source is called in the names of files. */
void mssl_served_name_source(char digits[MSSL_SERVED_SOURCE_SIZE], const char *source);

/**
 * What it is called in its folder: the second name for mssl_history_add().
 * @param source as mssl_store_identify() calls it
 * @return in pool
 */
const char *mssl_served_get_file(const char *name, const char *source, mssl_key_type_t type,
                                 apr_pool_t *pool);

/** Whether there is one; of a key type. Nothing is read. */
int mssl_served_has(const mssl_served_t *served, const char *name, const char *source,
                    mssl_key_type_t type, apr_pool_t *pool);

/**
 * What there is, one item for each key type, not judged; nothing that was revoked here.
 * @param material out: zeroed by the caller, who wipes it; NULL: only whether there is any
 * @return APR_SUCCESS; APR_NOTFOUND: nothing
 */
apr_status_t mssl_served_get(const mssl_served_t *served, const char *name, const char *source,
                             mssl_material_t *material, apr_pool_t *pool);

/**
 * Set one aside that was read and is no pair of that name: so is its version (history.h), and nothing of
 * it serves.
 * @param label of the item
 */
void mssl_served_set_aside(const mssl_served_t *served, const char *name, const char *label,
                           apr_pool_t *pool);

/**
 * Whether the name of a file in a folder of history is one of these.
 * @param file out: what its name is called in names of files, @param source out: of which source
 */
int mssl_served_parse(char file[MSSL_NAME_SIZE], char source[MSSL_SERVED_SOURCE_SIZE],
                      const char *entry);

#endif /* MSSL_LIB_INVENTORY_SERVED_H */
