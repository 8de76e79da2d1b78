/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "httpd/guard/request.h"

const mssl_request_t mssl_request_early = { MSSL_REQUEST_EARLY };
const mssl_request_t mssl_request_approved[2] = {
    { MSSL_REQUEST_APPROVED },
    { MSSL_REQUEST_APPROVED, .is_told = 1 },
};

mssl_request_t *mssl_request_refuse(request_rec *r)
{
    mssl_request_t *record = apr_pcalloc(r->pool, sizeof(*record));

    record->state = MSSL_REQUEST_REFUSED;
    ap_set_module_config(r->request_config, &mssl_module, record);
    return record;
}
