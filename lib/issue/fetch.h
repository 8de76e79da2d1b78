/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_LIB_ISSUE_FETCH_H
#define MSSL_LIB_ISSUE_FETCH_H

/**
 * @file fetch.h
 * One GET over http or https to an address, bounded in time and size, for preflight.h: what a CA
 * would fetch there. No certificate is verified, as a CA does not when it follows a redirect. What
 * comes is foreign bytes. Blocks; any thread, with SIGPIPE ignored.
 */

#include <apr_pools.h>
#include <apr_time.h>
#include <sys/socket.h>

#include "lib/base/url.h"

/** Header and body together are read so far, bytes. */
#define MSSL_FETCH_MAX 4096

/** An answer. Texts in pool. */
typedef struct mssl_fetched_t {
    int status;           /**< 0: nobody answers, or not in HTTP */
    const char *location; /**< of a redirect, as it came; NULL: none */
    const char *body;     /**< its beginning, NUL-terminated */
    size_t len;
} mssl_fetched_t;

/**
 * @param to the address, whose port is set from url
 * @param end in the time of mssl_monotonic_now()
 */
void mssl_fetch(mssl_fetched_t *fetched, const mssl_url_t *url, const struct sockaddr_storage *to,
                apr_time_t end, apr_pool_t *pool);

#endif /* MSSL_LIB_ISSUE_FETCH_H */
