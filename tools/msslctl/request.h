/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_TOOLS_MSSLCTL_REQUEST_H
#define MSSL_TOOLS_MSSLCTL_REQUEST_H

/**
 * @file request.h
 * One request (HTTP/1.1, RFC 9112) for "/" over a connection, and what is looked at of the answer.
 * In a worker; the answer is foreign, and bounded. One thread.
 */

#include <apr_pools.h>

#include "lib/base/buffer.h"
#include "mod_mssl.h"
#include "tools/msslctl/dial.h"

typedef struct ctl_answer_t {
    int status;            /**< 100 to 599; 0: no answer that can be understood */
    const char *location;  /**< NULL; at most 2048 bytes without NUL and ends of lines */
    const char *type;      /**< Content-Type; NULL */
    const char *csp;       /**< all of Content-Security-Policy, joined by ", "; NULL */
} ctl_answer_t;

/**
 * Ask for "/".
 * @param host the Host field
 * @param body out: empty with a bound, so much of the content is read; NULL: none
 * @return 1; 0: nothing that can be understood came
 */
int ctl_request_get(ctl_dial_t *dial, const char *host, ctl_answer_t *answer, mssl_buffer_t *body,
                    apr_pool_t *pool);

#endif /* MSSL_TOOLS_MSSLCTL_REQUEST_H */
