/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_SWITCH_COOKIE_H
#define MSSL_SWITCH_COOKIE_H

/**
 * @file cookie.h
 * Loops of a visitor whose address changes from one connection to the next: no intent is ever found
 * again, and no count by address grows. Its cookie counts the rounds. Signed, so that nobody can
 * write a count into it; under the __Host- prefix, so that no sibling site can set it (RFC 6265bis
 * section 4.1.3), and over https alone: in plain HTTP anybody on the way, and every sibling site, can
 * set any cookie, and with one of its own a stranger would bring a visitor to the page about loops.
 * A stable address does not count here: httpd/intent/rounds.h counts those.
 */

#include <httpd.h>

#include "httpd/conf/conf.h"

/**
 * Count a visit to the switch.
 * @param cookie out: the Set-Cookie value for the answer; NULL: none
 * @return rounds of this visitor for this name from changing addresses within a minute, this one
 *         included
 */
int mssl_cookie_count(request_rec *r, const mssl_client_t *client, const char *name,
                      const char **cookie);

#endif /* MSSL_SWITCH_COOKIE_H */
