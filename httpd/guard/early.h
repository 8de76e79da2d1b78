/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_HTTPD_GUARD_EARLY_H
#define MSSL_HTTPD_GUARD_EARLY_H

/**
 * @file early.h
 * httpd's own early error answers (400, 408, 414, 417, ...) come before any hook that could judge
 * the host, and httpd dresses them with the ErrorDocument and "Header always" of the vhost that the
 * Host selected. On a guarded address no request has a site's dress before the guard has approved
 * it.
 */

#include <httpd.h>

#include "httpd/conf/conf.h"

/** At start: the plain texts that stand in for ErrorDocument. */
void mssl_early_init(mssl_global_t *global, apr_pool_t *p);

/** pre_read_request hook, after all others. */
void mssl_early_begin(request_rec *r, conn_rec *c);

/** The guard has approved: the site's own dress applies from now on. */
void mssl_early_end(request_rec *r);

/**
 * insert_error_filter hook, before all others: an error of a request that was not approved is
 * undressed.
 */
void mssl_early_insert_error_filter(request_rec *r);

#endif /* MSSL_HTTPD_GUARD_EARLY_H */
