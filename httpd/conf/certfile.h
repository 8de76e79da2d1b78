/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_HTTPD_CONF_CERTFILE_H
#define MSSL_HTTPD_CONF_CERTFILE_H

/**
 * @file certfile.h
 * Certificate files that the configuration names (MSSLCertificate, MSSLDummyCertificate): read by
 * the parent, maybe as root, while the configuration is read.
 */

#include "httpd/conf/conf.h"

/**
 * Make the paths absolute and, in the first pass and httpd -t, check the pair: it parses, the key
 * matches, it covers row->keys (where there are any). A graceful restart of a running server is not
 * ended by a bad file: the store reports it.
 * @param row keys are set; the rest is filled in
 * @return NULL, or the error text with the directive's name
 */
const char *mssl_certfile_check(cmd_parms *cmd, mssl_cert_row_t *row, const char *cert_file,
                                const char *key_file);

/** Read a pair of two files that the admin named. @param pair out: one reference */
apr_status_t mssl_certfile_load(mssl_pair_t **pair, const char *cert_file, const char *key_file,
                                apr_pool_t *ptemp, mssl_reason_t *why);

#endif /* MSSL_HTTPD_CONF_CERTFILE_H */
