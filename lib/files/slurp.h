/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_LIB_FILES_SLURP_H
#define MSSL_LIB_FILES_SLURP_H

/**
 * @file slurp.h
 * Reading a small file of our own, below a folder that the caller has opened. Any thread.
 */

#include <apr_pools.h>
#include <sys/types.h>

#include "lib/base/jsonread.h"
#include "mod_mssl.h"

/**
 * No link is followed, and what somebody else could have written is not read: it belongs to root or
 * to the caller's user, and is writable by its owner alone.
 * @param dir descriptor of the folder
 * @param name in it, without a slash
 * @param text out: in pool, NUL-terminated behind len
 * @param max bytes
 * @return APR_SUCCESS; APR_ENOENT: there is none; other, with why
 */
apr_status_t mssl_file_slurp(const char **text, apr_size_t *len, int dir, const char *name,
                             apr_size_t max, apr_pool_t *pool, mssl_reason_t *why);

/**
 * The same with a file of another user's: it belongs to root or to owner. Who reads it is held up by
 * nothing that the owner may have put there.
 */
apr_status_t mssl_file_slurp_of(const char **text, apr_size_t *len, int dir, const char *name,
                                apr_size_t max, uid_t owner, apr_pool_t *pool, mssl_reason_t *why);

/**
 * The same, of a file that is JSON, and says by "schema" what it is of.
 * @param root out: in pool
 * @param owner of the file, beside root
 * @return as above; APR_EINVAL also where it is none, or another version's
 */
apr_status_t mssl_file_slurp_json(const mssl_json_value_t **root, int dir, const char *name,
                                  apr_size_t max, const char *schema, uid_t owner,
                                  apr_pool_t *pool, mssl_reason_t *why);

#endif /* MSSL_LIB_FILES_SLURP_H */
