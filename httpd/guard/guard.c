/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "httpd/guard/guard.h"

#include <apr_atomic.h>
#include <apr_strings.h>
#include <http_core.h>
#include <http_log.h>
#include <http_protocol.h>
#include <http_request.h>
#include <http_ssl.h>
#include <http_vhost.h>

#include "httpd/guard/early.h"
#include "httpd/guard/proof.h"
#include "httpd/guard/refusal.h"
#include "httpd/server/handler.h"
#include "httpd/server/reply.h"
#include "lib/base/page.h"
#include "lib/base/tags.h"
#include "lib/base/text.h"

APLOG_USE_MODULE(mssl);

#define LOG_MAX 128

/** A refusal that waits for the quick_handler phase. */
typedef struct pending_t {
    mssl_reply_t answer;
    server_rec *server; /**< the vhost that the Host selected */
} pending_t;

static int is_tls(const request_rec *r)
{
    conn_rec *c = r->connection->master != NULL ? r->connection->master : r->connection;

    return ap_ssl_conn_is_ssl(c);
}

/** What CGI, LogFormat and expressions see (contract section 8). */
static void set_variables(request_rec *r, const mssl_conn_t *cc, int covered)
{
    const char *by = mssl_by_text(cc->by);
    apr_time_t now = r->request_time;

    if (by != NULL) {
        apr_table_setn(r->subprocess_env, "MSSL_BY", by);
    }
    if (cc->bound.name[0]) {
        apr_table_setn(r->subprocess_env, "MSSL_NAME", cc->bound.name);
    }
    if (cc->bound.not_after != 0) {
        apr_time_t left = cc->bound.not_after - now;
        int is_valid = now >= cc->bound.not_before && left >= 0;

        apr_table_setn(r->subprocess_env, "MSSL_CERT_OK", covered && is_valid ? "1" : "0");
        apr_table_setn(r->subprocess_env, "MSSL_DAYS_LEFT",
                       apr_psprintf(r->pool, "%" APR_INT64_T_FMT,
                                    apr_time_sec(left) / 86400));
    }
    else {
        apr_table_setn(r->subprocess_env, "MSSL_CERT_OK", "0");
    }
}

static int asks_client_cert(const server_rec *s)
{
    return mssl_conf_get(s)->asks_client_cert;
}

/**
 * mod_ssl enforces SSLVerifyClient only where the vhost has SSLEngine on: a light vhost's would be
 * passed over.
 */
static int is_enforced(const request_rec *r, const server_rec *hs)
{
    return hs == r->server && mssl_conf_get(r->server)->has_ssl_ctx;
}

/**
 * A vhost that asks for client certificates is served only on a handshake of its own
 * (CVE-2025-23048).
 */
static int is_other_clients_vhost(const request_rec *r, const mssl_conn_t *cc)
{
    const server_rec *hs;

    if (!cc->addr->asks_client_cert) {
        return 0;
    }
    hs = mssl_proof_get_handshake_server(cc);
    return (asks_client_cert(r->server) || asks_client_cert(hs)) && !is_enforced(r, hs);
}

/** The first request for a site under an intent renews the intent's life. */
static void renew_intent(const request_rec *r, mssl_conn_t *cc)
{
    mssl_global_t *global = mssl_conf_get_global(r->server);

    if (cc->by == MSSL_BY_INTENT && apr_atomic_cas32(&cc->renewed, 1, 0) == 0) {
        mssl_intents_set(global->intents, r->server, &cc->client, cc->bound.name,
                         global->intent_timeout, r->pool);
    }
}

/** Serve the website: httpd's own early answers give way to the site's again. */
static int serve(request_rec *r, mssl_conn_t *cc)
{
    renew_intent(r, cc);
    mssl_early_end(r);
    return DECLINED;
}

/**
 * A client that keeps sessions by the name of the site has put this one under the wrong name: it
 * would meet this certificate again on its way back from the switch.
 */
static void spoil_session(const request_rec *r, const mssl_conn_t *cc)
{
    mssl_global_t *global = mssl_conf_get_global(r->server);

    if (!cc->had_sni && cc->bound.name[0]) {
        mssl_intents_spoil_session(global->intents, r->server, cc->bound.number,
                                   global->intent_timeout, r->pool);
    }
}

