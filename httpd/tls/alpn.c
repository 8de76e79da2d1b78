/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "httpd/tls/alpn.h"

#include <apr_strings.h>
#include <http_core.h>
#include <http_log.h>
#include <http_protocol.h>

#include "httpd/server/challenges.h"
#include "httpd/server/conn.h"
#include "lib/base/challenge.h"
#include "lib/base/tags.h"
#include "lib/pair/acmecert.h"

APLOG_USE_MODULE(mssl);

#define ACME "acme-tls/1"

/* Arrays are shared by virtual hosts that have none of their own: each gets a copy. */
static void add_protocol(server_rec *s, apr_pool_t *pconf)
{
    core_server_config *core = ap_get_core_module_config(s->module_config);
    int is_empty = apr_is_empty_array(core->protocols);

    if (ap_array_str_contains(core->protocols, ACME)
        || (!is_empty && !ap_array_str_contains(core->protocols, AP_PROTOCOL_HTTP1))) {
        return;
    }
    core->protocols = apr_array_copy(pconf, core->protocols);
    if (is_empty) { /* what httpd takes it for */
        APR_ARRAY_PUSH(core->protocols, const char *) = AP_PROTOCOL_HTTP1;
    }
    APR_ARRAY_PUSH(core->protocols, const char *) = ACME;
    mssl_conf_get(s)->adds_acme = 1;
}

int mssl_alpn_post_config(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp, server_rec *s)
{
    const mssl_global_t *global = mssl_conf_get_global(s);
    apr_hash_index_t *hi;

    (void)plog;
    /* Without mod_ssl there are no addresses. */
    if (mssl_conf_is_first_pass() || global->addrs == NULL || global->challenges.dir == NULL) {
        return OK;
    }
    for (hi = apr_hash_first(ptemp, global->addrs); hi != NULL; hi = apr_hash_next(hi)) {
        const mssl_addr_t *addr = apr_hash_this_val(hi);
        int i;

        for (i = 0; addr->guarded && i < addr->servers->nelts; i++) {
            add_protocol(APR_ARRAY_IDX(addr->servers, i, server_rec *), pconf);
        }
    }
    return OK;
}

/* Strangers bring it about, as often as they like: it is told once. */
static int is_good(const conn_rec *c, const char *place, const char *pem, const char *name)
{
    const mssl_global_t *global = mssl_conf_get_global(c->base_server);
    mssl_reason_t why = { "" };
    int is = mssl_acmecert_check(pem, name, &why) == APR_SUCCESS;

    if (mssl_challenges_is_news(global, place, is ? NULL : why.text) && !is) {
        ap_log_error(APLOG_MARK, APLOG_WARNING, 0, c->base_server, MSSLNO(0260) "MSSLChallengeDir: "
                     "%s %s; no challenge is answered by it", place, why.text);
    }
    return is;
}

/* @return NULL: no challenge of that name lies there, or it is none */
static const char *read_challenge(const conn_rec *c, const char *name)
{
    const mssl_global_t *global = mssl_conf_get_global(c->base_server);
    const char *place = apr_pstrcat(c->pool, MSSL_CHALLENGE_ALPN "/", name,
                                    MSSL_CHALLENGE_ALPN_SUFFIX, NULL);
    apr_size_t len;
    char *data;

    if (!mssl_challenges_is_meant(global, global->challenges.dir)) {
        return NULL;
    }
    data = apr_palloc(c->pool, MSSL_CHALLENGE_FILE_MAX + 1);
    if (!mssl_challenges_read(c->base_server, place, data, &len, MSSL_CHALLENGE_FILE_MAX, c->pool)) {
        return NULL;
    }
    data[len] = '\0';
    return is_good(c, place, data, name) ? data : NULL;
}

/* mod_md's, for any name. */
static void withdraw(apr_array_header_t *proposals)
{
    int i, n = 0;

    for (i = 0; i < proposals->nelts; i++) {
        const char *protocol = APR_ARRAY_IDX(proposals, i, const char *);

        if (strcmp(protocol, ACME) != 0) {
            APR_ARRAY_IDX(proposals, n++, const char *) = protocol;
        }
    }
    proposals->nelts = n;
}

int mssl_alpn_propose(conn_rec *c, request_rec *r, server_rec *s, const apr_array_header_t *offers,
                      apr_array_header_t *proposals)
{
    mssl_conn_t *cc = r == NULL ? mssl_conn_get_guarded(c) : NULL;

    (void)offers;
    if (cc == NULL) {
        return DECLINED;
    }
    cc->challenge = cc->is_acme && cc->name[0] != '\0' ? read_challenge(c, cc->name) : NULL;
    if (cc->challenge == NULL && mssl_conf_get(s)->adds_acme) {
        withdraw(proposals);
    }
    if (cc->challenge == NULL || ap_array_str_contains(proposals, ACME)) {
        return DECLINED;
    }
    APR_ARRAY_PUSH(proposals, const char *) = ACME;
    return OK;
}

int mssl_alpn_switch(conn_rec *c, request_rec *r, server_rec *s, const char *protocol)
{
    const mssl_conn_t *cc = r == NULL ? mssl_conn_get_guarded(c) : NULL;

    (void)s;
    if (cc == NULL || cc->challenge == NULL || strcmp(protocol, ACME) != 0) {
        return DECLINED;
    }
    c->keepalive = AP_CONN_CLOSE;
    return OK;
}

int mssl_alpn_answer(conn_rec *c, const char *name, const char **cert, const char **key)
{
    const mssl_conn_t *cc = mssl_conn_get_guarded(c);

    (void)name; /* mod_ssl's, of the same ClientHello */
    if (cc == NULL || cc->challenge == NULL) {
        return DECLINED;
    }
    ap_log_cerror(APLOG_MARK, APLOG_DEBUG, 0, c, MSSLNO(0261) "challenge answered: '"
                  MSSL_CHALLENGE_ALPN "/%s" MSSL_CHALLENGE_ALPN_SUFFIX "'", cc->name);
    *cert = *key = cc->challenge;
    return OK;
}
