/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "httpd/tls/trust.h"

#include "httpd/conf/range.h"

const mssl_trust_t *mssl_trust_find(const mssl_conn_t *cc)
{
    const apr_array_header_t *trusts = mssl_conf_get(cc->ctx_server)->trusts;
    apr_sockaddr_t *addr = (apr_sockaddr_t *)mssl_conn_get_client_addr(cc->c);
    int i;

    for (i = 0; trusts != NULL && addr != NULL && i < trusts->nelts; i++) {
        const mssl_trust_t *trust = &APR_ARRAY_IDX(trusts, i, mssl_trust_t);

        if (mssl_range_has(trust->subnets, addr)
            && mssl_range_has(trust->subnets, cc->c->client_addr)) {
            return trust;
        }
    }
    return NULL;
}