/** Refuse or redirect: now where the connection ends with it, else in the quick_handler phase. */
static int refuse(request_rec *r, const mssl_conn_t *cc, const mssl_reply_t *answer)
{
    mssl_counters_t *counters = &mssl_conf_get_global(r->server)->counters;
    pending_t *pending;

    apr_atomic_inc32(answer->location != NULL ? &counters->redirected : &counters->refused);
    ap_log_rerror(APLOG_MARK, APLOG_DEBUG, 0, r, MSSLNO(0060) "host '%s' is not covered, answer %d",
                  r->hostname != NULL
                  ? mssl_text_printable(r->pool, r->hostname, strlen(r->hostname), LOG_MAX) : "-",
                  answer->status);
    if (answer->ends_connection || r->hostname == NULL || r->connection->master != NULL
        || !ap_is_initial_req(r)) {
        return mssl_reply_send(r, answer);
    }
    pending = apr_palloc(r->pool, sizeof(*pending));
    pending->answer = *answer;
    pending->server = r->server;
    ap_set_module_config(r->request_config, &mssl_module, pending);
    mssl_reply_make_neutral(r);
    /* mod_ssl compares the vhosts of handshake and request next; the same one passes. */
    r->server = (server_rec *)mssl_proof_get_handshake_server(cc);
    return DECLINED;
}

static int refuse_page(request_rec *r, const mssl_conn_t *cc, int status, mssl_page_t page,
                       const char *link)
{
    mssl_reply_t answer = { 0 };

    answer.status = status;
    answer.html = mssl_page_make(r->pool, page, r->hostname, link, NULL);
    answer.ends_connection = mssl_conn_ends(cc);
    return refuse(r, cc, &answer);
}

/**
 * The switch under a certificate that does not cover it: answered by us here, so that nothing
 * of the vhost that the Host selects has a say. httpd's location walk tells whether its handler is
 * the switch.
 */
static int answer_switch(request_rec *r, const mssl_conn_t *cc)
{
    if (ap_location_walk(r) != OK || ap_if_walk(r) != OK || !mssl_handler_is_switch(r)) {
        return refuse_page(r, cc, HTTP_MISDIRECTED_REQUEST, MSSL_PAGE_NOT_THE_SWITCH, NULL);
    }
    return mssl_conf_get_global(r->server)->answer_switch(r);
}

/** A health check that names no host, or an address, is taken as the name given for it. */
static void take_trusted_host(request_rec *r, const mssl_conn_t *cc)
{
    apr_table_setn(r->headers_in, "Host", cc->trust->name);
    r->hostname = NULL;
    ap_update_vhost_from_headers(r);
    r->per_dir_config = r->server->lookup_defaults;
}

/** contract section 4, the rows for a host that this connection's certificate does not cover. */
static int refuse_uncovered(request_rec *r, mssl_conn_t *cc, const mssl_host_t *host)
{
    mssl_reply_t answer;

    mssl_refusal_make(r, cc, host, &answer);
    spoil_session(r, cc);
    return refuse(r, cc, &answer);
}

/**
 * Whether the request line names another host than the one that httpd goes by. RFC 9112 section
 * 3.2.2 has the request line win; httpd heeds it only where its scheme is the connection's own, and
 * goes by the Host else.
 */
static int is_for_elsewhere(const request_rec *r, const mssl_host_t *host)
{
    mssl_host_t target;

    if (r->parsed_uri.scheme == NULL || r->parsed_uri.hostname == NULL) {
        return 0;
    }
    mssl_host_parse(&target, r->parsed_uri.hostname);
    return strcmp(target.name, host->name) != 0 || target.ip_len != host->ip_len
        || memcmp(target.ip, host->ip, sizeof(target.ip)) != 0;
}

static int decide(request_rec *r, mssl_conn_t *cc)
{
    const mssl_global_t *global = mssl_conf_get_global(r->server);
    mssl_host_t host;
    int covered;

    mssl_host_parse(&host, r->hostname);
    covered = mssl_proof_covers(cc, &host);
    set_variables(r, cc, covered);
    if (r->method_number == M_CONNECT) {
        return refuse_page(r, cc, HTTP_FORBIDDEN, MSSL_PAGE_NOT_A_PROXY, NULL);
    }
    if (is_for_elsewhere(r, &host)) {
        return refuse_page(r, cc, HTTP_MISDIRECTED_REQUEST, MSSL_PAGE_NOT_A_PROXY, NULL);
    }
    if (!covered && mssl_refusal_is_switch(r, cc, &host)) {
        return answer_switch(r, cc);
    }
    if (is_other_clients_vhost(r, cc)) {
        return refuse_page(r, cc, HTTP_MISDIRECTED_REQUEST, MSSL_PAGE_CLIENT_CERT, NULL);
    }
    if (covered) {
        return serve(r, cc);
    }
    if (cc->by == MSSL_BY_TRUSTED && cc->trust != NULL) {
        if (!host.name[0]) {
            take_trusted_host(r, cc);
            return is_other_clients_vhost(r, cc)
                ? refuse_page(r, cc, HTTP_MISDIRECTED_REQUEST, MSSL_PAGE_CLIENT_CERT, NULL)
                : serve(r, cc);
        }
        if (mssl_addr_has_name(global, cc->addr, host.name)) {
            return serve(r, cc);
        }
    }
    return refuse_uncovered(r, cc, &host);
}

