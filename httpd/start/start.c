/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "httpd/start/start.h"

#include <apr_strings.h>
#include <http_core.h>
#include <http_log.h>
#include <openssl/rand.h>

#include "httpd/server/address.h"
#include "httpd/server/hints.h"
#include "httpd/server/made.h"
#include "httpd/server/named.h"
#include "httpd/server/remoteip.h"
#include "httpd/server/tested.h"
#include "httpd/start/certcheck.h"
#include "httpd/start/challengedir.h"
#include "httpd/start/counting.h"
#include "httpd/start/vitals.h"
#include "httpd/start/describe.h"
#include "httpd/start/dummy.h"
#include "httpd/start/hot.h"
#include "httpd/start/inventory.h"
#include "httpd/start/issuance.h"
#include "httpd/start/issuecheck.h"
#include "httpd/start/keys.h"
#include "httpd/start/memory.h"
#include "httpd/start/light.h"
#include "httpd/start/reach.h"
#include "httpd/start/statedir.h"
#include "httpd/start/steward.h"
#include "lib/base/tags.h"
#include "lib/status/places.h"

APLOG_USE_MODULE(mssl);

/** Whether anything of ours is configured at all: without it the module costs nothing. */
static int is_used(const server_rec *main_server)
{
    const server_rec *s;

    for (s = main_server; s != NULL; s = s->next) {
        const mssl_server_conf_t *sc = mssl_conf_get(s);

        if (sc->engine == MSSL_ON || sc->stores != NULL || sc->certificates != NULL
            || sc->switch_url != NULL) {
            return 1;
        }
    }
    return 0;
}

int mssl_start_check_config(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp, server_rec *s)
{
    server_rec *main_server = s;
    mssl_global_t *global = mssl_conf_get_global(s);
    int ok = 1;

    (void)plog;
    mssl_challengedir_check(global, s, ptemp);
    mssl_issuance_check(global, s, ptemp);
    ok = mssl_issuecheck_run(global, s, ptemp) == OK;
    if (!is_used(main_server)) {
        return ok ? OK : HTTP_INTERNAL_SERVER_ERROR;
    }
    if (mssl_keys_check(global, s) != OK || mssl_certcheck_run(global, s, ptemp) != OK
        || mssl_dummy_check(global, s, ptemp) != OK) {
        ok = 0;
    }
    for (; s != NULL; s = s->next) {
        const mssl_server_conf_t *sc = mssl_conf_get(s);

        if (sc->engine == MSSL_ON && sc->ssl.engine_optional) {
            ap_log_error(APLOG_MARK, APLOG_EMERG, 0, s, MSSLNO(0001) "MSSLEngine: 'SSLEngine "
                         "optional' in the virtual host %s (%s:%u) is not supported, use "
                         "'SSLEngine on' or 'MSSLEngine off'", s->server_hostname,
                         s->defn_name ? s->defn_name : "main server", s->defn_line_number);
            ok = 0;
        }
        if (sc->engine == MSSL_ON && ap_find_linked_module("mod_ssl.c") == NULL) {
            ap_log_error(APLOG_MARK, APLOG_EMERG, 0, s, MSSLNO(0002) "MSSLEngine: mod_ssl is not "
                         "loaded, use 'LoadModule ssl_module modules/mod_ssl.so' (Debian: a2enmod "
                         "ssl)");
            return HTTP_INTERNAL_SERVER_ERROR;
        }
    }
    if (global->intents == NULL) {
        const char *err = mssl_intents_make(&global->intents, NULL, pconf, ptemp);

        if (err != NULL) {
            ap_log_error(APLOG_MARK, APLOG_EMERG, 0, main_server, MSSLNO(0003) "MSSLIntentCache: "
                         "%s", err);
            ok = 0;
        }
    }
    return ok ? OK : HTTP_INTERNAL_SERVER_ERROR;
}

static void set_defaults(server_rec *s)
{
    for (; s != NULL; s = s->next) {
        mssl_server_conf_t *sc = mssl_conf_get(s);

        if (sc->engine == MSSL_UNSET) {
            sc->engine = MSSL_OFF;
        }
        if (sc->unknown == MSSL_UNKNOWN_UNSET) {
            sc->unknown = MSSL_UNKNOWN_PAGE;
        }
        if (sc->nosni == MSSL_NOSNI_UNSET) {
            sc->nosni = MSSL_NOSNI_SWITCH;
        }
    }
}

