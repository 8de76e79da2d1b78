/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "httpd/scheme/force.h"

#include <apr_strings.h>
#include <http_core.h>
#include <http_log.h>
#include <http_request.h>

#include "httpd/guard/facts.h"
#include "httpd/intent/rounds.h"
#include "httpd/scheme/ports.h"
#include "httpd/scheme/scheme.h"
#include "httpd/server/handler.h"
#include "httpd/server/reply.h"
#include "lib/base/apart.h"
#include "lib/base/challenge.h"
#include "lib/base/tags.h"
#include "lib/base/urlparts.h"
#include "lib/verdict/force.h"

APLOG_USE_MODULE(mssl);

/** Whoever comes back over https so often in a minute is served there. */
#define ROUNDS_MAX 2

static int has_directive(const ap_directive_t *at, const char *name, const char *arg)
{
    for (; at != NULL; at = at->next) {
        if ((ap_cstr_casecmp(at->directive, name) == 0
             && (arg == NULL || ap_cstr_casecmp(at->args, arg) == 0))
            || has_directive(at->first_child, name, arg)) {
            return 1;
        }
    }
    return 0;
}

void mssl_force_check(const server_rec *main_server)
{
    const server_rec *s = main_server;

    while (s != NULL && !mssl_conf_get(s)->has_force) {
        s = s->next;
    }
    if (s != NULL && ap_find_linked_module("mod_cache.c") != NULL
        && has_directive(ap_conftree, "CacheEnable", NULL)
        && !has_directive(ap_conftree, "CacheQuickHandler", "off")) {
        ap_log_error(APLOG_MARK, APLOG_WARNING, 0, main_server, MSSLNO(0200) "MSSLForceHTTPS: what "
                     "mod_cache has is answered before a visitor is sent to https: add "
                     "'CacheQuickHandler off'");
    }
}

/** What never changes its scheme: other machines ask for it, or it is the way itself. */
static int is_exempt(request_rec *r, const mssl_conn_t *cc, const mssl_host_t *host)
{
    return mssl_challenge_is_below(r->uri) || !host->name[0] || r->uri[0] != '/'
        || r->method_number == M_CONNECT || mssl_handler_is_switch(r)
        || (cc != NULL && mssl_facts_is_switch(r, cc));
}

static int has_valid_pair(const mssl_addr_t *addr, const char *name)
{
    apr_time_t now = apr_time_now();
    mssl_choice_t choice;
    int i, is_valid = 0;

    if (addr == NULL || !addr->guarded
        || mssl_addr_lookup(addr, name, &choice) != APR_SUCCESS) {
        return 0;
    }
    for (i = 0; i < MSSL_KEY_TYPES; i++) {
        is_valid |= choice.pair[i] != NULL && mssl_pair_is_valid_at(choice.pair[i], now);
    }
    mssl_choice_release(&choice);
    return is_valid;
}

/**
 * Rounds of a visitor who is sent to http and comes back: his browser insists (a preload list, an
 * extension). Told apart by address and program; who is taken for another is served over https.
 */
static int is_looping(const request_rec *r, const char *name)
{
    mssl_intents_t *intents = mssl_conf_get_global(r->server)->intents;
    mssl_client_t client = { { 0 }, 0, 0 };

    if (intents == NULL) {
        return 1;
    }
    mssl_client_set_addr(&client, mssl_conn_get_client_addr(r->connection));
    client.stack = mssl_client_program(apr_table_get(r->headers_in, "User-Agent"));
    if (mssl_rounds_arrive(intents, r->server, &client, name, r->pool) >= ROUNDS_MAX) {
        return 1;
    }
    mssl_rounds_visit(intents, r->server, &client, name, r->pool);
    return 0;
}

/** The URL as the client sent it, on the other scheme. */
static const char *build_location(request_rec *r, const char *name, apr_port_t port, int is_https)
{
    const char *path = r->unparsed_uri;

    if (*path != '/') { /* the absolute form (RFC 9112, 3.2.2) */
        path = ap_strstr_c(path, "://");
        path = path != NULL ? path + 3 + strcspn(path + 3, "/?#") : "/";
        path = *path == '/' ? path : apr_pstrcat(r->pool, "/", path, NULL);
    }
    path = mssl_urlparts_encode(r->pool, path);
    if (is_https) {
        return mssl_url_build(r->pool, name, port, path);
    }
    return port == DEFAULT_HTTP_PORT
        ? apr_pstrcat(r->pool, "http://", name, path, NULL)
        : apr_psprintf(r->pool, "http://%s:%u%s", name, port, path);
}

