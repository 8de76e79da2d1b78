/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "httpd/guard/scheme.h"

#include <http_ssl.h>

#include "httpd/server/conn.h"

static int is_guarded_tls(const request_rec *r)
{
    const mssl_conn_t *cc = mssl_conn_get_guarded(r->connection);

    return cc != NULL && ap_ssl_conn_is_ssl(cc->c);
}

const char *mssl_scheme_get(const request_rec *r)
{
    return is_guarded_tls(r) ? "https" : NULL;
}

apr_port_t mssl_scheme_get_port(const request_rec *r)
{
    return is_guarded_tls(r) ? 443 : 0;
}
