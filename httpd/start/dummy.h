/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_HTTPD_START_DUMMY_H
#define MSSL_HTTPD_START_DUMMY_H

/**
 * @file dummy.h
 * What is shown where there is no certificate for the name: the files of MSSLDummyCertificate, or a
 * dummy that the module makes, self-signed, P-256, kept in MSSLStateDir and reused across restarts.
 * It covers nothing, whatever it says.
 */

#include "httpd/conf/conf.h"

/**
 * Read what MSSLDummyCertificate names; at a restart a bad file is one error line, and a vhost of
 * whose files none is left has no such setting. Then have the made dummy ready where one is needed:
 * global->made_file and global->made_pair. In post_config, by the parent.
 * @return OK, or an HTTP status after logging what is wrong with MSSLStateDir and the fix
 */
int mssl_dummy_init(mssl_global_t *global, server_rec *main_server, apr_pool_t *p,
                    apr_pool_t *ptemp);

/**
 * What mod_ssl is to load for a vhost that has nothing else: the files of its dummy.
 * @param dummy may be NULL @return 0: it has none
 */
int mssl_dummy_add_files(const mssl_dummy_t *dummy, apr_array_header_t *cert_files,
                         apr_array_header_t *key_files);
/** The same of the one that the module makes. */
void mssl_dummy_add_made(const mssl_global_t *global, apr_array_header_t *cert_files,
                         apr_array_header_t *key_files);

#endif /* MSSL_HTTPD_START_DUMMY_H */
