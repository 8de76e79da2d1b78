/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "switch/switch.h"

#include <apr_strings.h>
#include <http_core.h>
#include <http_log.h>
#include <http_protocol.h>

#include "httpd/intent/rounds.h"
#include "httpd/server/conn.h"
#include "httpd/server/handler.h"
#include "httpd/server/reply.h"
#include "lib/base/apart.h"
#include "lib/base/reason.h"
#include "lib/base/tags.h"
#include "lib/base/url.h"
#include "switch/cookie.h"
#include "switch/target.h"

APLOG_USE_MODULE(mssl);

/* What a client without SNI is asked to wait when its intent could not be kept. */
#define RETRY_AFTER "10"

static int is_known(const request_rec *r, const mssl_conn_t *cc, const char *name)
{
    const mssl_server_conf_t *sc = mssl_conf_get(r->server);

    if (cc != NULL && cc->addr->guarded && mssl_addr_has_name(cc->addr, name)) {
        return 1;
    }
    return sc->plain_view != NULL
        && mssl_store_has_name(sc->plain_view, name, apr_time_now());
}

static int is_our_port(const request_rec *r, apr_port_t port)
{
    return apr_hash_get(mssl_conf_get_global(r->server)->tls_ports, &port, sizeof(port)) != NULL;
}

/** What httpd makes of a path before it looks for a handler: "/%67o", "//go", "/x/../go". */
static const char *normalise(apr_pool_t *pool, const char *target)
{
    char *path = apr_pstrmemdup(pool, target, strcspn(target, "?"));

    /* What httpd refuses leads nowhere. */
    if (!ap_normalize_path(path, AP_NORMALIZE_MERGE_SLASHES | AP_NORMALIZE_DECODE_UNRESERVED)
        || ap_unescape_url_keep2f(path, 1) != OK) {
        return target;
    }
    ap_normalize_path(path, AP_NORMALIZE_MERGE_SLASHES);
    return path;
}

/** A target that leads back here would never end. */
static int is_switch(const request_rec *r, const mssl_conn_t *cc, const mssl_target_t *target)
{
    const mssl_url_t *urls[2] = { mssl_conf_get(r->server)->switch_url, NULL };
    const char *path = normalise(r->pool, target->path);
    int i;

    if (cc != NULL && cc->ctx_server != NULL) {
        urls[1] = mssl_conf_get(cc->ctx_server)->switch_url;
    }
    for (i = 0; i < 2; i++) {
        if (urls[i] != NULL && strcmp(urls[i]->name, target->name) == 0
            && urls[i]->port == target->port
            && strcmp(normalise(r->pool, urls[i]->path), path) == 0) {
            return 1;
        }
    }
    return 0;
}

static void count(const request_rec *r, mssl_count_t outcome)
{
    mssl_counters_add(&mssl_conf_get_global(r->server)->counters, outcome);
}

static int send_page(request_rec *r, int status, mssl_page_t page, mssl_page_facts_t *facts,
                     mssl_reply_t *answer)
{
    answer->status = status;
    facts->page = page;
    mssl_reply_make_page(answer, r, facts);
    return mssl_reply_send(r, answer);
}

/** Keep the intent and redirect. @param is_nosni the client came without SNI, over TLS */
static int send_on(request_rec *r, const mssl_client_t *client, int is_nosni,
                   const mssl_target_t *target, mssl_reply_t *answer)
{
    mssl_global_t *global = mssl_conf_get_global(r->server);
    const char *location = mssl_url_build(r->pool, target->name, target->port, target->path);
    mssl_page_facts_t facts = { .host = target->name, .link = location };

    if (client != NULL) {
        if (mssl_cookie_count(r, client, target->name, &answer->set_cookie) > MSSL_ROUNDS_MAX) {
            count(r, MSSL_COUNT_LOOP);
            return send_page(r, HTTP_MISDIRECTED_REQUEST, MSSL_PAGE_LOOP, &facts, answer);
        }
        if (mssl_intents_set(global->intents, r->server, client, target->name,
                             global->intent_timeout, r->pool) != APR_SUCCESS && is_nosni) {
            count(r, MSSL_COUNT_LATER);
            answer->retry_after = RETRY_AFTER;
            return send_page(r, HTTP_SERVICE_UNAVAILABLE, MSSL_PAGE_SWITCH_LATER, &facts, answer);
        }
        mssl_rounds_visit(global->intents, r->server, client, target->name, r->pool);
    }
    count(r, MSSL_COUNT_SWITCHED);
    ap_log_rerror(APLOG_MARK, APLOG_DEBUG, 0, r, MSSLNO(0100) "switched to '%s'%s", target->name,
                  client != NULL ? ", intent kept" : "");
    answer->location = location;
    facts.host = NULL;
    return send_page(r, HTTP_MOVED_TEMPORARILY, MSSL_PAGE_MOVED, &facts, answer);
}

