/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_LIB_INVENTORY_FILE_H
#define MSSL_LIB_INVENTORY_FILE_H

/**
 * @file file.h
 * The book (book.h) as a file, for the next inventory and for the commands: text, one line a
 * pair, fields with a tab between them, times in seconds since 1970, "-" for nothing.
 *
 *     mssl-inventory 1
 *     walk   NUMBER FIRST STARTED ENDED TOOK SEEN COMPLETE      TOOK in microseconds
 *     at     STORE NAME           where the walk under way is; not there: none is
 *     store  STORE REACHABLE LISTS LABEL REASON           REACHABLE: 1, 0, or new: not walked yet
 *     NAME STATE SINCE STORE VERDICT TYPE FROM UNTIL CHAIN-FROM CHAIN-UNTIL SHA256 STAMP
 *         FILE REASON         in one line
 *     end    LINES SHA256         of all bytes before that line
 *
 * VERDICT: good, kept (good, and in the history), bad, last (what the files held before they went
 * bad), none (NAME.none); "-itself" behind the first, second and fourth: it signs itself. SHA256 of a pair is the beginning of it. Control bytes, "%" and bytes beyond ASCII are written as %XX.
 */

#include "lib/base/name.h"
#include "lib/inventory/book.h"
#include "lib/inventory/index.h"

#define MSSL_BOOK_FILE "inventory"
/** The folder of MSSLStateDir that it is in: its writer's, and readable by the steward's group. */
#define MSSL_BOOK_FOLDER "inventory.d"

/** Behind the verdict of a pair that signs itself. */
#define MSSL_BOOK_ITSELF "-itself"

/** How far the walks are. */
typedef struct mssl_progress_t {
    apr_uint32_t number;        /**< of the walk under way, or the last one; 0: none yet */
    apr_uint32_t first;         /**< the first one since httpd was started */
    mssl_index_walk_t walk;     /**< all but next */
    int source;                 /**< -1: none is under way; else the source that it is at */
    char key[MSSL_NAME_SIZE];   /**< the key it did last there, "": none yet */
} mssl_progress_t;

/**
 * Write it whole.
 * @param dir descriptor of the folder; the file gets the folder's group where that is set-gid
 */
apr_status_t mssl_book_save(const mssl_book_t *book, const mssl_progress_t *progress, int dir,
                            mssl_reason_t *why);

/**
 * Read it.
 * @param book in: one with labels, of whose sources alone is taken what is there; NULL: it is made
 *        of the stores that the file has. Empty where the file is no good
 * @param progress out, as the book's sources are numbered; source -1 and zeros where there is none
 * @param pool of the book; nothing else is kept there
 * @return APR_SUCCESS; APR_ENOENT: there is no file; APR_EINVAL: it is damaged or foreign; other
 */
apr_status_t mssl_book_load(mssl_book_t **book, mssl_progress_t *progress, int dir,
                            apr_pool_t *pool, mssl_reason_t *why);

/** Set one that is damaged aside, as inventory.bad. */
void mssl_book_set_aside(int dir);

#endif /* MSSL_LIB_INVENTORY_FILE_H */
