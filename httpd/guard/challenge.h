/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_HTTPD_GUARD_CHALLENGE_H
#define MSSL_HTTPD_GUARD_CHALLENGE_H

/**
 * @file challenge.h
 * Challenges of certificate authorities (contract 14), answered from one folder for every host, over
 * http and https, before the guard, mod_ssl, mod_md, rules, proxies and access control. Nothing of a
 * website touches the answer, and it is none: a file of MSSLChallengeDir that lib/base/challenge.h
 * names and lib/files/owned.h takes, of at most 8 KB, and nothing else. Where there is none the
 * request goes on as any other: to the guard, and to the website, whose own client may have an
 * answer.
 *
 * It says nothing of the connection's certificate, and no other request of the connection gets
 * further by it: over HTTP/1 the connection ends with it, streams of HTTP/2 are judged one by one.
 */

#include <httpd.h>

/** post_read_request hook, before the guard's. The client's own requests only. */
int mssl_challenge_post_read_request(request_rec *r);

#endif /* MSSL_HTTPD_GUARD_CHALLENGE_H */
