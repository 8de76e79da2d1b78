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
#include "httpd/guard/facts.h"
#include "httpd/guard/refusal.h"
#include "httpd/intent/rounds.h"
#include "httpd/intent/spoilt.h"
#include "httpd/guard/request.h"
#include "httpd/guard/served.h"
#include "httpd/server/handler.h"
#include "httpd/server/reply.h"
#include "httpd/server/vars.h"
#include "lib/base/apart.h"
#include "lib/base/tags.h"
#include "lib/base/text.h"

APLOG_USE_MODULE(mssl);

#define LOG_MAX 128

static int is_tls(const request_rec *r)
{
    conn_rec *c = r->connection->master != NULL ? r->connection->master : r->connection;

    return ap_ssl_conn_is_ssl(c);
}

/** The first request for a site under an intent renews the intent's life. */
static MSSL_APART void renew_intent(const request_rec *r, mssl_conn_t *cc)
{
    mssl_global_t *global = mssl_conf_get_global(r->server);

    if (apr_atomic_cas32(&cc->renewed, 1, 0) == 0) {
        mssl_intents_set(global->intents, r->server, &cc->client, cc->bound.name,
                         global->intent_timeout, r->pool);
        mssl_rounds_end(global->intents, r->server, &cc->client, cc->bound.name, r->pool);
    }
}

/** Serve the website. */
static int serve(request_rec *r, mssl_conn_t *cc, int covered)
{
    int is_told = covered && mssl_vars_take(r, cc);

    if (!is_told) {
        mssl_vars_set(r, cc, covered);
    }
    if (cc->by == MSSL_BY_INTENT) {
        renew_intent(r, cc);
    }
    mssl_request_approve(r, is_told);
    return DECLINED;
}

/**
 * A client that keeps sessions by the name of the site has put this one under the wrong name: it
 * would meet this certificate again on its way back from the switch.
 */
static void spoil_session(const request_rec *r, mssl_conn_t *cc)
{
    mssl_global_t *global = mssl_conf_get_global(r->server);

    if (!cc->had_sni && cc->bound.name[0] && apr_atomic_cas32(&cc->spoilt, 1, 0) == 0) {
        mssl_spoilt_add(global->intents, r->server, &cc->client, cc->bound.number,
                        global->intent_timeout, r->pool);
    }
}

/** Refuse or redirect: now where the connection ends with it, else in the quick_handler phase. */
static int refuse(request_rec *r, const mssl_conn_t *cc, const mssl_host_t *host,
                  const mssl_verdict_t *verdict)
{
    mssl_request_t *record = mssl_request_refuse(r);

    mssl_refusal_make(&record->answer, r, cc, host, verdict);
    mssl_refusal_count(r, verdict);
    ap_log_rerror(APLOG_MARK, APLOG_DEBUG, 0, r, MSSLNO(0060) "host '%s' is not covered (%s), "
                  "answer %d", r->hostname != NULL
                  ? mssl_text_printable(r->pool, r->hostname, strlen(r->hostname), LOG_MAX) : "-",
                  mssl_why_text(verdict->why), verdict->status);
    if (verdict->ends || r->hostname == NULL || r->connection->master != NULL
        || !ap_is_initial_req(r)) {
        return mssl_reply_send(r, &record->answer);
    }
    /*
     * httpd would close the connection behind an answer in this phase. mod_ssl compares the vhosts
     * of handshake and request next; the same one passes, and gives way again in this phase.
     */
    record->waits = 1;
    record->server = r->server;
    r->server = (server_rec *)mssl_proof_get_handshake_server(cc);
    mssl_reply_make_neutral(r);
    return DECLINED;
}

/**
 * The switch under a certificate that does not cover it is answered by us, so that nothing of the
 * vhost that the Host selects has a say. httpd's location walk tells whether its handler is the
 * switch.
 */
static int has_switch_handler(request_rec *r)
{
    return ap_location_walk(r) == OK && ap_if_walk(r) == OK && mssl_handler_is_switch(r);
}

/**
 * A health check that names no host, or an address, is taken as the name given for it. The vhost is
 * chosen anew from the first: what an address or a ServerPath has selected does not count.
 */
