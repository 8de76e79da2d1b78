/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_TOOLS_MSSLCTL_URL_H
#define MSSL_TOOLS_MSSLCTL_URL_H

/**
 * @file url.h
 * --url: asking the status of a server, this one's or another's, without root.
 *
 * The program curl asks, and not libcurl: TLS with the system's authorities, proxies, HTTP/2 and a
 * password file are its trade, fixed by its distribution when they break; and a library in msslctl
 * would bring all of that into a program that root runs, and one more thing to build with. It is run
 * without a shell, its own configuration is not read, no redirect is followed, and no secret is among
 * its arguments: ~/.netrc is read by whoever runs msslctl, its bytes are not looked at, and curl gets
 * them through a pipe. Where root runs msslctl, curl and the reading of what comes are a process that
 * has become the steward's user, or nobody.
 */

#include "lib/base/jsonread.h"
#include "tools/msslctl/worker.h"

typedef struct ctl_url_t {
    const char *text;           /**< of the status */
    mssl_buffer_t netrc;        /**< bytes of ~/.netrc; secret */
    ctl_server_t as;            /**< whose users do the work */
} ctl_url_t;

/** Take --url. @return CTL_FINE; CTL_UNKNOWN, said on standard error */
int ctl_url_init(ctl_url_t *url, ctl_t *ctl);

/** Forget the secret. */
void ctl_url_end(ctl_url_t *url);

/**
 * In a worker (MSSL_ROLE_FETCHER): ask for JSON of schema mssl/1.
 * @param parameters "list=1": pairs for the query, any bytes in their values; NULL behind the last
 * @param json out: foreign, in pool
 * @return CTL_FINE; CTL_UNKNOWN, said on standard error; CTL_FAULT
 */
int ctl_url_get(const mssl_json_value_t **json, const ctl_url_t *url,
                const char *const *parameters, apr_pool_t *pool);

#endif /* MSSL_TOOLS_MSSLCTL_URL_H */
