/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_HTTPD_START_STATEFOLDER_H
#define MSSL_HTTPD_START_STATEFOLDER_H

/**
 * @file statefolder.h
 * What of MSSLStateDir is the inventory's: a folder that belongs to its user, as a file that is
 * replaced whole needs one, and that the steward's group may read. MSSLStateDir/inventory leads to
 * the file in it. And the lock that says whose MSSLStateDir is. Parent, one thread.
 */

#include "httpd/conf/conf.h"
#include "lib/base/buffer.h"
#include "lib/files/write.h"

/**
 * Hold MSSLStateDir/lock, as long as this httpd lives, graceful restarts and all.
 * @param owner out: where it is not ours
 * @return 1, also where there is no folder to lock; 0: another process has it
 */
int mssl_statefolder_lock(mssl_global_t *global, server_rec *s, pid_t *owner);

/**
 * Make a folder of MSSLStateDir somebody's, or see to it that it is.
 * @param dir descriptor of MSSLStateDir
 * @param fd out: the caller's; -1
 * @return APR_SUCCESS; other, with why
 */
apr_status_t mssl_statefolder_make(int *fd, int dir, const char *name, const mssl_owner_t *owner,
                                   mssl_reason_t *why);

/**
 * Write a file of MSSLStateDir that was put together in a buffer, where it is another one than what is
 * there.
 * @param rv how putting it together went
 * @param text freed
 * @return APR_SUCCESS; other, with why
 */
apr_status_t mssl_statefolder_write(int dir, const char *name, apr_status_t rv, mssl_buffer_t *text,
                                    const mssl_owner_t *owner, mssl_reason_t *why);

/**
 * Open the inventory's folder, made and given to the inventory's user where it must be.
 * @param fd out: the caller's; -1: nothing can be kept
 * @return APR_SUCCESS, also where there is no MSSLStateDir, which others tell; other, with why
 */
apr_status_t mssl_statefolder_open(mssl_global_t *global, int *fd, apr_pool_t *pconf,
                                   mssl_reason_t *why);

/**
 * Open MSSLStateDir/history, made where it must be: the inventory's user's alone. Not where that is
 * root, who is to have no keys of customers there.
 * @return as mssl_statefolder_open(); APR_SUCCESS with -1 also where there is no such user
 */
apr_status_t mssl_statefolder_open_history(mssl_global_t *global, int *fd, apr_pool_t *pconf,
                                           mssl_reason_t *why);

#endif /* MSSL_HTTPD_START_STATEFOLDER_H */
