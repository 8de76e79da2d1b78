/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include <apr_time.h>

#include "lib/base/reason.h"
#include "lib/steward/message.h"
#include "lib/steward/steward.h"
#include "lib/steward/tell.h"

/* One command. */
static apr_status_t test(const mssl_steward_conf_t *conf, const mssl_order_t *order,
                         const mssl_message_t *message, apr_pool_t *pool)
{
    mssl_reason_t why = { "" };
    apr_status_t rv;
    int code;
    const mssl_teller_t teller = { .self = conf->self, .patience = conf->patience,
                                   .mercy = conf->mercy, .code = &code };

    rv = mssl_tell(&teller, order, message, pool, &why);
    if (rv == APR_SUCCESS) {
        mssl_reason_set(&why, rv, "%s took a test", order->argv[0]);
    }
    if (conf->tested != NULL) {
        conf->tested(conf->baton, order->argv[0], code, rv, why.text);
    }
    else {
        conf->report(conf->baton, rv == APR_SUCCESS ? MSSL_STEWARD_TOLD : MSSL_STEWARD_UNTOLD,
                     why.text);
    }
    return rv;
}

apr_status_t mssl_steward_test(const mssl_steward_conf_t *conf, apr_pool_t *pool)
{
    mssl_settings_t *settings;
    mssl_reason_t why = { "" };
    apr_status_t rv = mssl_settings_read(&settings, conf->dir, pool, &why), rv2;
    mssl_message_t message = { .now = apr_time_now(), .is_test = 1 };
    int i;

    if (rv != APR_SUCCESS) {
        return rv;
    }
    message.server = settings->server;
    for (i = 0; i < settings->orders->nelts; i++) {
        const mssl_order_t *order = &APR_ARRAY_IDX(settings->orders, i, mssl_order_t);

        rv2 = test(conf, order, &message, pool);
        rv = rv2 != APR_SUCCESS ? rv2 : rv;
    }
    return settings->orders->nelts == 0 ? APR_ENOENT : rv;
}
