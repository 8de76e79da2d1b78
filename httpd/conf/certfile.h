/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_HTTPD_CONF_CERTFILE_H
#define MSSL_HTTPD_CONF_CERTFILE_H

/**
 * @file certfile.h
 * Certificate files that the configuration names (MSSLCertificate, MSSLDummyCertificate).
 */

#include "httpd/conf/conf.h"

/**
 * Take a line's files, with absolute paths. They are looked at once all of the configuration is read
 * (httpd/start/certcheck.h).
 * @return NULL, or the error text with the directive's name
 */
const char *mssl_certfile_name(cmd_parms *cmd, mssl_cert_row_t *row, const char *cert_file,
                               const char *key_file);

/** Read a pair of two files that the admin named. @param pair out: one reference */
apr_status_t mssl_certfile_load(mssl_pair_t **pair, const char *cert_file, const char *key_file,
                                apr_pool_t *ptemp, mssl_reason_t *why);

#endif /* MSSL_HTTPD_CONF_CERTFILE_H */
