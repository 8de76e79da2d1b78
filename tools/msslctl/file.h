/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_TOOLS_MSSLCTL_FILE_H
#define MSSL_TOOLS_MSSLCTL_FILE_H

/**
 * @file file.h
 * Root's part of an installation: a finished file into a folder that is root's, the old one put
 * back where it does not serve, the old pair into history. Nothing is parsed here.
 */

#include "lib/files/write.h"
#include "tools/msslctl/plan.h"

/** Versions of a name that are kept at least: the one that is replaced, and one before it. */
#define CTL_HISTORY_KEEP 2

/** A file's place, opened. */
typedef struct ctl_file_t {
    int dir;             /**< descriptor; -1 */
    const char *folder, *name;
    int is_there;        /**< a regular file is in the place */
    mssl_owner_t owner;  /**< of the new one */
    mssl_buffer_t before;/**< bytes of that file, as they are */
} ctl_file_t;

/**
 * Open the folder, which has to be ours (root's, where root runs us) with all that lead to it, and
 * look at what is there.
 * @return APR_SUCCESS; other, with why. To be closed in any case
 */
apr_status_t ctl_file_open(ctl_file_t *file, const ctl_plan_t *plan, const ctl_wish_t *wish,
                           apr_pool_t *pool, mssl_reason_t *why);

apr_status_t ctl_file_write(const ctl_file_t *file, const mssl_blob_t *text, mssl_reason_t *why);

/** As it was before: the old bytes, or no file. */
apr_status_t ctl_file_undo(const ctl_file_t *file, mssl_reason_t *why);

void ctl_file_close(ctl_file_t *file);

/**
 * Keep a pair in history: a process that has become MSSLUser writes it.
 * @param number out: of the version; 0: nothing was kept
 * @return NULL; a sentence: why it is not kept
 */
const char *ctl_file_keep(ctl_t *ctl, const ctl_wish_t *wish, const mssl_blob_t *old,
                          unsigned *number);

#endif /* MSSL_TOOLS_MSSLCTL_FILE_H */
