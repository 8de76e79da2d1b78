/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_HTTPD_START_CERTCHECK_H
#define MSSL_HTTPD_START_CERTCHECK_H

/**
 * @file certcheck.h
 * What is wrong with the files of MSSLCertificate and MSSLDummyCertificate is said at start and by
 * configtest. httpd's parent, being root, parses none of MSSLCertificate for that: they may be a
 * customer's. A confined errand does (lib/process/errand.h), and at a restart, which bad files do not
 * end, the first child of the generation, through whoever opens files for it.
 */

#include "httpd/conf/conf.h"

/**
 * check_config: judge all pairs that the configuration names; the first that is wrong is told on the
 * terminal.
 * @return OK, also where this is a restart or nothing could be judged (which is told); or an HTTP
 *         status
 */
int mssl_certcheck_run(mssl_global_t *global, server_rec *main_server, apr_pool_t *ptemp);

/**
 * Child, a thread in the background: look at MSSLCertificate's pairs, so that what is wrong is told.
 * @param is_over atomic: the child ends
 */
void mssl_certcheck_look(mssl_global_t *global, const int *is_over, apr_pool_t *pool);

#endif /* MSSL_HTTPD_START_CERTCHECK_H */
