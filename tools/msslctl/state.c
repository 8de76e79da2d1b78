/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

/* msslctl state: what is known of the server, and from where. */

#include <apr_strings.h>
#include <stdio.h>

#include "lib/base/json.h"
#include "tools/msslctl/print.h"
#include "tools/msslctl/server.h"

static int print_json(const ctl_server_t *server)
{
    mssl_json_t json;
    int i;

    mssl_json_init(&json, ctl_print_sink, stdout, 2);
    mssl_json_open(&json, NULL, '{');
    mssl_json_text(&json, "schema", "mssl-state/1");
    mssl_json_text(&json, "origin", server->origin);
    mssl_json_bool(&json, "running", ctl_server_runs(server));
    mssl_json_text(&json, "version", server->version);
    mssl_json_text(&json, "hostname", server->hostname);
    mssl_json_text(&json, "state_dir", server->state_dir);
    mssl_json_text(&json, "user", server->user);
    mssl_json_text(&json, "steward", server->steward);
    mssl_json_open(&json, "stores", '[');
    for (i = 0; i < server->stores->nelts; i++) {
        mssl_json_text(&json, NULL, APR_ARRAY_IDX(server->stores, i, ctl_store_t).label);
    }
    mssl_json_close(&json);
    mssl_json_open(&json, "addresses", '[');
    for (i = 0; i < server->sockets->nelts; i++) {
        const ctl_socket_t *socket = &APR_ARRAY_IDX(server->sockets, i, ctl_socket_t);

        mssl_json_open(&json, NULL, '{');
        mssl_json_text(&json, "address", socket->address);
        mssl_json_int(&json, "port", socket->port);
        mssl_json_close(&json);
    }
    mssl_json_close(&json);
    mssl_json_close(&json);
    return mssl_json_end(&json) == APR_SUCCESS ? CTL_FINE : CTL_FAULT;
}

int ctl_state_run(ctl_t *ctl)
{
    const ctl_server_t *server = ctl_server_find(ctl);
    ctl_print_t out;
    int i;

    if (server == NULL) {
        return CTL_UNKNOWN;
    }
    if (CTL_HAS(ctl, CTL_OPT_JSON)) {
        return print_json(server);
    }
    ctl_print_begin(&out, ctl, stdout);
    ctl_print_pair(&out, "Known from", server->origin);
    ctl_print_pair(&out, "Server", apr_psprintf(ctl->pool, "%s, httpd %s, mod_mssl %s",
                                                server->hostname,
                                                ctl_server_runs(server) ? "runs" : "does not run",
                                                server->version));
    ctl_print_pair(&out, "State folder", server->state_dir);
    ctl_print_pair(&out, "Users", apr_psprintf(ctl->pool, "%s %s", server->user, server->steward));
    for (i = 0; i < server->stores->nelts; i++) {
        ctl_print_pair(&out, "Store", APR_ARRAY_IDX(server->stores, i, ctl_store_t).label);
    }
    for (i = 0; i < server->sockets->nelts; i++) {
        const ctl_socket_t *socket = &APR_ARRAY_IDX(server->sockets, i, ctl_socket_t);

        ctl_print_pair(&out, "Address", apr_psprintf(ctl->pool, "%s port %d", socket->address,
                                                     socket->port));
    }
    return CTL_FINE;
}
