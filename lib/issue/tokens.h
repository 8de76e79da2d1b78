/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_LIB_ISSUE_TOKENS_H
#define MSSL_LIB_ISSUE_TOKENS_H

/**
 * @file tokens.h
 * Where answers to challenges lie, and those that lie about: an issuer that was killed does not take
 * its own away. One thread.
 */

#include <apr_time.h>

/** In MSSLChallengeDir/.well-known: RFC 8555 section 8.3. */
#define MSSL_TOKENS_DIR "acme-challenge"
/** So long a challenge may take: no CA waits for an answer for a day. */
#define MSSL_TOKEN_LIFE apr_time_from_sec(86400)

/** In there as well: of an order by file, which is pending for 90 days at most, and written when it begins. */
#define MSSL_PROOFS_DIR "pki-validation"
#define MSSL_PROOF_LIFE apr_time_from_sec(100 * 86400)
/** So many folders of names are looked at in one turn. */
#define MSSL_TOKENS_MAX 500

/** Zeroed: nothing was looked at yet. */
typedef struct mssl_tokens_t {
    apr_time_t next; /**< not before */
    int at;          /**< so many folders come before the next one */
} mssl_tokens_t;

/**
 * Remove our user's files of MSSLChallengeDir/.well-known/acme-challenge and of MSSLChallengeDir/alpn that
 * are older. What is no file, or not called as those of there are, stays.
 */
void mssl_tokens_sweep(const char *challenge_dir, apr_time_t now);

/**
 * The same each hour, and of some of the folders pki-validation/NAME, each of them about once an hour, the
 * files that are older than MSSL_PROOF_LIFE. The folders stay, as an issuer may be about to write there.
 */
void mssl_tokens_turn(mssl_tokens_t *tokens, const char *challenge_dir, apr_time_t now);

/**
 * That folder.
 * @param makes whether it is made where it is not there, for all to enter; so is one of our user's that
 *        others cannot
 * @return descriptor, the caller's to close; -1: see errno
 */
int mssl_tokens_open(const char *challenge_dir, int makes);

#endif /* MSSL_LIB_ISSUE_TOKENS_H */
