/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_HTTPD_CONF_STOREARG_H
#define MSSL_HTTPD_CONF_STOREARG_H

/**
 * @file storearg.h
 * The argument of MSSLCertStore. While the configuration is read, one thread.
 */

#include "httpd/conf/conf.h"

/**
 * Parse "provider:argument" and have the provider check it (in the first pass, httpd -t too).
 * @param row out: name, provider and argument, in the pool of the configuration
 * @return NULL, or what is wrong, with the accepted forms
 */
const char *mssl_storearg_parse(cmd_parms *cmd, mssl_store_row_t *row, const char *text);

#endif /* MSSL_HTTPD_CONF_STOREARG_H */