static void warn_of_no_port(const request_rec *r, const char *what)
{
    const mssl_global_t *global = mssl_conf_get_global(r->server);

    if (mssl_told_is_news(global->told, MSSL_TOLD_NOTE, "MSSLForceHTTPS",
                          r->server->server_hostname, 1)) {
        ap_log_rerror(APLOG_MARK, APLOG_WARNING, 0, r, MSSLNO(0201) "MSSLForceHTTPS has no effect "
                      "in virtual host '%s': httpd has no port, or several, for %s: add it, as in "
                      "'MSSLForceHTTPS on 8443'", r->server->server_hostname, what);
    }
}

/** The facts, those that cost something last. @return the port to send to */
static apr_port_t take_facts(mssl_force_facts_t *facts, request_rec *r, mssl_host_t *host)
{
    const mssl_dir_conf_t *dc = ap_get_module_config(r->per_dir_config, &mssl_module);
    const mssl_conn_t *cc = mssl_conn_get_guarded(r->connection);
    int is_behind_proxy = mssl_scheme_has_trusted_peer(r);
    const mssl_addr_t *addr = NULL;
    apr_port_t port;

    mssl_host_parse(host, r->hostname);
    facts->force = dc->force;
    facts->scheme = mssl_scheme_get_visitor(r);
    facts->is_get = r->method_number == M_GET;
    facts->is_exempt = is_exempt(r, cc, host);
    /* Without TLS of its own it is the proxy's connection that covers. */
    facts->is_covered = cc != NULL ? mssl_proof_covers(cc, host) : is_behind_proxy;
    if (facts->is_exempt || facts->scheme == MSSL_SCHEME_UNKNOWN) {
        return 0;
    }
    if (dc->force == MSSL_FORCE_OFF) {
        port = dc->force_port != 0 ? dc->force_port
            : is_behind_proxy ? DEFAULT_HTTP_PORT : mssl_conf_get_global(r->server)->plain_port;
    }
    else {
        port = mssl_ports_get_https(r, is_behind_proxy, dc->force_port, &addr);
    }
    facts->has_port = port != 0;
    facts->has_pair = dc->force == MSSL_FORCE_AUTO && facts->scheme == MSSL_SCHEME_HTTP
        && has_valid_pair(addr, host->name);
    return port;
}

static void count(const request_rec *r, const mssl_force_facts_t *facts,
                  const mssl_force_verdict_t *verdict)
{
    mssl_counters_t *counters = &mssl_conf_get_global(r->server)->counters;

    if (verdict->act == MSSL_FORCE_TO_HTTPS) {
        mssl_counters_add(counters, MSSL_COUNT_TO_HTTPS);
    }
    else if (verdict->act == MSSL_FORCE_TO_HTTP) {
        mssl_counters_add(counters, MSSL_COUNT_TO_HTTP);
    }
    else if (facts->is_looping) {
        mssl_counters_add(counters, MSSL_COUNT_LOOPS_BROKEN);
    }
}

static MSSL_APART int send_or_stay(request_rec *r, const mssl_dir_conf_t *dc)
{
    mssl_force_facts_t facts = { MSSL_FORCE_UNSET };
    mssl_force_verdict_t verdict;
    mssl_reply_t answer = { 0 };
    mssl_host_t host;
    apr_port_t port;

    if (!ap_is_initial_req(r)) {
        return DECLINED;
    }
    port = take_facts(&facts, r, &host);
    verdict = mssl_force_get(&facts);
    if (verdict.act == MSSL_FORCE_TO_HTTP) {
        facts.is_looping = is_looping(r, host.name);
        verdict = mssl_force_get(&facts);
    }
    count(r, &facts, &verdict);
    if (!facts.is_exempt && port == 0
        && facts.scheme == (dc->force == MSSL_FORCE_OFF ? MSSL_SCHEME_HTTPS : MSSL_SCHEME_HTTP)) {
        warn_of_no_port(r, dc->force == MSSL_FORCE_OFF ? "http" : "https");
    }
    if (verdict.act == MSSL_FORCE_STAY) {
        return DECLINED;
    }
    answer.status = verdict.status;
    answer.location = build_location(r, host.name, port, verdict.act == MSSL_FORCE_TO_HTTPS);
    answer.is_lasting = verdict.is_lasting;
    answer.ends_hsts = verdict.act == MSSL_FORCE_TO_HTTP;
    ap_log_rerror(APLOG_MARK, APLOG_DEBUG, 0, r, MSSLNO(0202) "MSSLForceHTTPS: %d to %s",
                  answer.status, answer.location);
    return mssl_reply_send(r, &answer);
}

int mssl_force_header_parser(request_rec *r)
{
    const mssl_dir_conf_t *dc = ap_get_module_config(r->per_dir_config, &mssl_module);

    return dc->force > MSSL_FORCE_NONE ? send_or_stay(r, dc) : DECLINED;
}
