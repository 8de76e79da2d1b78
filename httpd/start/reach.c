/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "httpd/start/reach.h"

#include <apr_strings.h>
#include <http_log.h>

#include "httpd/conf/listen.h"
#include "lib/base/tags.h"

APLOG_USE_MODULE(mssl);

/** Whether this address means to serve clients without SNI at all. */
static int serves_nosni(const mssl_addr_t *addr)
{
    int i;

    for (i = 0; i < addr->servers->nelts; i++) {
        const mssl_server_conf_t *sc = mssl_conf_get(APR_ARRAY_IDX(addr->servers, i, server_rec *));

        if (sc->engine == MSSL_ON
            && (sc->trusts != NULL
                || (sc->nosni != MSSL_NOSNI_REJECT && sc->switch_url != NULL))) {
            return 1;
        }
    }
    return 0;
}

static int has_same_files(const apr_array_header_t *a, const apr_array_header_t *b)
{
    int i;

    if (a == NULL || b == NULL) {
        return a == b;
    }
    for (i = 0; i < a->nelts && a->nelts == b->nelts; i++) {
        if (strcmp(APR_ARRAY_IDX(a, i, const char *), APR_ARRAY_IDX(b, i, const char *)) != 0) {
            return 0;
        }
    }
    return a->nelts == b->nelts;
}

/** What mod_ssl would compare: which lines are missing so that vhost s passes for the first one. */
static void add_missing(apr_table_t *lines, const mssl_server_conf_t *first,
                        const mssl_server_conf_t *sc, mssl_policy_t policy)
{
    int is_light = !sc->has_ssl_ctx;
    int is_same = !is_light && (!sc->has_own_cert
                                || has_same_files(first->ssl.cert_files, sc->ssl.cert_files));

    if (policy != MSSL_POLICY_AUTHONLY && (policy == MSSL_POLICY_STRICT || !is_same)) {
        apr_table_setn(lines, "SSLVHostSNIPolicy", "authonly");
    }
    if (is_light && sc->ssl.verify_client == MSSL_UNSET) {
        apr_table_setn(lines, "SSLVerifyClient", "none");
    }
    if (is_light && !sc->ssl.verify_depth) {
        apr_table_setn(lines, "SSLVerifyDepth", "1");
    }
    if (is_light && !sc->ssl.crl_check) {
        apr_table_setn(lines, "SSLCARevocationCheck", "none");
    }
    if (is_light && !sc->ssl.ocsp_enable) {
        apr_table_setn(lines, "SSLOCSPEnable", "off");
    }
}

static const char *list_lines(apr_pool_t *p, const apr_table_t *lines)
{
    const apr_array_header_t *array = apr_table_elts(lines);
    const char *text = "";
    int i;

    for (i = 0; i < array->nelts; i++) {
        const apr_table_entry_t *line = &APR_ARRAY_IDX(array, i, apr_table_entry_t);

        text = apr_pstrcat(p, text, i ? ", " : "", "'", line->key, " ", line->val, "'", NULL);
    }
    return text;
}

/** Whether mod_ssl refuses such clients for sure, where it has no directive for it. */
static int is_known_to_refuse(void)
{
    ap_version_t version;

    ap_get_server_revision(&version);
    return version.major > 2 || version.minor > 4 || version.patch >= 64;
}

static void say_missing(server_rec *main_server, const apr_table_t *lines, int has_policy,
                        apr_pool_t *ptemp)
{
    int is_hopeless = !has_policy && apr_table_get(lines, "SSLVHostSNIPolicy") != NULL;
    const char *when = is_hopeless && !is_known_to_refuse()
                       ? "will, if this httpd has the fix of CVE-2025-23048," : "will";
    const char *cure = is_hopeless ? "this httpd has no SSLVHostSNIPolicy: use one virtual host for "
                       "all sites (conf-examples/22-one-vhost.conf), or httpd 2.4.66 or later"
                       : apr_pstrcat(ptemp, "add at server level, outside of <VirtualHost>: ",
                                     list_lines(ptemp, lines), NULL);

    ap_log_error(APLOG_MARK, APLOG_WARNING, 0, main_server, MSSLNO(0014) "clients without SNI "
                 "%s get 421 (AH02032) or 403 from mod_ssl for all but the first virtual host: %s",
                 when, cure);
}

void mssl_reach_check_policy(server_rec *main_server)
{
    if (!mssl_conf_is_first_pass()
        && mssl_conf_get(main_server)->ssl.policy != MSSL_POLICY_UNSET
        && !mssl_listen_has_owner("SSLVHostSNIPolicy")) {
        ap_log_error(APLOG_MARK, APLOG_INFO, 0, main_server, MSSLNO(0180) "'SSLVHostSNIPolicy' is "
                     "taken and does nothing: mod_ssl has it from httpd 2.4.66 on");
    }
}

static int takes_proxy_lines(const ap_directive_t *d)
{
    for (; d != NULL; d = d->next) {
        if ((ap_cstr_casecmp(d->directive, "RemoteIPProxyProtocol") == 0
             && ap_cstr_casecmp(d->args, "off") != 0) || takes_proxy_lines(d->first_child)) {
            return 1;
        }
    }
    return 0;
}

int mssl_reach_takes_proxy_lines(void)
{
    return takes_proxy_lines(ap_conftree);
}

void mssl_reach_check_trust(server_rec *main_server)
{
    server_rec *s;

    for (s = main_server; s != NULL; s = s->next) {
        const mssl_server_conf_t *sc = mssl_conf_get(s);

        if (sc->engine == MSSL_ON && sc->trusts != NULL && mssl_reach_takes_proxy_lines()) {
            ap_log_error(APLOG_MARK, APLOG_WARNING, 0, s, MSSLNO(0036) "MSSLTrustNoSNI and "
                         "RemoteIPProxyProtocol are both in use: a client is trusted only where "
                         "the machine that sent the PROXY line is in a range, too");
            return;
        }
    }
}

void mssl_reach_check(const mssl_global_t *global, server_rec *main_server, apr_pool_t *ptemp)
{
    int has_policy = mssl_listen_has_owner("SSLVHostSNIPolicy");
    mssl_policy_t policy = has_policy ? mssl_conf_get(main_server)->ssl.policy : MSSL_POLICY_UNSET;
    apr_table_t *lines = apr_table_make(ptemp, 5);
    apr_hash_index_t *hi;

    for (hi = apr_hash_first(ptemp, global->addrs); hi != NULL; hi = apr_hash_next(hi)) {
        const mssl_addr_t *addr = apr_hash_this_val(hi);
        int i;

        if (!addr->guarded || !serves_nosni(addr)) {
            continue;
        }
        if (mssl_conf_get(addr->first)->ssl.strict_sni == MSSL_ON) {
            apr_table_setn(lines, "SSLStrictSNIVHostCheck", "off");
        }
        for (i = 1; i < addr->servers->nelts && policy != MSSL_POLICY_INSECURE; i++) {
            add_missing(lines, mssl_conf_get(addr->first),
                        mssl_conf_get(APR_ARRAY_IDX(addr->servers, i, server_rec *)), policy);
        }
    }
    if (!apr_is_empty_table(lines)) {
        say_missing(main_server, lines, has_policy, ptemp);
    }
    if (policy == MSSL_POLICY_INSECURE && global->has_engine) {
        ap_log_error(APLOG_MARK, APLOG_WARNING, 0, main_server, MSSLNO(0015) "'SSLVHostSNIPolicy "
                     "insecure' lets clients go round client certificates (CVE-2025-23048) on the "
                     "whole server: use 'SSLVHostSNIPolicy authonly'");
    }
}
