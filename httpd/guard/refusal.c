/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "httpd/guard/refusal.h"

#include <apr_strings.h>
#include <http_core.h>
#include <http_protocol.h>

#include "lib/base/page.h"
#include "lib/base/urlparts.h"

/* A client that comes from the switch without its certificate more often than this ... */
#define ROUNDS_MAX 3
/* ... within this time is told why instead of being sent again. */
#define ROUNDS_WINDOW apr_time_from_sec(60)

/*
 * The switch takes no longer target than MSSL_TARGET_MAX, with the scheme, name and port before the
 * path.
 */
#define PATH_MAX_LEN (8192 - 8 - MSSL_NAME_MAX - 6)

/** The switch of the handshake's vhost, or of the one that the Host selects. */
static const mssl_url_t *get_switch(const request_rec *r, const mssl_conn_t *cc)
{
    const mssl_url_t *url = NULL;

    if (cc->ctx_server != NULL) {
        url = mssl_conf_get(cc->ctx_server)->switch_url;
    }
    return url != NULL ? url : mssl_conf_get(r->server)->switch_url;
}

static int is_url_of(request_rec *r, const mssl_host_t *host, const mssl_url_t *url)
{
    return url != NULL && url->is_https && r->parsed_uri.path != NULL
        && strcmp(host->name, url->name) == 0 && strcmp(r->parsed_uri.path, url->path) == 0
        && ap_get_server_port(r) == url->port;
}

int mssl_refusal_is_switch(request_rec *r, const mssl_conn_t *cc, const mssl_host_t *host)
{
    return (cc->ctx_server != NULL
            && is_url_of(r, host, mssl_conf_get(cc->ctx_server)->switch_url))
        || is_url_of(r, host, mssl_conf_get(r->server)->switch_url);
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

static int is_get(const request_rec *r)
{
    return r->method_number == M_GET; /* HEAD is GET for httpd */
}

static void set_redirect(request_rec *r, mssl_reply_t *answer, const char *location)
{
    answer->status = HTTP_MOVED_TEMPORARILY;
    answer->location = location;
    answer->html = mssl_page_make(r->pool, MSSL_PAGE_MOVED, NULL, location, NULL);
}

static void set_page(request_rec *r, mssl_reply_t *answer, mssl_page_t page, const char *link)
{
    answer->status = HTTP_MISDIRECTED_REQUEST;
    answer->html = mssl_page_make(r->pool, page, r->hostname, link, NULL);
}

static void make_for_known(request_rec *r, const mssl_conn_t *cc, const mssl_host_t *host,
                           mssl_reply_t *answer)
{
    const mssl_server_conf_t *sc = mssl_conf_get(cc->ctx_server);
    const mssl_url_t *url = get_switch(r, cc);
    const char *own = build_own_url(r, host);
    const char *link;

    if (cc->had_sni) {
        set_page(r, answer, MSSL_PAGE_WRONG_CERT, own);
        return;
    }
    if (url == NULL) {
        set_page(r, answer, MSSL_PAGE_VIA_SWITCH, NULL);
        return;
    }
    link = apr_pstrcat(r->pool, url->text, "?", own, NULL);
    if (!is_get(r) || sc->nosni != MSSL_NOSNI_SWITCH) {
        set_page(r, answer, MSSL_PAGE_VIA_SWITCH, link);
    }
    else if (mssl_intents_count_round(sc->global->intents, r->server, &cc->client, host->name,
                                      ROUNDS_WINDOW, r->pool) > ROUNDS_MAX) {
        set_page(r, answer, MSSL_PAGE_LOOP, link);
    }
    else {
        set_redirect(r, answer, link);
    }
}

static void make_for_unknown(request_rec *r, const mssl_conn_t *cc, mssl_reply_t *answer)
{
    const mssl_server_conf_t *sc = mssl_conf_get(cc->ctx_server);
    const mssl_url_t *url = sc->unknown_url;

    if (sc->unknown == MSSL_UNKNOWN_REDIRECT && is_get(r)
        && (!url->is_https || mssl_addr_has_name(sc->global, cc->addr, url->name))) {
        set_redirect(r, answer, url->text);
    }
    else {
        set_page(r, answer,
                 cc->bound.name[0] ? MSSL_PAGE_WRONG_CERT : MSSL_PAGE_NO_CERT, NULL);
    }
}

void mssl_refusal_make(request_rec *r, const mssl_conn_t *cc, const mssl_host_t *host,
                       mssl_reply_t *answer)
{
    memset(answer, 0, sizeof(*answer));
    answer->ends_connection = mssl_conn_ends(cc);
    if (cc->state != MSSL_CONN_DECIDED || cc->is_acme) {
        answer->ends_connection = 1;
        set_page(r, answer, MSSL_PAGE_WRONG_CERT, NULL);
    }
    else if (!host->name[0]) {
        set_page(r, answer, MSSL_PAGE_NO_NAME, NULL);
    }
    else if (mssl_addr_has_name(mssl_conf_get_global(r->server), cc->addr, host->name)) {
        make_for_known(r, cc, host, answer);
    }
    else {
        make_for_unknown(r, cc, answer);
    }
}
