/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_LIB_FILES_WRITE_H
#define MSSL_LIB_FILES_WRITE_H

/**
 * @file write.h
 * Writing a file whole: whoever looks meanwhile, and whatever ends the writer (a signal, the power),
 * there is the old one or the new one. Below a folder that the caller has opened, so that no path is
 * walked twice; no link is followed. Any thread.
 *
 * What a writer that was killed may leave is ".NAME.RANDOM.new" (of a long NAME its beginning), of mode 0600, which no store takes
 * for anything.
 */

#include <sys/types.h>

#include "mod_mssl.h"

/** Whose a file is going to be. */
typedef struct mssl_owner_t {
    uid_t uid; /**< (uid_t)-1: the writer's */
    gid_t gid; /**< (gid_t)-1: the writer's */
    mode_t mode;
} mssl_owner_t;

/**
 * Write and put in place, file and folder on the disk.
 * @param dir descriptor of the folder
 * @param name in it, without a slash; as long as names of files may be (NAME_MAX)
 * @return APR_SUCCESS: the new one is there; other, with why: the old one is
 */
apr_status_t mssl_file_write(int dir, const char *name, const void *data, size_t len,
                             const mssl_owner_t *owner, mssl_reason_t *why);

/**
 * As mssl_file_write(), without waiting for the disk: a loss of power within the next seconds may leave
 * the old one, the new one, an empty one or none. For what is made again by itself.
 */
apr_status_t mssl_file_write_lazily(int dir, const char *name, const void *data, size_t len,
                                    const mssl_owner_t *owner, mssl_reason_t *why);

/** A file that is written piece by piece, as it is too large to have in memory twice. */
typedef struct mssl_writing_t mssl_writing_t;

/**
 * Begin to write one. The old one stays until the end.
 * @param writing out: to be ended in any case, where there is one
 */
apr_status_t mssl_file_begin(mssl_writing_t **writing, int dir, const char *name,
                             const mssl_owner_t *owner, mssl_reason_t *why);
/** Failures are told at the end. */
void mssl_file_add(mssl_writing_t *writing, const void *data, size_t len);
/** @param is_good 0: leave it, the old one stays. @return as mssl_file_write() */
apr_status_t mssl_file_end(mssl_writing_t *writing, int is_good, mssl_reason_t *why);

/**
 * As mssl_file_write(), where the file is not exactly that already: content, owner, mode.
 * @param is_changed out, may be NULL
 */
apr_status_t mssl_file_write_changed(int dir, const char *name, const void *data, size_t len,
                                     const mssl_owner_t *owner, int *is_changed,
                                     mssl_reason_t *why);

/**
 * A file in memory, without a name in any folder, that reads from its beginning: standard input for a
 * program, or what is opened as /proc/self/fd/N. Closed on exec.
 * @param label as /proc shows it
 * @return its descriptor; -1: see errno
 */
int mssl_file_make_memory(const char *label, const void *data, size_t len);

#endif /* MSSL_LIB_FILES_WRITE_H */
