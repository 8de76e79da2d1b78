/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_LIB_FILES_READ_H
#define MSSL_LIB_FILES_READ_H

/**
 * @file read.h
 * Reading a file that somebody else may have a hand in (contract 7): links are followed when
 * their owner is root or the owner of what they point to; only regular files, at most MSSL_FILE_MAX
 * bytes; no directory on the way from the store may be writable by others. Holds for root (the
 * broker) against a customer who can write into the store, too. Any thread.
 */

#include "lib/files/memo.h"
#include "mod_mssl.h"

/** Links followed on the way to one file. */
#define MSSL_LINKS_MAX 16
/** Longest file that is read by mssl_file_load(), bytes: a map of some millions of lines. */
#define MSSL_FILE_LOAD_MAX (256 * 1024 * 1024)

/** Accumulates the states of all paths looked at into a stamp. Made on the stack. */
typedef struct mssl_stamper_t {
    void *ctx;      /**< EVP_MD_CTX */
    apr_time_t now; /**< when it began */
    int denied;     /**< a path could not even be looked at (EACCES) */
    int has_no_rule; /**< the caller's, 0 at first: links are followed whoever owns them */
    mssl_sight_t *sight; /**< NULL, or where what is there is noted (lib/files/memo.h) */
} mssl_stamper_t;

/** @param sight may be NULL */
apr_status_t mssl_stamper_init(mssl_stamper_t *stamper, mssl_sight_t *sight);
/**
 * Add a path as it is now, whether it is there or not. A file that was touched within the last two
 * seconds makes the stamp unlike any other: its next change may leave size and time as they are
 * (file systems count time in ticks of up to two seconds), so it is read once more when it is
 * older. What a link may not be followed to does not count, whatever it is.
 * @return 1 when something is there (also a link to nothing, and what may not be looked at)
 */
int mssl_stamper_add(mssl_stamper_t *stamper, const char *path);
/** The same, and whether it is a directory (links followed). */
int mssl_stamper_add_dir(mssl_stamper_t *stamper, const char *path);
/** The same of a path of which the caller knows that nothing is there: no look, the same stamp. */
void mssl_stamper_add_lacking(mssl_stamper_t *stamper, const char *path);
/** Ends and frees. */
void mssl_stamper_final(mssl_stamper_t *stamper, mssl_stamp_t *stamp);

/**
 * Whether what was changed so lately may change once more and look the same: file systems count time
 * in ticks of up to two seconds.
 * @param now of the look, microseconds
 */
int mssl_file_is_young(const struct stat *st, apr_time_t now);

/**
 * Whether a link may be followed to what it points to: it is root's, or of the same owner.
 * @param link what lstat() said, @param target what stat() said
 */
int mssl_file_may_follow(const struct stat *link, const struct stat *target);

/**
 * Whether others than owner and group can put files into a directory. On a file system that is
 * mounted read-only nobody can, whatever the mode says (a Secret of Kubernetes has mode 1777).
 * @param path of the directory, followed by st, what stat() or fstat() said of it
 */
int mssl_file_is_open_to_others(const char *path, const struct stat *st);

/**
 * Read a whole file.
 * @param root the store's directory: every directory from there on is looked at, and ways that
 *         leave it are allowed only through links that pass the rule above. "/": the admin named
 *         the path itself; its directories are taken as they are up to the first link. NULL: a file
 *         of the configuration (no rule but regular and size)
 * @param path absolute, below root
 * @param blob out, in pool
 * @return APR_SUCCESS; APR_ENOENT: nothing there; APR_EAGAIN: it changed while it was read; other;
 *         with why: which path, what is wrong, the fix
 */
apr_status_t mssl_file_read(mssl_blob_t *blob, const char *root, const char *path,
                            apr_pool_t *pool, mssl_reason_t *why);

/**
 * Read a large file that the admin named, of at most MSSL_FILE_LOAD_MAX bytes.
 * @param data out: NUL-terminated behind len, to be freed with free()
 */
apr_status_t mssl_file_load(char **data, apr_size_t *len, const char *path, mssl_reason_t *why);

#endif /* MSSL_LIB_FILES_READ_H */