static const char *build_example(request_rec *r)
{
    const mssl_url_t *url = mssl_conf_get(r->server)->switch_url;

    return url != NULL ? apr_pstrcat(r->pool, url->text, "?https://site.example/page", NULL) : NULL;
}

int mssl_switch_answer(request_rec *r)
{
    const mssl_conn_t *cc = mssl_conn_get(r->connection);
    mssl_client_t client = { { 0 }, 0, 0 };
    mssl_reply_t answer = { 0 };
    mssl_reason_t why = { "" };
    mssl_page_facts_t facts = { .host = NULL };
    mssl_target_t target;
    apr_status_t rv;

    answer.ends_connection = cc != NULL && cc->addr->guarded && mssl_conn_ends(cc);
    if (r->method_number != M_GET) {
        answer.allow = "GET, HEAD";
        return send_page(r, HTTP_METHOD_NOT_ALLOWED, MSSL_PAGE_SWITCH_METHOD, &facts, &answer);
    }
    rv = mssl_target_parse(&target, r->args, r->pool, &why);
    if (rv == APR_NOTFOUND) {
        facts.example = build_example(r);
        return send_page(r, HTTP_OK, MSSL_PAGE_SWITCH_INFO, &facts, &answer);
    }
    if (rv == APR_SUCCESS && !is_our_port(r, target.port)) {
        rv = mssl_reason_set(&why, APR_EINVAL, "this server has no sites on that port");
    }
    if (rv == APR_SUCCESS && is_switch(r, cc, &target)) {
        rv = mssl_reason_set(&why, APR_EINVAL, "the target is the switch itself");
    }
    if (rv != APR_SUCCESS) {
        count(r, MSSL_COUNT_BAD_TARGET);
        facts.reason = why.text;
        return send_page(r, HTTP_BAD_REQUEST, MSSL_PAGE_SWITCH_BAD, &facts, &answer);
    }
    if (!is_known(r, cc, target.name)) {
        count(r, MSSL_COUNT_UNKNOWN_TARGET);
        facts.host = target.name;
        return send_page(r, HTTP_NOT_FOUND, MSSL_PAGE_SWITCH_UNKNOWN, &facts, &answer);
    }
    if (cc == NULL) {
        mssl_client_set_addr(&client, mssl_conn_get_client_addr(r->connection));
    }
    else {
        client = cc->client;
    }
    return send_on(r, cc == NULL || !cc->had_sni ? &client : NULL, cc != NULL, &target, &answer);
}

static MSSL_APART int handle(request_rec *r)
{
    if (!mssl_handler_is(r, MSSL_SWITCH_HANDLER)) {
        return DECLINED;
    }
    if (mssl_conf_get_global(r->server)->store == NULL) {
        ap_log_rerror(APLOG_MARK, APLOG_ERR, 0, r, MSSLNO(0101) "'SetHandler mssl-switch' without "
                      "a store: add MSSLCertStore, MSSLCertificate or MSSLSwitchURL");
        return HTTP_INTERNAL_SERVER_ERROR;
    }
    return mssl_switch_answer(r);
}

int mssl_switch_handler(request_rec *r)
{
    return mssl_handler_may_be(r, MSSL_SWITCH_HANDLER) ? handle(r) : DECLINED;
}

int mssl_switch_refuse_trace(request_rec *r)
{
    if (r->method_number != M_TRACE || mssl_conf_get_global(r->server)->store == NULL
        || !mssl_handler_is_switch(r)) {
        return DECLINED;
    }
    return mssl_switch_answer(r);
}
