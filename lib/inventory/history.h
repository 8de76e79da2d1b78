/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_LIB_INVENTORY_HISTORY_H
#define MSSL_LIB_INVENTORY_HISTORY_H

/**
 * @file history.h
 * Earlier pairs of names: history/xx/NAME.N below MSSLStateDir, each one joined file (certificate,
 * chain, key, PEM). xx are the first two hex digits of the SHA-256 of NAME, NAME is as
 * lib/base/filename.h has it, N counts from 1 and never comes again: the last one that was set aside as damaged stays as
 * NAME.N.bad. Folder and files are MSSLUser's alone (0700,
 * 0600), and he writes them: root never follows a path of his. Several processes may write at a time,
 * the inventory and msslctl: a version gets its number by a link that fails where somebody else
 * has it already, and none is ever written into. There is no lock that anybody could hold.
 */

#include <apr_pools.h>
#include <apr_tables.h>

#include "mod_mssl.h"

#define MSSL_HISTORY_FOLDER "history"
/** How the name of one that was set aside ends. */
#define MSSL_HISTORY_BAD ".bad"

/** A version of a name. */
typedef struct mssl_version_t {
    apr_uint32_t number;
    apr_time_t kept;      /**< when */
    const char *path;     /**< below the folder history: "xx/NAME.N" */
} mssl_version_t;

/**
 * The versions of a name, the oldest first.
 * @param dir descriptor of the folder history
 * @param name canonical, or a pattern
 * @param versions out: of mssl_version_t; empty where there are none
 */
apr_status_t mssl_history_list(int dir, const char *name, apr_array_header_t **versions,
                               apr_pool_t *pool, mssl_reason_t *why);

/**
 * Keep one more; an earlier one that says the same goes, and the oldest where there are more than
 * keep. As MSSLUser.
 * @param second another name that it has in its folder from now on, whatever had that (served.h);
 *        NULL: none. With one, who keeps looks whether it is there and writes it again: nothing waits
 *        for the disk; without, it is on the disk
 * @param number out: of the new one; of the last one where that is the same byte by byte
 */
apr_status_t mssl_history_add(int dir, const char *name, const mssl_blob_t *joined,
                              const char *second, int keep, apr_uint32_t *number,
                              apr_pool_t *pool, mssl_reason_t *why);

/**
 * Set a damaged one aside. As MSSLUser.
 * @param path below history: "xx/NAME.N", or another name of it, as which it is in no list
 */
void mssl_history_set_aside(int dir, const char *name, const char *path, apr_pool_t *pool);

/** Its folder below history, and how its files' names begin. @param fan out: two digits */
#define MSSL_HISTORY_FAN_SIZE 3
const char *mssl_history_locate(char fan[MSSL_HISTORY_FAN_SIZE], const char *name,
                                apr_pool_t *pool);

/** Read one. @param blob out, in pool, to be wiped by the caller */
apr_status_t mssl_history_read(int dir, const mssl_version_t *version, mssl_blob_t *blob,
                               apr_pool_t *pool, mssl_reason_t *why);

#endif /* MSSL_LIB_INVENTORY_HISTORY_H */
