/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_HTTPD_GUARD_EARLY_H
#define MSSL_HTTPD_GUARD_EARLY_H

/**
 * @file early.h
 * httpd's own early error answers (400, 408, 414, 417, ...) come before any hook that could judge
 * the host, and httpd dresses them with the ErrorDocument and "Header always" of the vhost that it
 * has chosen so far. On a guarded address that stays only where the connection's certificate covers
 * the host, or, where the request has named none yet, where the vhost is that of the bound name.
 *
 * httpd takes an ErrorDocument in three forms. A path becomes an internal redirect, which comes by
 * the guard; of a text or a URL the error answer is made, which is replaced whole.
 */

#include <httpd.h>

/** In register_hooks. */
void mssl_early_register(void);

/** Whether an error of a request that was not judged yet may have the dress of r->server. */
int mssl_early_is_dressed(const request_rec *r);

/** Send an error in nobody's dress. @return DONE */
int mssl_early_send(request_rec *r, int status);

/** insert_error_filter hook, before all others: an error that may not be dressed is replaced. */
void mssl_early_insert_error_filter(request_rec *r);

#endif /* MSSL_HTTPD_GUARD_EARLY_H */
