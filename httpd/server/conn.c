/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "httpd/server/conn.h"

#include "httpd/server/remoteip.h"

mssl_conn_t *mssl_conn_get_of_ssl(const SSL *ssl)
{
    /* mod_ssl keeps the conn_rec there, for its own callbacks and for others'. */
    const conn_rec *c = SSL_get_app_data(ssl);

    return c != NULL ? mssl_conn_get(c) : NULL;
}

const apr_sockaddr_t *mssl_conn_get_client_addr(const conn_rec *c)
{
    conn_rec *master = c->master != NULL ? c->master : (conn_rec *)c;
    const apr_sockaddr_t *proxied;

    return mssl_remoteip_get(master, &proxied) ? proxied : master->client_addr;
}

static apr_status_t release_choice(void *data)
{
    mssl_choice_release(&((mssl_conn_t *)data)->choice);
    return APR_SUCCESS;
}

mssl_conn_t *mssl_conn_make(conn_rec *c, const mssl_addr_t *addr)
{
    mssl_conn_t *cc = apr_pcalloc(c->pool, sizeof(*cc));

    cc->c = c;
    cc->addr = addr;
    apr_pool_cleanup_register(c->pool, cc, release_choice, apr_pool_cleanup_null);
    ap_set_module_config(c->conn_config, &mssl_module, cc);
    return cc;
}

const char *mssl_by_text(mssl_by_t by)
{
    static const char *const text[] = { NULL, "sni", "dummy", "trusted", "intent", "session" };

    return text[by];
}
