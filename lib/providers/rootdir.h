/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_LIB_PROVIDERS_ROOTDIR_H
#define MSSL_LIB_PROVIDERS_ROOTDIR_H

/**
 * @file rootdir.h
 * The directory of a store, and whether it is still the one that it was: a mount that is gone is no
 * store without certificates. Any thread.
 */

#include <sys/stat.h>

#include "mod_mssl.h"

/**
 * The directory in which something was found last. Atomic each; a torn pair is only unlike any other.
 * Zeroed: none yet.
 */
typedef struct mssl_rootdir_t {
    apr_uint64_t dev, ino;
} mssl_rootdir_t;

/**
 * @param st out
 * @return APR_SUCCESS; other, with why: it is not there or is no directory
 */
apr_status_t mssl_rootdir_check(const char *path, struct stat *st, mssl_reason_t *why);

/** Whether it can be listed and holds something. */
int mssl_rootdir_has_something(const char *path);

/** Something was found in it. */
void mssl_rootdir_remember(mssl_rootdir_t *seen, const struct stat *st);

/**
 * Nothing was found: is that so, or can the store not be looked at?
 * @return APR_NOTFOUND; APR_ENODIR, with why: it is empty, and in the place of one that was not
 */
apr_status_t mssl_rootdir_judge(const mssl_rootdir_t *seen, const char *path,
                                const struct stat *st, mssl_reason_t *why);

#endif /* MSSL_LIB_PROVIDERS_ROOTDIR_H */
