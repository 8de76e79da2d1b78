/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "httpd/scheme/scheme.h"

#include <apr_strings.h>
#include <http_ssl.h>

#include "httpd/conf/range.h"
#include "httpd/guard/request.h"
#include "httpd/server/conn.h"
#include "lib/base/apart.h"

/** In the connection's notes: the request in progress that is https by a proxy's word. */
#define NOTE "mssl-https"
#define HTTPS "HTTPS"

/** MSSLSchemeHeader where nothing was written. */
static const mssl_scheme_header_t by_default = { HTTPS, "on" };

void mssl_scheme_init(mssl_global_t *global, const server_rec *main_server)
{
    const server_rec *s;

    global->has_scheme = global->has_engine;
    for (s = main_server; s != NULL; s = s->next) {
        const mssl_server_conf_t *sc = mssl_conf_get(s);

        global->has_proxies |= sc->trusted_proxies != NULL;
        global->has_scheme |= sc->trusted_proxies != NULL || sc->scheme_headers != NULL
            || sc->has_force;
    }
}

static conn_rec *master_of(conn_rec *c)
{
    return c->master != NULL ? c->master : c;
}

int mssl_scheme_has_trusted_peer(const request_rec *r)
{
    const apr_array_header_t *proxies = mssl_conf_get(r->server)->trusted_proxies;

    return proxies != NULL && mssl_range_has(proxies, master_of(r->connection)->client_addr);
}

static mssl_scheme_t get_said(const request_rec *r)
{
    return mssl_forwarded_get_scheme(apr_table_get(r->headers_in, "X-Forwarded-Proto"),
                                     apr_table_get(r->headers_in, "Forwarded"));
}

/** Whether a request of this connection is https by a proxy's word. */
static int is_marked(const conn_rec *c)
{
    return mssl_conf_get_global(c->base_server)->has_proxies
        && apr_table_get(c->notes, NOTE) != NULL;
}

static int has_own_tls(const request_rec *r)
{
    const mssl_conn_t *cc = mssl_conn_get(r->connection);

    if (cc != NULL && cc->state == MSSL_CONN_DECIDED) {
        return 1; /* a handshake on this very connection; all modules need not be asked */
    }
    return !is_marked(r->connection) && ap_ssl_conn_is_ssl(master_of(r->connection));
}

mssl_scheme_t mssl_scheme_get_visitor(const request_rec *r)
{
    mssl_scheme_t said = mssl_scheme_has_trusted_peer(r) ? get_said(r) : MSSL_SCHEME_UNKNOWN;

    if (has_own_tls(r)) {
        /* A proxy that encrypts anew: its own client may have come without. */
        return said == MSSL_SCHEME_HTTP ? MSSL_SCHEME_HTTP : MSSL_SCHEME_HTTPS;
    }
    return mssl_scheme_has_trusted_peer(r) ? said : MSSL_SCHEME_HTTP;
}

/** The end of the request that was marked; by now another one may be in progress. */
static apr_status_t unmark(void *data)
{
    const request_rec *r = data;
    apr_table_t *notes = r->connection->notes;

    if (apr_table_get(notes, NOTE) == (const char *)r) {
        apr_table_unset(notes, NOTE);
    }
    return APR_SUCCESS;
}

static void mark(request_rec *r)
{
    apr_table_setn(r->connection->notes, NOTE, (const char *)r);
    apr_pool_cleanup_register(r->pool, r, unmark, apr_pool_cleanup_null);
    if (r->parsed_uri.port_str == NULL) {
        /* The Host has no port: the visitor's is that of https, not the one that the proxy used. */
        r->parsed_uri.port_str = "443";
        r->parsed_uri.port = DEFAULT_HTTPS_PORT;
    }
}

/**
 * A header that tells the website: the client's own is taken away, but for one by which a trusted
 * proxy says how its client came.
 */
static void dress(request_rec *r, const mssl_scheme_header_t *header, int is_trusted, int is_https)
{
    if (is_trusted && ap_cstr_casecmp(header->name, HTTPS) != 0) {
        if (is_https && apr_table_get(r->headers_in, header->name) == NULL) {
            apr_table_addn(r->headers_in, header->name, header->value);
        }
    }
    else if (is_https) {
        apr_table_setn(r->headers_in, header->name, header->value);
    }
    else {
        apr_table_unset(r->headers_in, header->name);
    }
}

/** Tell the website of any request that is none of those which most are. */
static MSSL_APART void tell(request_rec *r, const mssl_server_conf_t *sc,
                            const mssl_request_t *record)
{
    const mssl_scheme_header_t *headers = &by_default;
    const mssl_addr_t *addr;
    int n = 1, is_trusted, is_tls, is_said, i;

    if (sc->scheme_headers != NULL) {
        headers = (const mssl_scheme_header_t *)sc->scheme_headers->elts;
        n = sc->scheme_headers->nelts;
    }
    if (sc->global->has_proxies) {
        apr_table_unset(r->connection->notes, NOTE); /* of a request before */
    }
    is_tls = has_own_tls(r);
    is_trusted = sc->global->has_proxies && mssl_scheme_has_trusted_peer(r);
    addr = is_tls || !is_trusted ? NULL : mssl_addr_get(sc->global, r->connection);
    is_said = is_trusted && !is_tls && (addr == NULL || !addr->guarded)
        && get_said(r) == MSSL_SCHEME_HTTPS;
    for (i = 0; i < n; i++) {
        dress(r, &headers[i], is_trusted, is_tls || is_said);
    }
    if ((is_tls || is_said) && !record->is_told) {
        apr_table_setn(r->subprocess_env, HTTPS, "on");
    }
    if (is_said) {
        mark(r);
    }
}

int mssl_scheme_post_read_request(request_rec *r)
{
    const mssl_server_conf_t *sc = mssl_conf_get(r->server);
    const mssl_request_t *record = mssl_request_get(r);

    if (record->is_told && !sc->global->has_proxies && sc->scheme_headers == NULL) {
        /* Of a handshake on this very connection, and approved for it; and nobody else has a word. */
        apr_table_setn(r->headers_in, by_default.name, by_default.value);
    }
    else if (sc->global->has_scheme && r->main == NULL
             && record->state != MSSL_REQUEST_REFUSED) {
        tell(r, sc, record);
    }
    return DECLINED;
}

int mssl_scheme_conn_is_ssl(conn_rec *c)
{
    return is_marked(c) ? OK : DECLINED;
}

const char *mssl_scheme_http_scheme(const request_rec *r)
{
    return is_marked(r->connection) ? "https" : NULL;
}

apr_port_t mssl_scheme_default_port(const request_rec *r)
{
    return is_marked(r->connection) ? DEFAULT_HTTPS_PORT : 0;
}
