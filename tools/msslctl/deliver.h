/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_TOOLS_MSSLCTL_DELIVER_H
#define MSSL_TOOLS_MSSLCTL_DELIVER_H

/**
 * @file deliver.h
 * Root's part of an export: finished bytes into a folder of another server, whole. Nothing is parsed
 * here, and no link is followed: the folder and all on the way to it are root's, or the new owner's.
 *
 * pem and pfx are one file, which is renamed into its place. split are two, in a folder of that very
 * pair, ".NAME.HASH", to which the link NAME is turned by one rename: who opens the folder once has
 * two files that belong together. The folder before that one stays.
 */

#include "lib/files/write.h"
#include "tools/msslctl/cargo.h"

/** Where it goes, and whose it is there. */
typedef struct ctl_target_t {
    int dir;            /**< descriptor; -1 */
    const char *folder; /**< absolute */
    const char *name;   /**< of the file, or of the link */
    uid_t uid;          /**< who may own the folder, besides root */
    mssl_owner_t owner; /**< of what is written */
} ctl_target_t;

/**
 * Find out whose it will be, and open the folder.
 * @param owner "USER", "USER:GROUP", ":GROUP"; NULL: who runs us
 * @return CTL_FINE; other: it was said. To be closed in any case
 */
int ctl_target_open(ctl_target_t *target, ctl_t *ctl, const ctl_order_t *order, const char *folder,
                    const char *owner);

/** Whether a regular file of that owner and mode is in the place. */
int ctl_target_is_right(const ctl_target_t *target);

/** @param is_changed out */
apr_status_t ctl_target_write(const ctl_target_t *target, const ctl_carried_t *carried,
                              const ctl_order_t *order, int *is_changed, apr_pool_t *pool,
                              mssl_reason_t *why);

void ctl_target_close(ctl_target_t *target);

#endif /* MSSL_TOOLS_MSSLCTL_DELIVER_H */
