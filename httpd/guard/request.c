/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "httpd/guard/request.h"

/* Those without anything of their own are shared: most requests are approved. */
static const mssl_request_t early = { MSSL_REQUEST_EARLY };
static const mssl_request_t approved = { MSSL_REQUEST_APPROVED };

const mssl_request_t *mssl_request_get(const request_rec *r)
{
    const mssl_request_t *record = ap_get_module_config(r->request_config, &mssl_module);

    return record != NULL ? record : &early;
}

void mssl_request_approve(request_rec *r)
{
    ap_set_module_config(r->request_config, &mssl_module, (void *)&approved);
}

mssl_request_t *mssl_request_refuse(request_rec *r)
{
    mssl_request_t *record = apr_pcalloc(r->pool, sizeof(*record));

    record->state = MSSL_REQUEST_REFUSED;
    ap_set_module_config(r->request_config, &mssl_module, record);
    return record;
}

void mssl_request_restore(request_rec *r)
{
    const mssl_request_t *record = mssl_request_get(r);

    if (record->server != NULL) {
        r->server = record->server;
        ((mssl_request_t *)record)->server = NULL;
    }
}