/**
 * TLS on a guarded address, and no record of the handshake: some other module did it. Nothing is
 * proven.
 */
static int refuse_unproven(request_rec *r)
{
    mssl_reply_t answer = { 0 };

    ap_log_rerror(APLOG_MARK, APLOG_ERR, 0, r, MSSLNO(0061) "a TLS connection on a guarded address "
                  "was not made by mod_ssl: refused; load mod_ssl alone, or set MSSLEngine off");
    answer.status = HTTP_MISDIRECTED_REQUEST;
    answer.html = mssl_page_make(r->pool, MSSL_PAGE_WRONG_CERT, r->hostname, NULL, NULL);
    answer.ends_connection = 1;
    return mssl_reply_send(r, &answer);
}

int mssl_guard_post_read_request(request_rec *r)
{
    const mssl_global_t *global = mssl_conf_get_global(r->server);
    mssl_conn_t *cc = mssl_conn_get_guarded(r->connection);

    if (global->store == NULL || r->main != NULL) {
        return DECLINED;
    }
    if (cc == NULL) {
        const mssl_addr_t *addr = mssl_addr_get(global, r->connection);

        return addr != NULL && addr->guarded && is_tls(r) ? refuse_unproven(r) : DECLINED;
    }
    if (!is_tls(r)) {
        /* Plain HTTP on the TLS port: mod_ssl says so, in its own words and nobody's dress. */
        mssl_early_end(r);
        mssl_reply_make_neutral(r);
        return DECLINED;
    }
    return decide(r, cc);
}

static pending_t *get_pending(const request_rec *r)
{
    return ap_get_module_config(r->request_config, &mssl_module);
}

int mssl_guard_refuse_proxy(request_rec *r)
{
    const mssl_conn_t *cc = mssl_conn_get_guarded(r->connection);
    mssl_reply_t answer = { 0 };

    if (cc == NULL || r->proxyreq != PROXYREQ_PROXY) {
        return DECLINED;
    }
    answer.status = HTTP_FORBIDDEN;
    answer.html = mssl_page_make(r->pool, MSSL_PAGE_NOT_A_PROXY, r->hostname, NULL, NULL);
    answer.ends_connection = 1;
    return mssl_reply_send(r, &answer);
}

int mssl_guard_quick_handler(request_rec *r, int lookup)
{
    const pending_t *pending = get_pending(r);

    if (pending == NULL || lookup) {
        return DECLINED;
    }
    r->server = pending->server;
    return mssl_reply_send(r, &pending->answer);
}

int mssl_guard_check_access(request_rec *r)
{
    const mssl_dir_conf_t *dc = ap_get_module_config(r->per_dir_config, &mssl_module);
    const mssl_conn_t *cc = mssl_conn_get_guarded(r->connection);

    if (cc == NULL || dc->verify_client != MSSL_ON
        || is_enforced(r, mssl_proof_get_handshake_server(cc))) {
        return DECLINED;
    }
    ap_log_rerror(APLOG_MARK, APLOG_DEBUG, 0, r, MSSLNO(0062) "SSLVerifyClient here, and the "
                  "handshake was another virtual host's, or this one has no SSLEngine: refused");
    return HTTP_MISDIRECTED_REQUEST;
}

int mssl_guard_check_handler(request_rec *r)
{
    const mssl_conn_t *cc = mssl_conn_get_guarded(r->connection);
    mssl_host_t host;

    if (cc == NULL || r->main != NULL
        || (r->handler != NULL && strcmp(r->handler, MSSL_SWITCH_HANDLER) == 0)) {
        return DECLINED;
    }
    mssl_host_parse(&host, r->hostname);
    return ap_is_initial_req(r) && mssl_refusal_is_switch(r, cc, &host) ? HTTP_MISDIRECTED_REQUEST
                                                                        : DECLINED;
}
