/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_HTTPD_START_DUMMYFILE_H
#define MSSL_HTTPD_START_DUMMYFILE_H

/**
 * @file dummyfile.h
 * Where the dummy that the module makes is kept: MSSLStateDir/dummy.pem (P-256) and dummy-rsa.pem,
 * written and read by httpd's parent alone. Texts are PEM as mssl_selfsigned_make() gives it, and
 * freed with mssl_selfsigned_free().
 */

#include "httpd/conf/conf.h"

/** The path of one. @param type MSSL_KEY_ECDSA or MSSL_KEY_RSA */
const char *mssl_dummyfile_path(mssl_global_t *global, mssl_key_type_t type, apr_pool_t *p);

/**
 * The kept one, or a new one that is now kept in its place.
 * @return NULL with why: what is wrong with MSSLStateDir, and the fix
 */
char *mssl_dummyfile_have(mssl_global_t *global, mssl_key_type_t type, apr_pool_t *ptemp,
                          mssl_reason_t *why);

/** Keep one. Whoever looks meanwhile sees the old one or the new one, never a part. */
apr_status_t mssl_dummyfile_put(mssl_global_t *global, mssl_key_type_t type, const char *pem,
                                apr_pool_t *ptemp, mssl_reason_t *why);

/**
 * A file without a folder, which mod_ssl can open by its path as long as p lives.
 * @return NULL: there is none to be had
 */
const char *mssl_dummyfile_lend(const char *pem, apr_pool_t *p);

#endif /* MSSL_HTTPD_START_DUMMYFILE_H */