static void take_trusted_host(request_rec *r, const mssl_conn_t *cc)
{
    apr_table_setn(r->headers_in, "Host", cc->trust->name);
    r->hostname = NULL;
    r->server = r->connection->base_server;
    ap_update_vhost_from_headers(r);
    r->per_dir_config = r->server->lookup_defaults;
}

static mssl_verdict_t ask(request_rec *r, const mssl_conn_t *cc, mssl_host_t *host,
                          mssl_facts_t *facts)
{
    mssl_host_parse(host, r->hostname);
    mssl_facts_take(facts, r, cc, host);
    return mssl_verdict_get(facts);
}

/** The verdict, and the facts that are found out only where it hangs on them. */
static mssl_verdict_t judge(request_rec *r, mssl_conn_t *cc, mssl_host_t *host,
                            mssl_facts_t *facts)
{
    mssl_verdict_t verdict = ask(r, cc, host, facts);

    if (verdict.act == MSSL_ACT_SERVE_NAMED) {
        take_trusted_host(r, cc);
        verdict = ask(r, cc, host, facts);
    }
    if (verdict.act == MSSL_ACT_SWITCH) {
        facts->is_other_handler = !has_switch_handler(r);
        verdict = mssl_verdict_get(facts);
    }
    else if (verdict.act == MSSL_ACT_TO_SWITCH) {
        facts->is_looping = mssl_refusal_is_looping(r, cc, host);
        verdict = mssl_verdict_get(facts);
    }
    return verdict;
}

static int decide(request_rec *r, mssl_conn_t *cc)
{
    mssl_facts_t facts;
    mssl_host_t host;
    mssl_verdict_t verdict = judge(r, cc, &host, &facts);

    if (verdict.act == MSSL_ACT_SERVE) {
        if (facts.covers) {
            mssl_served_keep(r, cc, &host);
        }
        return serve(r, cc, facts.covers);
    }
    mssl_vars_set(r, cc, facts.covers);
    if (verdict.act == MSSL_ACT_SWITCH) {
        mssl_request_refuse(r);
        return mssl_conf_get_global(r->server)->answer_switch(r);
    }
    if (verdict.why >= MSSL_WHY_NO_NAME && verdict.why <= MSSL_WHY_UNKNOWN) {
        spoil_session(r, cc);
    }
    return refuse(r, cc, &host, &verdict);
}

/**
 * TLS on a guarded address, and no record of the handshake: some other module did it. Nothing is
 * proven.
 */
static int refuse_unproven(request_rec *r)
{
    mssl_page_facts_t facts = { .page = MSSL_PAGE_WRONG_CERT, .host = r->hostname };
    mssl_reply_t answer = { 0 };

    ap_log_rerror(APLOG_MARK, APLOG_ERR, 0, r, MSSLNO(0061) "a TLS connection on a guarded address "
                  "was not made by mod_ssl: refused; load mod_ssl alone, or set MSSLEngine off");
    mssl_request_refuse(r);
    mssl_counters_add(&mssl_conf_get_global(r->server)->counters, MSSL_COUNT_UNPROVEN);
    answer.status = HTTP_MISDIRECTED_REQUEST;
    mssl_reply_make_page(&answer, r, &facts);
    answer.ends_connection = 1;
    return mssl_reply_send(r, &answer);
}

/** Whether it is the ErrorDocument of an error that came before the guard. */
static int is_of_early(const request_rec *r)
{
    return r->prev != NULL && mssl_request_get(r->prev)->state == MSSL_REQUEST_EARLY;
}

static int judge_early(request_rec *r)
{
    if (mssl_early_is_dressed(r)) {
        mssl_request_approve(r, 0);
        return DECLINED;
    }
    mssl_request_refuse(r);
    return mssl_early_send(r, r->prev->status);
}

static MSSL_APART int judge_request(request_rec *r, mssl_conn_t *cc)
{
    const mssl_global_t *global = mssl_conf_get_global(r->server);

    if (global->store == NULL || r->main != NULL) {
        return DECLINED;
    }
    if (cc == NULL) {
        /* The address is looked up only then: http has many requests, and none of it. */
        const mssl_addr_t *addr = is_tls(r) ? mssl_addr_get(global, r->connection) : NULL;

        return addr != NULL && addr->guarded ? refuse_unproven(r) : DECLINED;
    }
    if (cc->state != MSSL_CONN_DECIDED && !is_tls(r)) {
        /* Plain HTTP on the TLS port: mod_ssl says so, in its own words and nobody's dress. */
        mssl_request_approve(r, 0);
        mssl_reply_make_neutral(r);
        return DECLINED;
    }
    if (is_of_early(r)) {
        return judge_early(r);
    }
    return decide(r, cc);
}

