/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_HTTPD_GUARD_SCHEME_H
#define MSSL_HTTPD_GUARD_SCHEME_H

/**
 * @file scheme.h
 * A light vhost has no SSLEngine: mod_ssl would have httpd write http:// and port 80 into what it
 * builds for its requests (mod_dir's redirects, server variables, our own Location), though they
 * came over TLS.
 */

#include <httpd.h>

/** http_scheme hook, before mod_ssl's. @return "https" over TLS on a guarded address, else NULL */
const char *mssl_scheme_get(const request_rec *r);

/** default_port hook, before mod_ssl's. @return 443 over TLS on a guarded address, else 0 */
apr_port_t mssl_scheme_get_port(const request_rec *r);

#endif /* MSSL_HTTPD_GUARD_SCHEME_H */
