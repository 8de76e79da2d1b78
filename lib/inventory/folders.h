/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_LIB_INVENTORY_FOLDERS_H
#define MSSL_LIB_INVENTORY_FOLDERS_H

/**
 * @file folders.h
 * The folders of MSSLIssueFor folders:PATTERN, looked at by the inventory, who may read what the
 * steward may not: listed where their time has changed, and written down for the steward
 * (lib/providers/namebook.h). Each has a thread of its own, so that one on a file system that hangs
 * delays no other. One that cannot be listed, is mounted no more, or could be written by others leaves
 * the names that it had: those of before a restart, too.
 */

#include <apr_tables.h>
#include <apr_time.h>
#include <sys/types.h>

#include "mod_mssl.h"

/** What is reported, once per change. */
typedef enum {
    MSSL_FOLDERS_UNREAD = 1, /**< a pattern's folder cannot be listed */
    MSSL_FOLDERS_READ,       /**< it can again */
    MSSL_FOLDERS_CUT,        /**< it has more names than are taken */
    MSSL_FOLDERS_UNSAVED     /**< the file cannot be written, or is damaged; pattern is NULL */
} mssl_folders_event_t;

typedef struct mssl_folders_conf_t {
    const apr_array_header_t *patterns; /**< const char *: each one that was parsed */
    uid_t web;                  /**< httpd's User; as mssl_namefolder_check() has it */
    int dir;                    /**< descriptor of the folder of the file; -1: none is written */
    apr_interval_time_t every;  /**< they are looked at */
    apr_interval_time_t relist; /**< and listed, whatever their time says: owners change without it */
    /** Called by their threads. */
    void (*report)(void *baton, mssl_folders_event_t event, const char *pattern, const char *text);
    void *baton;
} mssl_folders_conf_t;

typedef struct mssl_folders_t mssl_folders_t;

/**
 * Begin, and go on by itself.
 * @param conf used until the end
 * @return NULL: there is nothing to look at, or no memory or thread for it
 */
mssl_folders_t *mssl_folders_begin(const mssl_folders_conf_t *conf, apr_pool_t *pool);

/** End; one that hangs is left behind, for a caller who ends the process. NULL is fine. */
void mssl_folders_end(mssl_folders_t *folders);

#endif /* MSSL_LIB_INVENTORY_FOLDERS_H */