/** The secret stays the same over graceful restarts, when the module itself is reloaded. */
static int init_secret(mssl_global_t *global, server_rec *s)
{
    static const char key[] = "mssl_secret";
    void *secret = NULL;

    apr_pool_userdata_get(&secret, key, s->process->pool);
    if (secret == NULL) {
        secret = apr_palloc(s->process->pool, sizeof(global->secret));
        if (RAND_bytes(secret, sizeof(global->secret)) != 1) {
            return 0;
        }
        apr_pool_userdata_set(secret, key, apr_pool_cleanup_null, s->process->pool);
    }
    memcpy(global->secret, secret, sizeof(global->secret));
    return 1;
}

/** A per-directory configuration in which no site and no admin has said anything. */
static ap_conf_vector_t *make_neutral_dir_conf(apr_pool_t *p)
{
    ap_conf_vector_t *conf = ap_create_conn_config(p);
    const module *m;

    for (m = ap_top_module; m != NULL; m = m->next) {
        if (m->create_dir_config != NULL) {
            ap_set_module_config(conf, m, m->create_dir_config(p, NULL));
        }
    }
    return conf;
}

static void report(void *baton, mssl_report_t kind, const char *source, const char *key,
                   const char *text)
{
    server_rec *s = baton;
    const char *what = key != NULL ? key : "store";

    switch (kind) {
    case MSSL_REPORT_BAD_PAIR:
        ap_log_error(APLOG_MARK, APLOG_ERR, 0, s, MSSLNO(0110) "bad certificate files for '%s' in "
                     "%s, nothing else is touched: %s", what, source, text);
        break;
    case MSSL_REPORT_EXPIRED:
        ap_log_error(APLOG_MARK, APLOG_WARNING, 0, s, MSSLNO(0111) "'%s' in %s: %s", what, source,
                     text);
        break;
    case MSSL_REPORT_RECOVERED:
        ap_log_error(APLOG_MARK, APLOG_NOTICE, 0, s, MSSLNO(0112) "'%s' in %s is good again: %s",
                     what, source, text);
        break;
    case MSSL_REPORT_UNREACHABLE:
        ap_log_error(APLOG_MARK, APLOG_ERR, 0, s, MSSLNO(0113) "%s cannot be asked, what is cached "
                     "serves on: %s", source, text);
        break;
    case MSSL_REPORT_REACHABLE:
        ap_log_error(APLOG_MARK, APLOG_NOTICE, 0, s, MSSLNO(0114) "%s can be asked again: %s",
                     source, text);
        break;
    case MSSL_REPORT_NOTE:
        if (key == NULL) {
            ap_log_error(APLOG_MARK, APLOG_WARNING, 0, s, MSSLNO(0120) "%s: a part does not count: "
                         "%s", source, text);
            break;
        }
        ap_log_error(APLOG_MARK, APLOG_INFO, 0, s, MSSLNO(0115) "'%s' in %s: %s", what, source,
                     text);
        break;
    }
}

static apr_status_t unlink_store(void *data)
{
    ((mssl_global_t *)data)->store = NULL;
    return APR_SUCCESS;
}

static int init_store(mssl_global_t *global, server_rec *s, apr_pool_t *p)
{
    mssl_store_conf_t conf;
    apr_status_t rv;

    mssl_store_conf_init(&conf);
    conf.cache_size = global->cache_size;
    conf.check_interval = global->check_interval;
    conf.negative_timeout = global->negative_timeout;
    conf.report = report;
    conf.report_baton = s;
    conf.told = global->told = mssl_memory_get_told(s);
    conf.counters = &global->counters;
    rv = mssl_store_make(&global->store, &conf, p);
    if (rv != APR_SUCCESS) {
        ap_log_error(APLOG_MARK, APLOG_EMERG, rv, s, MSSLNO(0004) "cannot make the store");
        return HTTP_INTERNAL_SERVER_ERROR;
    }
    apr_pool_cleanup_register(p, global, unlink_store, apr_pool_cleanup_null);
    mssl_addr_init_views(global, s, p);
    return OK;
}

