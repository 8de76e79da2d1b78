/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "httpd/tls/trust.h"

static int is_in_ranges(const mssl_trust_t *trust, const apr_sockaddr_t *addr)
{
    int i;

    for (i = 0; i < trust->subnets->nelts; i++) {
        if (apr_ipsubnet_test(APR_ARRAY_IDX(trust->subnets, i, apr_ipsubnet_t *),
                              (apr_sockaddr_t *)addr)) {
            return 1;
        }
    }
    return 0;
}

const mssl_trust_t *mssl_trust_find(const mssl_conn_t *cc)
{
    const apr_array_header_t *trusts = mssl_conf_get(cc->ctx_server)->trusts;
    const apr_sockaddr_t *addr = mssl_conn_get_client_addr(cc->c);
    int i;

    for (i = 0; trusts != NULL && addr != NULL && i < trusts->nelts; i++) {
        const mssl_trust_t *trust = &APR_ARRAY_IDX(trusts, i, mssl_trust_t);

        if (is_in_ranges(trust, addr) && is_in_ranges(trust, cc->c->client_addr)) {
            return trust;
        }
    }
    return NULL;
}
