/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_HTTPD_GUARD_GUARD_H
#define MSSL_HTTPD_GUARD_GUARD_H

/**
 * @file guard.h
 * The iron rule, asked for every request on a guarded address: does the certificate that this
 * session was made with cover this host? (contract section 2 and 4.) Served, sent to the switch, or
 * refused.
 *
 * The decision falls in post_read_request, before every other module and for every request_rec:
 * internal redirects are not exempt (mod_ssl exempts them, and lets a site's ErrorDocument out
 * under the wrong certificate). Facts are taken, lib/verdict judges, and the act follows here. On a
 * connection that ends with the answer it is sent there and then. Where the connection lives on,
 * httpd would close it after an answer in that phase; there it is sent in the quick_handler phase.
 */

#include <httpd.h>

/** post_read_request hook, before all others. */
int mssl_guard_post_read_request(request_rec *r);

/**
 * post_read_request hook, after all others: forward proxying over a guarded address is refused
 * (mod_proxy has marked it by now), and what mod_ssl was shown for a request that is to be refused
 * ends.
 */
int mssl_guard_end_post_read_request(request_rec *r);

/** quick_handler hook, before all others: sends the refusal of a connection that lives on. */
int mssl_guard_quick_handler(request_rec *r, int lookup);

/**
 * access_checker hook, before mod_ssl's: SSLVerifyClient in a directory, and another vhost's
 * handshake: refused.
 */
int mssl_guard_check_access(request_rec *r);

/** fixups hook, after all others: MSSLSwitchURL that another handler would answer is refused. */
int mssl_guard_check_handler(request_rec *r);

#endif /* MSSL_HTTPD_GUARD_GUARD_H */