int mssl_start_post_config(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp, server_rec *s)
{
    mssl_global_t *global = mssl_conf_get_global(s);
    int rc;

    (void)plog;
    if (!mssl_conf_is_first_pass()) {
        global->neutral_dir_conf = make_neutral_dir_conf(pconf);
        mssl_issuance_start(global, s, pconf);
        mssl_challengedir_start(global, s, pconf, is_used(s));
    }
    if (!is_used(s)) {
        return OK;
    }
    set_defaults(s);
    mssl_addr_init(global, s, pconf);
    rc = mssl_dummy_init(global, s, pconf, ptemp);
    if (rc != OK || mssl_conf_is_first_pass()) {
        return rc;
    }
    mssl_describe_write(global, s, ptemp);
    if (!init_secret(global, s)) {
        ap_log_error(APLOG_MARK, APLOG_EMERG, 0, s, MSSLNO(0005) "OpenSSL gives no random bytes");
        return HTTP_INTERNAL_SERVER_ERROR;
    }
    mssl_counting_start(global, s, pconf);
    global->vitals = mssl_vitals_get(s);
    global->explaining = mssl_memory_get(s, "explaining", sizeof(*global->explaining), NULL);
    rc = init_store(global, s, pconf);
    if (rc == OK && mssl_intents_post_config(global->intents, s, pconf) != APR_SUCCESS) {
        rc = HTTP_INTERNAL_SERVER_ERROR;
    }
    return rc;
}

static void copy_files(apr_array_header_t *to, const apr_array_header_t *from)
{
    if (from != NULL) {
        apr_array_cat(to, from);
    }
}

int mssl_start_add_cert_files(server_rec *s, apr_pool_t *p, apr_array_header_t *cert_files,
                              apr_array_header_t *key_files)
{
    mssl_server_conf_t *sc = mssl_conf_get(s);
    const mssl_server_conf_t *from = sc;

    (void)p;
    if (!apr_is_empty_array(cert_files) || sc->engine != MSSL_ON) {
        return DECLINED;
    }
    sc->is_lent_cert = 1;
    if (sc->addr != NULL && mssl_conf_get(sc->addr->first)->ssl.engine == MSSL_ON) {
        from = mssl_conf_get(sc->addr->first);
    }
    if (from->ssl.cert_files != NULL) {
        copy_files(cert_files, from->ssl.cert_files);
        copy_files(key_files, from->ssl.key_files);
    }
    else if (!mssl_dummy_add_files(from->dummy, cert_files, key_files)
             && !mssl_dummy_add_files(sc->dummy, cert_files, key_files)) {
        mssl_dummy_add_made(sc->global, cert_files, key_files);
    }
    return OK;
}

/** Something to do for each vhost of each guarded address. */
typedef void (*visit_fn)(const mssl_global_t *global, mssl_addr_t *addr, const server_rec *s);

static void visit_guarded(const mssl_global_t *global, visit_fn visit, apr_pool_t *ptemp)
{
    apr_hash_index_t *hi;

    for (hi = apr_hash_first(ptemp, global->addrs); hi != NULL; hi = apr_hash_next(hi)) {
        mssl_addr_t *addr = apr_hash_this_val(hi);
        int i;

        for (i = 0; addr->guarded && i < addr->servers->nelts; i++) {
            visit(global, addr, APR_ARRAY_IDX(addr->servers, i, server_rec *));
        }
    }
}

/**
 * The certificates of the MSSLEngine vhosts, and of the light ones, count for every name that they
 * cover, on their addresses.
 */
static void add_own_pairs(const mssl_global_t *global, mssl_addr_t *addr, const server_rec *s)
{
    const mssl_server_conf_t *sc = mssl_conf_get(s);
    int i;

    (void)global;
    for (i = 0; (sc->engine == MSSL_ON || !sc->has_ssl_ctx) && sc->own_pairs != NULL
         && i < sc->own_pairs->nelts; i++) {
        mssl_source_add_pair(addr->own, APR_ARRAY_IDX(sc->own_pairs, i, mssl_pair_t *));
    }
}

