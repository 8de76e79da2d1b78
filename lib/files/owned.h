/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_LIB_FILES_OWNED_H
#define MSSL_LIB_FILES_OWNED_H

/**
 * @file owned.h
 * Reading a small file that only root and one other user can have put where it is. Each folder from
 * "/" on is opened by its name in the one before it, and each is to belong to one of the two and to
 * be writable by nobody else; no link is followed anywhere, so what was looked at is what is read.
 * A folder with the sticky bit on the way (/tmp) is taken, though others may write there: who is
 * neither the owner of an entry nor of the folder cannot put another one in its place.
 *
 * Nothing is kept between two calls: a folder that is made, mended or moved counts at once. Whoever
 * calls needs search permission on the folders, and read permission on the file alone. Any thread.
 *
 * The reason for what is not read names a file or folder that is there: whoever asks for names at
 * will cannot bring about new reasons at will.
 */

#include <apr_errno.h>
#include <sys/types.h>

#include "mod_mssl.h"

/**
 * Whether a folder is one that only root and owner can write into.
 * @param dir absolute, without "." and ".."
 * @return APR_SUCCESS; APR_ENOENT: it is not there; APR_EACCES, with why: which folder, what is
 *         wrong, the fix
 */
apr_status_t mssl_owned_check(const char *dir, uid_t owner, mssl_reason_t *why);

/**
 * The same, and open it: what is done below the descriptor is done in the folder that was looked at.
 * @param fd out: the caller's, for reading and for fsync(); -1 on failure
 * @param dir as above; the folder itself must not be sticky
 */
apr_status_t mssl_owned_open(int *fd, const char *dir, uid_t owner, mssl_reason_t *why);

/**
 * Read a file whole.
 * @param dir as above; the folder itself must not be sticky
 * @param below of the file from there on: names with a slash between, none of them "." or ".."
 * @param data room for max bytes
 * @param len out: what is in it
 * @return APR_SUCCESS; APR_ENOENT: a folder or the file is not there; APR_EACCES: a folder is as
 *         mssl_owned_check() does not take it; APR_EINVAL: so is the file, or it is empty, too
 *         large, no regular file, or cannot be read; the last two with why
 */
apr_status_t mssl_owned_read(char *data, apr_size_t *len, apr_size_t max, const char *dir,
                             const char *below, uid_t owner, mssl_reason_t *why);

#endif /* MSSL_LIB_FILES_OWNED_H */
