/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "httpd/scheme/hint.h"

#include <http_request.h>

#include "httpd/guard/proof.h"
#include "httpd/scheme/ports.h"
#include "httpd/server/hints.h"
#include "lib/base/apart.h"
#include "lib/base/challenge.h"

static MSSL_APART void hint(request_rec *r, mssl_global_t *global)
{
    const mssl_addr_t *addr = NULL;
    mssl_host_t host;

    if (r->main != NULL || !ap_is_initial_req(r) || mssl_conn_get(r->connection) != NULL
        || mssl_challenge_is_below(r->uri)) {
        return;
    }
    mssl_host_parse(&host, r->hostname);
    if (!host.name[0] || !mssl_hints_is_news(global, host.name, r->request_time)) {
        return;
    }
    mssl_ports_get_https(r, 0, 0, &addr);
    if (addr != NULL && addr->guarded && !mssl_addr_has_name(addr, host.name)) {
        mssl_hints_send(global, host.name);
    }
}

int mssl_hint_post_read_request(request_rec *r)
{
    mssl_global_t *global = mssl_conf_get_global(r->server);

    if (global->hints != NULL) {
        hint(r, global);
    }
    return DECLINED;
}