/** Names in the settings that will not work as things stand; told once for the server. */
static void check_names(const mssl_global_t *global, mssl_addr_t *addr, const server_rec *s)
{
    const mssl_server_conf_t *sc = mssl_conf_get(s);
    int i;

    for (i = 0; sc->engine == MSSL_ON && sc->trusts != NULL && i < sc->trusts->nelts; i++) {
        const char *name = APR_ARRAY_IDX(sc->trusts, i, mssl_trust_t).name;

        if (mssl_named_is_newly_missing(global, "MSSLTrustNoSNI", name,
                                        mssl_addr_has_name(addr, name))) {
            ap_log_error(APLOG_MARK, APLOG_WARNING, 0, s, MSSLNO(0016) "MSSLTrustNoSNI: there is "
                         "no certificate for '%s': its addresses are not trusted until there is "
                         "one", name);
        }
    }
    if (sc->engine == MSSL_ON && sc->dummy != NULL && sc->dummy->name != NULL) {
        mssl_named_note_dummy(global, sc->dummy->name, mssl_addr_has_name(addr, sc->dummy->name), s);
    }
}

/**
 * Who asks for client certificates is certain once mod_ssl has made its contexts (SSLOpenSSLConfCmd
 * can ask, too). mod_ssl passes over SSLVerifyClient in a vhost without SSLEngine; the guard
 * refuses its requests.
 */
static void check_client_certs(const mssl_global_t *global, mssl_addr_t *addr, const server_rec *s)
{
    const mssl_server_conf_t *sc = mssl_conf_get(s);

    (void)global;
    addr->asks_client_cert |= sc->asks_client_cert;
    if (sc->asks_client_cert && !sc->has_ssl_ctx) {
        ap_log_error(APLOG_MARK, APLOG_ERR, 0, s, MSSLNO(0017) "SSLVerifyClient is not enforced in "
                     "the virtual host '%s' (%s:%u), its requests are refused: add 'SSLEngine on' "
                     "there", s->server_hostname, s->defn_name, s->defn_line_number);
    }
}

int mssl_start_post_ssl(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp, server_rec *s)
{
    mssl_global_t *global = mssl_conf_get_global(s);
    int rc;

    (void)plog;
    mssl_remoteip_init();
    mssl_tested_init();
    mssl_reach_check_policy(s);
    if (global->store == NULL) {
        return OK;
    }
    mssl_light_init(global, pconf);
    visit_guarded(global, add_own_pairs, ptemp);
    visit_guarded(global, check_client_certs, ptemp);
    mssl_reach_check(global, s, ptemp);
    mssl_reach_check_trust(s);
    rc = mssl_keys_start(global, s, pconf, ptemp);
    if (rc != OK) {
        return rc;
    }
    mssl_inventory_start(global, s, pconf);
    mssl_steward_start(global, s, pconf);
    mssl_statedir_check_disk(global, s);
    mssl_hot_start(global, s);
    ap_log_error(APLOG_MARK, APLOG_INFO, 0, s, MSSLNO(0006) "mod_mssl " MSSL_VERSION " is ready, %s%s",
                 global->has_engine ? "guarding the addresses with MSSLEngine"
                                    : "MSSLEngine is on nowhere",
                 mssl_tested_is_mod_ssl() ? "" : "; with a mod_ssl that is newer, and looks for its "
                                                 "virtual host itself at each handshake");
    return OK;
}

/* In a child, once it can ask for names: by a thread that no visitor waits for. */
static void check_in_child(mssl_global_t *global, const int *is_over, apr_pool_t *pool)
{
    visit_guarded(global, check_names, pool);
    mssl_certcheck_look(global, is_over, pool);
}

void mssl_start_child_init(apr_pool_t *pchild, server_rec *s)
{
    mssl_global_t *global = mssl_conf_get_global(s);
    /* On SIGTERM httpd destroys pchild while handshakes may still run: what they use lives on. */
    apr_pool_t *pool = s->process->pconf;

    if (global->store == NULL) {
        return;
    }
    if (global->made != NULL) {
        mssl_made_close(global->made);
    }
    mssl_hints_child_init(global);
    if (mssl_intents_child_init(global->intents, pool) != APR_SUCCESS) {
        ap_log_error(APLOG_MARK, APLOG_ERR, 0, s, MSSLNO(0008) "this child has no lock for the "
                     "intent cache: its clients without SNI are sent to the switch again and "
                     "again");
    }
    mssl_keys_child_init(global, s, check_in_child, pool, pchild);
    mssl_counting_child_init(global, s, pchild);
}
