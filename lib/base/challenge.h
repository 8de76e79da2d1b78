/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_LIB_BASE_CHALLENGE_H
#define MSSL_LIB_BASE_CHALLENGE_H

/**
 * @file challenge.h
 * Which file a certificate authority asks for, to see that a name is ours (contract, section 14):
 *
 * /.well-known/acme-challenge/TOKEN   http-01 (RFC 8555 section 8.3): base64url, for any host, as a
 *                                     token is of one order
 * /.well-known/pki-validation/FILE    validation by file of other authorities (CA/B Forum baseline
 *                                     requirements, 3.2.2.4.18): names that two customers may share,
 *                                     so it lies in a folder of the host's name
 *
 * The path is hostile, and is taken byte by byte as it came: what is encoded ("%2f", "%2e"), has a
 * second slash or a byte that is not listed is no challenge, and is answered by whoever answers the
 * rest. So nothing that comes out can leave the folder. Pure, no allocation, any thread.
 */

#include <stddef.h>

/** Bytes of a file's name. */
#define MSSL_CHALLENGE_NAME_MAX 128
/** Bytes of any such file. */
#define MSSL_CHALLENGE_FILE_MAX 8192

typedef struct mssl_challenge_t {
    const char *folder; /**< where the file lies, or the folders of hosts do: static, no slash */
    const char *file;   /**< its name: the end of the path, borrowed; no slash, no dot first */
    int has_host;       /**< it lies in a folder of the host's name */
    size_t max;         /**< bytes that it may have */
} mssl_challenge_t;

/** Both folders lie in this one. */
#define MSSL_CHALLENGE_PARENT ".well-known"
/** Beside it: NAME.pem answers a challenge of tls-alpn-01 (RFC 8737). */
#define MSSL_CHALLENGE_ALPN "alpn"
#define MSSL_CHALLENGE_ALPN_SUFFIX ".pem"

/** Whether a path leads to where challenges are, whatever stands behind. @param path may be NULL */
int mssl_challenge_is_below(const char *path);

/**
 * Take the path of a request apart.
 * @param path as the client sent it, without the query; may be NULL
 * @return 1; 0 with challenge zeroed: it asks for no challenge
 */
int mssl_challenge_parse(mssl_challenge_t *challenge, const char *path);

#endif /* MSSL_LIB_BASE_CHALLENGE_H */
