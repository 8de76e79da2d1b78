/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_LIB_PROVIDERS_NAMEBOOK_H
#define MSSL_LIB_PROVIDERS_NAMEBOOK_H

/**
 * @file namebook.h
 * What folders of names (namefolder.h) hold, as the inventory, who may look into them, tells the
 * steward, who may not: MSSLStateDir/inventory.d/folders, text, written whole.
 *
 *     mssl-folders 1
 *     folder PATTERN DEV INODE TIME N WHY      tabs between; N -1: it was never listed; WHY "-": it is
 *         NAME                                 as it was at the last look; else what is in the way, and
 *         ...                                  the names are those of before
 *     end LINES                                before this one
 *
 * One thread.
 */

#include <apr_tables.h>
#include <apr_time.h>

#include "lib/providers/namefolder.h"

#define MSSL_NAMEBOOK_FOLDER "inventory.d"
#define MSSL_NAMEBOOK_FILE "folders"
#define MSSL_NAMEBOOK_PATH MSSL_NAMEBOOK_FOLDER "/" MSSL_NAMEBOOK_FILE

/** A pattern and its names. Texts are the pool's. */
typedef struct mssl_namepage_t {
    const char *pattern;
    apr_uint64_t dev, ino; /**< of the folder that was listed; 0 */
    apr_time_t listed;     /**< 0: never; whole seconds */
    mssl_names_t names;    /**< sorted; as it was listed last */
    const char *why;       /**< it cannot be listed now; NULL: it can */
} mssl_namepage_t;

/** @param dir descriptor of the folder of the file, which gets that one's group where it is set-gid */
apr_status_t mssl_namebook_save(const mssl_namepage_t *page, int n, int dir, mssl_reason_t *why);

/**
 * Read it: foreign bytes, of a process that looks into folders of others.
 * @param dir descriptor of the folder of the file, which is to be that one's owner's, or root's
 * @param pages out: mssl_namepage_t, in pool
 * @return APR_SUCCESS; APR_ENOENT: there is none; APR_EINVAL: it is damaged; other; with why but for
 *         ENOENT
 */
apr_status_t mssl_namebook_load(apr_array_header_t **pages, int dir, apr_pool_t *pool,
                                mssl_reason_t *why);

/** A page of a pattern. @return NULL: there is none */
const mssl_namepage_t *mssl_namebook_find(const apr_array_header_t *pages, const char *pattern);

/**
 * The next name of a page.
 * @param at in and out: where it begins; begin with 0
 * @param name out: foreign bytes, of len; not NUL-terminated
 * @return 0: that was all
 */
int mssl_namepage_next(const mssl_namepage_t *page, size_t *at, const char **name, size_t *len);

#endif /* MSSL_LIB_PROVIDERS_NAMEBOOK_H */
