/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "httpd/guard/refusal.h"

#include <apr_atomic.h>
#include <apr_strings.h>
#include <http_core.h>
#include <http_protocol.h>

#include "httpd/guard/facts.h"
#include "httpd/intent/rounds.h"
#include "lib/base/urlparts.h"

/*
 * The switch takes no longer target than MSSL_TARGET_MAX, with the scheme, name and port before the
 * path.
 */
#define PATH_MAX_LEN (8192 - 8 - MSSL_NAME_MAX - 6)
/** A certificate takes a few seconds. */
#define RETRY_AFTER "5"

int mssl_refusal_is_looping(const request_rec *r, mssl_conn_t *cc, const mssl_host_t *host)
{
    /* Once a connection: it ends with the answer. */
    return apr_atomic_cas32(&cc->counted, 1, 0) == 0
        && mssl_rounds_arrive(mssl_conf_get_global(r->server)->intents, r->server, &cc->client,
                              host->name, r->pool) >= MSSL_ROUNDS_MAX;
}

/** The URL of what was asked for, rebuilt; its root where the path is too long for the switch. */
static const char *build_own_url(request_rec *r, const mssl_host_t *host)
{
    const char *path = r->parsed_uri.path;

    if (path == NULL || *path != '/') {
        path = "/";
    }
    if (r->args != NULL) {
        path = apr_pstrcat(r->pool, path, "?", r->args, NULL);
    }
    path = mssl_urlparts_encode(r->pool, path);
    return mssl_url_build(r->pool, host->name, ap_get_server_port(r),
                          strlen(path) < PATH_MAX_LEN ? path : "/");
}

/**
 * The host over http, where a virtual host has it that sends nobody to https again; its .htaccess
 * is not read for that.
 */
static const char *build_plain_url(request_rec *r, const mssl_host_t *host)
{
    const mssl_global_t *global = mssl_conf_get_global(r->server);
    conn_rec *c = r->connection->master != NULL ? r->connection->master : r->connection;
    const mssl_dir_conf_t *dc;
    const mssl_addr_t *addr;
    const server_rec *s;

    if (global->plain_port == 0) {
        return NULL;
    }
    addr = mssl_addr_get_at(global, c->local_addr, global->plain_port, r->pool);
    s = addr != NULL && !addr->guarded ? mssl_addr_get_server(addr, host->name) : NULL;
    if (s == NULL || mssl_conf_get(s)->ssl.engine == MSSL_ON) {
        return NULL;
    }
    dc = ap_get_module_config(s->lookup_defaults, &mssl_module);
    if (dc->force == MSSL_FORCE_ON) {
        return NULL;
    }
    return global->plain_port == DEFAULT_HTTP_PORT
        ? apr_pstrcat(r->pool, "http://", host->name, "/", NULL)
        : apr_psprintf(r->pool, "http://%s:%u/", host->name, global->plain_port);
}

static const char *build_link(request_rec *r, const mssl_conn_t *cc, const mssl_host_t *host,
                              const mssl_verdict_t *verdict)
{
    if (verdict->act == MSSL_ACT_TO_URL) {
        return mssl_conf_get(cc->ctx_server)->unknown_url->text;
    }
    if (verdict->link == MSSL_LINK_OWN) {
        return build_own_url(r, host);
    }
    if (verdict->link == MSSL_LINK_PLAIN) {
        return build_plain_url(r, host);
    }
    return verdict->link == MSSL_LINK_SWITCH
        ? apr_pstrcat(r->pool, mssl_facts_get_switch(r, cc)->text, "?", build_own_url(r, host), NULL)
        : NULL;
}

void mssl_refusal_make(mssl_reply_t *answer, request_rec *r, const mssl_conn_t *cc,
                       const mssl_host_t *host, const mssl_verdict_t *verdict)
{
    const char *link = build_link(r, cc, host, verdict);
    int redirects = verdict->act == MSSL_ACT_TO_SWITCH || verdict->act == MSSL_ACT_TO_URL;
    mssl_page_facts_t facts = { .page = verdict->page, .link = link };

    memset(answer, 0, sizeof(*answer));
    answer->status = verdict->status;
    answer->location = redirects ? link : NULL;
    answer->retry_after = verdict->page == MSSL_PAGE_MAKING ? RETRY_AFTER : NULL;
    facts.host = redirects ? NULL : r->hostname;
    mssl_reply_make_page(answer, r, &facts);
    answer->ends_connection = verdict->ends;
}

void mssl_refusal_count(const request_rec *r, const mssl_verdict_t *verdict)
{
    static const mssl_count_t by_why[MSSL_WHYS] = {
        [MSSL_WHY_NONE] = MSSL_COUNT_UNPROVEN, /* no verdict refuses without a reason */
        [MSSL_WHY_UNPROVEN] = MSSL_COUNT_UNPROVEN,
        [MSSL_WHY_PROXY] = MSSL_COUNT_PROXY,
        [MSSL_WHY_CLIENT_CERT] = MSSL_COUNT_CLIENT_CERT,
        [MSSL_WHY_NO_NAME] = MSSL_COUNT_NO_NAME,
        [MSSL_WHY_KNOWN_SNI] = MSSL_COUNT_KNOWN_SNI,
        [MSSL_WHY_KNOWN_NOSNI] = MSSL_COUNT_KNOWN_NOSNI,
        [MSSL_WHY_UNKNOWN] = MSSL_COUNT_UNKNOWN,
        [MSSL_WHY_HANDLER] = MSSL_COUNT_HANDLER,
    };

    mssl_counters_add(&mssl_conf_get_global(r->server)->counters,
                      verdict->act == MSSL_ACT_TO_SWITCH ? MSSL_COUNT_TO_SWITCH
                      : verdict->act == MSSL_ACT_TO_URL  ? MSSL_COUNT_TO_OTHER
                                                         : by_why[verdict->why]);
}
