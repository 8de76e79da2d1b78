/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_STORE_FILES_H
#define MSSL_STORE_FILES_H

/**
 * @file files.h
 * Reading a file that somebody else may have a hand in (SPEC section 7): links are followed when
 * their owner is root or the owner of what they point to; only regular files, at most MSSL_FILE_MAX bytes; no
 * directory on the way from the store may be writable by others. Holds for root (the
 * broker) against a customer who can write into the store, too. Any thread.
 */

#include "mod_mssl.h"

/** Accumulates the states of all paths looked at into a stamp. Made on the stack. */
typedef struct mssl_stamper_t {
    void *ctx; /**< EVP_MD_CTX */
} mssl_stamper_t;

apr_status_t mssl_stamper_init(mssl_stamper_t *stamper);
/** Add a path as it is now, whether it is there or not. @return 1 when something is there */
int mssl_stamper_add(mssl_stamper_t *stamper, const char *path);
/** Ends and frees. */
void mssl_stamper_final(mssl_stamper_t *stamper, mssl_stamp_t *stamp);

/**
 * Read a whole file.
 * @param root the store's directory: ways that leave it are allowed only through links that pass
 *        the rule above; NULL for a file that the admin named (no rule but regular and size)
 * @param path absolute, below root
 * @param blob out, in pool
 * @return APR_SUCCESS; APR_ENOENT: nothing there; other with why: which path, what is wrong, the fix
 */
apr_status_t mssl_file_read(mssl_blob_t *blob, const char *root, const char *path,
                            apr_pool_t *pool, mssl_reason_t *why);

#endif /* MSSL_STORE_FILES_H */
