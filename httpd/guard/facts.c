/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "httpd/guard/facts.h"

#include <apr_strings.h>
#include <http_core.h>
#include <http_protocol.h>

static int is_host_of(request_rec *r, const mssl_url_t *url)
{
    mssl_host_t host;

    mssl_host_parse(&host, r->hostname);
    return strcmp(host.name, url->name) == 0;
}

static int is_url_of(request_rec *r, const mssl_url_t *url)
{
    return url != NULL && url->is_https && r->parsed_uri.path != NULL
        && strcmp(r->parsed_uri.path, url->path) == 0 && ap_get_server_port(r) == url->port
        && is_host_of(r, url);
}

int mssl_facts_is_switch(request_rec *r, const mssl_conn_t *cc)
{
    return (cc->ctx_server != NULL && is_url_of(r, mssl_conf_get(cc->ctx_server)->switch_url))
        || is_url_of(r, mssl_conf_get(r->server)->switch_url);
}

const mssl_url_t *mssl_facts_get_switch(const request_rec *r, const mssl_conn_t *cc)
{
    const mssl_url_t *url = NULL;

    if (cc->ctx_server != NULL) {
        url = mssl_conf_get(cc->ctx_server)->switch_url;
    }
    return url != NULL ? url : mssl_conf_get(r->server)->switch_url;
}

int mssl_facts_is_own_handshake(const request_rec *r, const mssl_conn_t *cc)
{
    return mssl_proof_get_handshake_server(cc) == r->server
        && mssl_conf_get(r->server)->has_ssl_ctx;
}

int mssl_facts_is_other_clients(const request_rec *r, const mssl_conn_t *cc)
{
    if (!cc->addr->asks_client_cert) {
        return 0;
    }
    return (mssl_conf_get(r->server)->asks_client_cert
            || mssl_conf_get(mssl_proof_get_handshake_server(cc))->asks_client_cert)
        && !mssl_facts_is_own_handshake(r, cc);
}

static int is_same_host(const mssl_host_t *a, const mssl_host_t *b)
{
    return strcmp(a->name, b->name) == 0 && a->ip_len == b->ip_len
        && memcmp(a->ip, b->ip, sizeof(a->ip)) == 0;
}

/** The host of a Host header, which may have a port. */
static void parse_host_header(mssl_host_t *host, const char *text, apr_pool_t *pool)
{
    size_t skip = text[0] == '[';

    mssl_host_parse(host, apr_pstrmemdup(pool, text + skip, strcspn(text + skip, skip ? "]" : ":")));
}

/**
 * Whether the request line names another host than the one that httpd goes by, or than the Host
 * header. RFC 9112 section 3.2.2 has the request line win; httpd heeds it only where its scheme is
 * the connection's own, and goes by the Host else. With HttpProtocolOptions Unsafe it leaves a
 * differing Host header in place, which rewriting and proxying would go by.
 */
static int has_two_hosts(request_rec *r, const mssl_host_t *host)
{
    const char *header;
    mssl_host_t other;

    if (r->parsed_uri.scheme == NULL || r->parsed_uri.hostname == NULL) {
        return 0;
    }
    mssl_host_parse(&other, r->parsed_uri.hostname);
    if (!is_same_host(&other, host)) {
        return 1;
    }
    header = apr_table_get(r->headers_in, "Host");
    if (header == NULL) {
        return 0;
    }
    parse_host_header(&other, header, r->pool);
    return !is_same_host(&other, host);
}

/** Whether a name without a certificate is about to have one. */
static void take_job(mssl_facts_t *facts, const request_rec *r, const char *name)
{
    mssl_glance_t *glance = mssl_conf_get_global(r->server)->glance;
    mssl_glance_is_t is = glance != NULL ? mssl_glance_at(glance, name, r->request_time)
                                         : MSSL_GLANCE_NOTHING;

    facts->is_making = is == MSSL_GLANCE_MAKING;
    facts->is_pending = is == MSSL_GLANCE_PENDING;
}

/** What is looked up only where the certificate does not cover the host. */
static void take_uncovered(mssl_facts_t *facts, const request_rec *r, const mssl_conn_t *cc,
                           const mssl_host_t *host)
{
    const mssl_server_conf_t *sc;
    const mssl_url_t *url;

    facts->has_switch = mssl_facts_get_switch(r, cc) != NULL;
    facts->is_known = host->name[0] && mssl_addr_has_name(cc->addr, host->name);
    if (host->name[0] && !facts->is_known) {
        take_job(facts, r, host->name);
    }
    if (cc->ctx_server == NULL) {
        return;
    }
    sc = mssl_conf_get(cc->ctx_server);
    facts->redirects_nosni = sc->nosni == MSSL_NOSNI_SWITCH;
    url = sc->unknown_url;
    if (host->name[0] && !facts->is_known && sc->unknown == MSSL_UNKNOWN_REDIRECT) {
        facts->redirects_unknown = !url->is_https || mssl_addr_has_name(cc->addr, url->name);
    }
}

void mssl_facts_take(mssl_facts_t *facts, request_rec *r, const mssl_conn_t *cc,
                     const mssl_host_t *host)
{
    memset(facts, 0, sizeof(*facts));
    facts->is_proven = cc->state == MSSL_CONN_DECIDED && !cc->is_acme;
    facts->had_sni = cc->had_sni;
    facts->is_dummy = cc->by == MSSL_BY_DUMMY;
    facts->has_bound_name = cc->bound.name[0] != '\0';
    facts->is_trusted = cc->by == MSSL_BY_TRUSTED && cc->trust != NULL;
    facts->host = host->name[0] ? MSSL_HOST_NAME : host->ip_len > 0 ? MSSL_HOST_IP : MSSL_HOST_NONE;
    facts->covers = mssl_proof_covers(cc, host);
    facts->is_get = r->method_number == M_GET; /* HEAD is GET for httpd */
    facts->is_proxying = r->method_number == M_CONNECT || r->proxyreq == PROXYREQ_PROXY;
    facts->has_two_hosts = has_two_hosts(r, host);
    facts->is_switch = mssl_facts_is_switch(r, cc);
    facts->is_other_clients = mssl_facts_is_other_clients(r, cc);
    if (!facts->covers) {
        take_uncovered(facts, r, cc, host);
    }
}
