/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_LIB_STATUS_QUERY_H
#define MSSL_LIB_STATUS_QUERY_H

/**
 * @file query.h
 * What is asked of the status: the query of its URL, hostile bytes. Pure, one thread.
 */

#include "lib/inventory/index.h"
#include "mod_mssl.h"

typedef enum {
    MSSL_STATUS_ANY = 0, /**< the Accept header decides */
    MSSL_STATUS_HTML,
    MSSL_STATUS_JSON,
    MSSL_STATUS_PROMETHEUS
} mssl_status_format_t;

/** Names with a series of their own, where the query does not say. */
#define MSSL_STATUS_WORST 100

typedef struct mssl_status_query_t {
    mssl_status_format_t format;
    const char *host;          /**< explain it; as it was written; NULL */
    int is_list;
    mssl_index_query_t index;  /**< of the list */
    const char *state;         /**< the word of index.states; NULL */
    int worst;                 /**< names=N */
} mssl_status_query_t;

/**
 * @param args r->args: behind the "?"; may be NULL
 * @param why out: which parameter, and what is accepted
 * @return APR_SUCCESS or APR_EINVAL
 */
apr_status_t mssl_status_query_parse(mssl_status_query_t *query, const char *args, apr_pool_t *pool,
                                     mssl_reason_t *why);

/** The format that an Accept header asks for (RFC 9110, 12.5.1, in the plain cases); NULL: HTML. */
mssl_status_format_t mssl_status_query_accept(const char *accept);

#endif /* MSSL_LIB_STATUS_QUERY_H */
