/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_LIB_BASE_URL_H
#define MSSL_LIB_BASE_URL_H

/**
 * @file url.h
 * The few URLs we deal in: those that an admin configures, and those that we build. Pure, any
 * thread; results in the pool.
 */

#include <apr_network_io.h>
#include <apr_pools.h>

#include "lib/base/name.h"
#include "mod_mssl.h"

/** A URL of the configuration (MSSLSwitchURL, MSSLUnknownHost redirect:) in its checked parts. */
typedef struct mssl_url_t {
    int is_https;
    char name[MSSL_NAME_SIZE];
    apr_port_t port;  /**< the scheme's default when none was given */
    const char *path; /**< begins with "/", no query */
    const char *query;/**< or NULL */
    const char *text; /**< the URL rebuilt, no trailing "?" */
} mssl_url_t;

/**
 * Parse an absolute http or https URL that an admin wrote: a name as the host, no userinfo, no
 * fragment, no byte outside of printable ASCII.
 * @param why out: what is wrong
 * @return APR_SUCCESS or APR_EINVAL
 */
apr_status_t mssl_url_parse(mssl_url_t *url, const char *text, apr_pool_t *pool,
                            mssl_reason_t *why);

/** "https://name[:port]path"; the port is left out when it is 443. @param path begins with "/" */
const char *mssl_url_build(apr_pool_t *pool, const char *name, apr_port_t port, const char *path);

#endif /* MSSL_LIB_BASE_URL_H */