int mssl_guard_post_read_request(request_rec *r)
{
    mssl_conn_t *cc = mssl_conn_get_guarded(r->connection);

    /* As the request before: nothing is judged anew. */
    if (cc != NULL && r->main == NULL && !is_of_early(r) && mssl_served_find(r, cc)) {
        return serve(r, cc, 1);
    }
    return judge_request(r, cc);
}

/** A request of the connection that was approved, and may not be served for what came up since. */
static int refuse_approved(request_rec *r, const mssl_conn_t *cc, const mssl_facts_t *facts)
{
    int is_refused = mssl_request_get(r)->state == MSSL_REQUEST_REFUSED;
    mssl_verdict_t verdict = mssl_verdict_get(facts);
    mssl_request_t *record = mssl_request_refuse(r);
    mssl_host_t host;

    if (!is_refused) { /* mod_proxy may mark one that waits for its answer */
        mssl_refusal_count(r, &verdict);
    }
    mssl_host_parse(&host, r->hostname);
    mssl_refusal_make(&record->answer, r, cc, &host, &verdict);
    return mssl_reply_send(r, &record->answer);
}

static MSSL_APART int refuse_proxying(request_rec *r)
{
    const mssl_conn_t *cc = mssl_conn_get_guarded(r->connection);
    mssl_facts_t facts = { .is_proven = 1, .is_proxying = 1 };

    return cc != NULL ? refuse_approved(r, cc, &facts) : DECLINED;
}

int mssl_guard_end_post_read_request(request_rec *r)
{
    mssl_request_restore(r);
    /* mod_proxy has marked it by now. Here httpd closes the connection behind the answer. */
    return r->proxyreq == PROXYREQ_PROXY ? refuse_proxying(r) : DECLINED;
}

int mssl_guard_quick_handler(request_rec *r, int lookup)
{
    const mssl_request_t *record = mssl_request_get(r);

    return record->waits && !lookup ? mssl_reply_send(r, &record->answer) : DECLINED;
}

static MSSL_APART int check_client_cert(request_rec *r)
{
    mssl_facts_t facts = { .is_proven = 1, .is_other_clients = 1 };
    const mssl_conn_t *cc = mssl_conn_get_guarded(r->connection);

    if (cc == NULL || mssl_facts_is_own_handshake(r, cc)) {
        return DECLINED;
    }
    ap_log_rerror(APLOG_MARK, APLOG_DEBUG, 0, r, MSSLNO(0062) "SSLVerifyClient here, and the "
                  "handshake was another virtual host's, or this one has no SSLEngine: refused");
    /* A subrequest is somebody's question, not an answer. */
    facts.had_sni = !mssl_conn_ends(cc);
    return r->main != NULL ? HTTP_MISDIRECTED_REQUEST : refuse_approved(r, cc, &facts);
}

int mssl_guard_check_access(request_rec *r)
{
    const mssl_dir_conf_t *dc = ap_get_module_config(r->per_dir_config, &mssl_module);

    return dc->verify_client == MSSL_ON ? check_client_cert(r) : DECLINED;
}

static MSSL_APART int check_switch_handler(request_rec *r)
{
    const mssl_conn_t *cc = mssl_conn_get_guarded(r->connection);
    mssl_facts_t facts = { .is_proven = 1, .is_switch = 1, .is_other_handler = 1 };

    if (cc == NULL || !ap_is_initial_req(r) || !mssl_facts_is_switch(r, cc)
        || mssl_handler_is(r, MSSL_SWITCH_HANDLER)) {
        return DECLINED;
    }
    facts.had_sni = !mssl_conn_ends(cc);
    return refuse_approved(r, cc, &facts);
}

int mssl_guard_check_handler(request_rec *r)
{
    return r->main == NULL && mssl_conf_get_global(r->server)->has_switch_url
        ? check_switch_handler(r) : DECLINED;
}
