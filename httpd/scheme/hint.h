/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_HTTPD_SCHEME_HINT_H
#define MSSL_HTTPD_SCHEME_HINT_H

/**
 * @file hint.h
 * A visitor over plain HTTP of a name that has no certificate where https would be: a hint for the
 * steward (httpd/server/hints.h), so that the name has one before anybody tries https.
 */

#include <httpd.h>

/** post_read_request hook. Costs a request of a name that came by lately nothing but a look there. */
int mssl_hint_post_read_request(request_rec *r);

#endif /* MSSL_HTTPD_SCHEME_HINT_H */
