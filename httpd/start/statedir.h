/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_HTTPD_START_STATEDIR_H
#define MSSL_HTTPD_START_STATEDIR_H

/**
 * @file statedir.h
 * MSSLStateDir: the folder of what the module keeps. root's, 0711, as processes of other users have
 * folders of their own in it; where httpd does not start as root its user's alone. Parent, one
 * thread.
 */

#include "httpd/conf/conf.h"

/**
 * Where it is: as configured, else what the build says where httpd starts as root, else "mssl" below
 * DefaultRuntimeDir. Once all of the configuration was read.
 * @param p pconf
 */
const char *mssl_statedir_get(mssl_global_t *global, apr_pool_t *p);

/**
 * Open it: made if it is not there, and taken only where nobody else can write into it.
 * @param fd out: the caller's; -1
 * @return APR_SUCCESS; other, with why
 */
apr_status_t mssl_statedir_open(mssl_global_t *global, int *fd, apr_pool_t *p, mssl_reason_t *why);

/**
 * For httpd -t: whether opening it would fail for whose it is, or who else may write into it. Nothing
 * is made or changed. What is not there yet is fine, and so is root's for who is not root: that one
 * looks at a configuration that root starts.
 * @return APR_SUCCESS; other, with why, as mssl_statedir_open() has it
 */
apr_status_t mssl_statedir_look(mssl_global_t *global, apr_pool_t *p, mssl_reason_t *why);

/**
 * post_config, when it is certain what is kept there: say so where it does not outlive a reboot and
 * history or issuing hang on it.
 */
void mssl_statedir_check_disk(mssl_global_t *global, server_rec *s);

#endif /* MSSL_HTTPD_START_STATEDIR_H */
