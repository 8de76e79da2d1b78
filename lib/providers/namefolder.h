/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_LIB_PROVIDERS_NAMEFOLDER_H
#define MSSL_LIB_PROVIDERS_NAMEFOLDER_H

/**
 * @file namefolder.h
 * A folder whose folders are names: MSSLIssueFor folders:/srv/www/%0, where "%0" stands for the whole
 * name, as in mod_vhost_alias. What is in it decides who gets a certificate, so it and each folder on
 * the way to it is to be root's or its owner's (the panel's), and writable by nobody else; a folder
 * counts that is called as a name is written (lib/base/name.h), is no link, and is not of httpd's User,
 * whose scripts could have made it. Any thread.
 */

#include <apr_pools.h>
#include <sys/stat.h>

#include "mod_mssl.h"

/** Names of one; what is above is passed over, and told. */
#define MSSL_NAMEFOLDER_MAX 1000000

/**
 * The folder of a pattern.
 * @param folder out: in pool, absolute
 * @return NULL; or what is wrong with the pattern, in words that go behind it
 */
const char *mssl_namefolder_parse(const char **folder, const char *pattern, apr_pool_t *pool);

/**
 * Whether a folder may say who gets a certificate.
 * @param web httpd's User; (uid_t)-1: the caller's own, which has no scripts apart from the caller
 * @param st out: of the folder
 * @return APR_SUCCESS; other, with why: in one sentence, what is wrong and the fix
 */
apr_status_t mssl_namefolder_check(const char *folder, uid_t web, struct stat *st,
                                   mssl_reason_t *why);

/** A folder's names. */
typedef struct mssl_names_t {
    const char *text; /**< sorted, each with "\n" behind it */
    size_t len;
    int n;
    int is_cut;       /**< there were more */
} mssl_names_t;

/**
 * List it, once it was checked. What else lies there is passed over.
 * @param names out: in pool
 * @return APR_SUCCESS; other, with why: it was not read to its end
 */
apr_status_t mssl_namefolder_list(mssl_names_t *names, const char *folder, uid_t web,
                                  apr_pool_t *pool, mssl_reason_t *why);

#endif /* MSSL_LIB_PROVIDERS_NAMEFOLDER_H */
