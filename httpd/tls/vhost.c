/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "httpd/tls/vhost.h"

#include "httpd/server/tested.h"

void mssl_vhost_show_one(mssl_conn_t *cc)
{
    conn_rec *c = cc->c;
    server_rec *site;

    /*
     * mod_ssl compares the bytes of the SNI: where they are not the name letter by letter (a
     * trailing dot), it is to see all, as without us.
     */
    if (!mssl_tested_is_mod_ssl() || !cc->addr->guarded || c->vhost_lookup_data == NULL || !cc->name[0]
        || ap_cstr_casecmp(cc->sni, cc->name) != 0) {
        return;
    }
    cc->hidden.base = c->base_server;
    cc->hidden.list = c->vhost_lookup_data;
    c->vhost_lookup_data = NULL;
    site = mssl_addr_get_server(cc->addr, cc->name);
    if (site != NULL) {
        c->base_server = site;
    }
}

void mssl_vhost_show_all(mssl_conn_t *cc)
{
    if (cc->hidden.list != NULL) {
        cc->c->base_server = cc->hidden.base;
        cc->c->vhost_lookup_data = cc->hidden.list;
        cc->hidden.list = NULL;
    }
}
