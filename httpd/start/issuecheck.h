/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_HTTPD_START_ISSUECHECK_H
#define MSSL_HTTPD_START_ISSUECHECK_H

/**
 * @file issuecheck.h
 * The files that the directives of issuing name, once all of the configuration was read, as who is
 * httpd's User is known then: lists of MSSLIssueFor, which nobody else is to write, and secrets of
 * MSSLIssuer (--env, --eab), which nobody else is to read. Parent, one thread.
 */

#include "httpd/conf/conf.h"

/**
 * check_config. "httpd -t" also tells of lines of lists that do not count.
 * @return OK; or an HTTP error, reported: a first start ends. At a restart what is wrong is one line,
 *         and OK
 */
int mssl_issuecheck_run(const mssl_global_t *global, server_rec *s, apr_pool_t *ptemp);

#endif /* MSSL_HTTPD_START_ISSUECHECK_H */
