/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_HTTPD_SCHEME_SELFLOOP_H
#define MSSL_HTTPD_SCHEME_SELFLOOP_H

/**
 * @file selfloop.h
 * A website that answers over https with a redirect to exactly the URL that was asked for: a rule that
 * does not see https. Told once an hour and host, and never changed.
 */

#include <httpd.h>

/** log_transaction hook. */
int mssl_selfloop_log_transaction(request_rec *r);

#endif /* MSSL_HTTPD_SCHEME_SELFLOOP_H */
