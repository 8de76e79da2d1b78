/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_LIB_ISSUE_TOKENS_H
#define MSSL_LIB_ISSUE_TOKENS_H

/**
 * @file tokens.h
 * Answers to challenges that lie about: an issuer that was killed does not take its own away. One
 * thread.
 */

#include <apr_time.h>

/** So long a challenge may take: no CA waits for an answer for a day. */
#define MSSL_TOKEN_LIFE apr_time_from_sec(86400)

/**
 * Remove the files of MSSLChallengeDir/.well-known/acme-challenge that are older. What is no file, or
 * not called as a token is, stays.
 */
void mssl_tokens_sweep(const char *challenge_dir, apr_time_t now);

#endif /* MSSL_LIB_ISSUE_TOKENS_H */
