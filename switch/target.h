/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_SWITCH_TARGET_H
#define MSSL_SWITCH_TARGET_H

/**
 * @file target.h
 * The strict parsing of the switch's query (contract 5). Hostile bytes in, checked parts out;
 * the Location is rebuilt from the parts (mssl_url_build()) and never echoed. Pure, any thread;
 * results in the pool.
 *
 * Does not decide whether the name is known or the port is ours: its caller does.
 */

#include <apr_network_io.h>
#include <apr_pools.h>

#include "lib/base/name.h"
#include "mod_mssl.h"

#define MSSL_TARGET_MAX 8192 /**< longest query taken, bytes */

typedef struct mssl_target_t {
    char name[MSSL_NAME_SIZE];
    apr_port_t port;  /**< 443 when none was given */
    /** begins with "/"; path and query, bytes encoded stay encoded; no fragment */
    const char *path;
} mssl_target_t;

/**
 * @param query the request's query string as it came (r->args), without "?"; NULL or "" is no
 *         target
 * @param target out
 * @param why out: for the page, names no hostile bytes
 * @return APR_SUCCESS; APR_NOTFOUND: no target at all; APR_EINVAL: not acceptable
 */
apr_status_t mssl_target_parse(mssl_target_t *target, const char *query, apr_pool_t *pool,
                               mssl_reason_t *why);

#endif /* MSSL_SWITCH_TARGET_H */
