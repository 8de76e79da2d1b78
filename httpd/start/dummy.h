/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_HTTPD_START_DUMMY_H
#define MSSL_HTTPD_START_DUMMY_H

/**
 * @file dummy.h
 * What is shown where there is no certificate for the name: the files of MSSLDummyCertificate, or a
 * dummy that the module makes, of P-256 and RSA side by side, self-signed, kept in MSSLStateDir,
 * reused across restarts, and renewed by itself. It covers nothing, whatever it says.
 */

#include "httpd/conf/conf.h"

/**
 * Read what MSSLDummyCertificate names; at a restart a bad file is one error line, and a vhost of
 * whose files none is left has no such setting. Then have the made dummy ready where one is needed:
 * global->made_file and, in the second pass, global->made. In post_config, by the parent.
 * @return OK, or an HTTP status after logging what is wrong with MSSLStateDir and the fix
 */
int mssl_dummy_init(mssl_global_t *global, server_rec *main_server, apr_pool_t *p,
                    apr_pool_t *ptemp);

/**
 * check_config hook, for httpd -t alone: whether the made dummy, where one is needed, could not be kept
 * as others may write into MSSLStateDir. A start finds that out itself, and a restart goes on.
 * @return OK, or an HTTP status after logging what a start would
 */
int mssl_dummy_check(mssl_global_t *global, server_rec *main_server, apr_pool_t *ptemp);

/**
 * monitor hook, in the parent: renew what nears its end. Running children show it from their next
 * handshake on (httpd/server/made.h).
 */
int mssl_dummy_monitor(apr_pool_t *p, server_rec *s);

/**
 * What mod_ssl is to load for a vhost that has nothing else: the files of its dummy.
 * @param dummy may be NULL @return 0: it has none
 */
int mssl_dummy_add_files(const mssl_dummy_t *dummy, apr_array_header_t *cert_files,
                         apr_array_header_t *key_files);
/** The same of the one that the module makes, of one key type. */
void mssl_dummy_add_made(const mssl_global_t *global, apr_array_header_t *cert_files,
                         apr_array_header_t *key_files);

#endif /* MSSL_HTTPD_START_DUMMY_H */
