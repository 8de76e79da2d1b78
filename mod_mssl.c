/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

/*
 * The module's table of contents: its record, its hooks in the order in which the server lives, and
 * the wiring of its parts. No logic.
 */

#include <httpd.h>
#include <http_config.h>
#include <http_connection.h>
#include <http_protocol.h>
#include <http_request.h>
#include <http_ssl.h>
#include <ap_provider.h>
#include <mpm_common.h>
#include <mod_ssl.h>
#include <mod_ssl_openssl.h>
#include <mod_status.h>

#include "httpd/conf/conf.h"
#include "httpd/guard/challenge.h"
#include "httpd/guard/early.h"
#include "httpd/guard/guard.h"
#include "httpd/scheme/force.h"
#include "httpd/scheme/hint.h"
#include "httpd/scheme/ports.h"
#include "httpd/scheme/scheme.h"
#include "httpd/scheme/selfloop.h"
#include "httpd/server/closing.h"
#include "httpd/start/describe.h"
#include "httpd/start/dummy.h"
#include "httpd/start/keys.h"
#include "httpd/start/light.h"
#include "httpd/start/start.h"
#include "httpd/tls/alpn.h"
#include "httpd/tls/handshake.h"
#include "httpd/tls/staple.h"
#include "httpd/status/status.h"
#include "lib/providers/providers.h"
#include "switch/switch.h"

/** What lower parts need of higher ones is handed to them here. */
static int wire(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp, server_rec *s)
{
    mssl_global_t *global = mssl_conf_get_global(s);

    (void)pconf;
    (void)plog;
    (void)ptemp;
    global->answer_switch = mssl_switch_answer;
    return OK;
}

/** What is worked out once of the directives about http and https. */
static int prepare_scheme(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp, server_rec *s)
{
    mssl_global_t *global = mssl_conf_get_global(s);

    (void)pconf;
    (void)plog;
    (void)ptemp;
    mssl_scheme_init(global, s);
    mssl_ports_init(global, s);
    if (!mssl_conf_is_first_pass()) {
        mssl_force_check(s);
    }
    return OK;
}

/** Over http or https: the website is told, and the visitor sent to the other one. */
static void register_scheme_hooks(void)
{
    static const char *const mod_ssl[] = { "mod_ssl.c", NULL };

    ap_hook_post_config(prepare_scheme, NULL, NULL, APR_HOOK_LAST);
    ap_hook_ssl_conn_is_ssl(mssl_scheme_conn_is_ssl, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_http_scheme(mssl_scheme_http_scheme, NULL, mod_ssl, APR_HOOK_MIDDLE);
    ap_hook_default_port(mssl_scheme_default_port, NULL, mod_ssl, APR_HOOK_MIDDLE);
    /* Behind the guard, and before mod_setenvif and mod_headers look. */
    ap_hook_post_read_request(mssl_scheme_post_read_request, NULL, NULL, APR_HOOK_REALLY_FIRST);
    ap_hook_post_read_request(mssl_hint_post_read_request, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_header_parser(mssl_force_header_parser, NULL, NULL, APR_HOOK_REALLY_FIRST);
    ap_hook_log_transaction(mssl_selfloop_log_transaction, NULL, NULL, APR_HOOK_MIDDLE);
}

static void register_request_hooks(void)
{
    static const char *const mod_ssl[] = { "mod_ssl.c", NULL };
    static const char *const mod_http2[] = { "mod_http2.c", NULL };
    static const char *const others_first[] = { "mod_ssl.c", "mod_security2.c", NULL };

    /*
     * The guard comes before mod_ssl's checks (its 421 would win over our redirect), before
     * mod_headers' early directives, and before what others have at the very beginning: the first
     * rules of mod_security would answer for a site that the certificate does not cover. Only
     * mod_http2 is before it, which lays the way for the answer. Challenges come before the guard: an
     * authority goes by a redirect to https whatever the certificate is.
     */
    ap_hook_post_read_request(mssl_challenge_post_read_request, mod_http2, others_first,
                              APR_HOOK_REALLY_FIRST - 2);
    ap_hook_post_read_request(mssl_guard_post_read_request, mod_http2, others_first,
                              APR_HOOK_REALLY_FIRST - 1);
    ap_hook_post_read_request(mssl_guard_end_post_read_request, NULL, NULL, APR_HOOK_REALLY_LAST);
    ap_hook_quick_handler(mssl_guard_quick_handler, NULL, NULL, APR_HOOK_REALLY_FIRST);
    ap_hook_translate_name(mssl_switch_refuse_trace, NULL, NULL, APR_HOOK_REALLY_FIRST);
    ap_hook_check_access(mssl_guard_check_access, NULL, mod_ssl, APR_HOOK_FIRST,
                         AP_AUTH_INTERNAL_PER_CONF);
    ap_hook_fixups(mssl_guard_check_handler, NULL, NULL, APR_HOOK_REALLY_LAST);
    ap_hook_insert_error_filter(mssl_early_insert_error_filter, NULL, NULL, APR_HOOK_REALLY_FIRST);
    ap_hook_handler(mssl_switch_handler, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_handler(mssl_status_handler, NULL, NULL, APR_HOOK_MIDDLE);
    APR_OPTIONAL_HOOK(ap, status_hook, mssl_status_in_mod_status, NULL, NULL, APR_HOOK_MIDDLE);
}

static void register_hooks(apr_pool_t *p)
{
    static const char *const mod_ssl[] = { "mod_ssl.c", NULL };
    static const char *const unixd[] = { "mod_unixd.c", NULL };

    /* Before the configuration is read: MSSLCertStore looks its provider up. */
    ap_register_provider(p, MSSL_STORE_PROVIDER_GROUP, "dir", MSSL_STORE_PROVIDER_VERSION,
                         &mssl_store_dir);
    ap_register_provider(p, MSSL_STORE_PROVIDER_GROUP, "map", MSSL_STORE_PROVIDER_VERSION,
                         &mssl_store_map);
    mssl_closing_register();
    mssl_early_register();

    /*
     * Start. mod_ssl makes its contexts in post_config: addresses and dummy are ready before, what
     * it made is taken after.
     */
    ap_hook_pre_config(mssl_conf_pre_config, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_test_config(mssl_describe_test_config, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_check_config(mssl_start_check_config, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_post_config(wire, NULL, mod_ssl, APR_HOOK_REALLY_FIRST);
    ap_hook_post_config(mssl_start_post_config, NULL, mod_ssl, APR_HOOK_FIRST);
    /* mod_ssl's own hook runs behind httpd's, in which mod_md adds files and lets nobody follow. */
    APR_OPTIONAL_HOOK(ssl, add_cert_files, mssl_start_add_cert_files, NULL, NULL,
                      APR_HOOK_REALLY_LAST);
    APR_OPTIONAL_HOOK(ssl, init_server, mssl_handshake_init_server, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_post_config(mssl_start_post_ssl, mod_ssl, NULL, APR_HOOK_LAST);
    ap_hook_post_config(mssl_staple_post_config, mod_ssl, NULL, APR_HOOK_LAST);
    ap_hook_post_config(mssl_alpn_post_config, mod_ssl, NULL, APR_HOOK_LAST);
    ap_hook_drop_privileges(mssl_keys_drop_privileges, unixd, NULL, APR_HOOK_REALLY_LAST);
    ap_hook_child_init(mssl_start_child_init, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_monitor(mssl_keys_monitor, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_monitor(mssl_dummy_monitor, NULL, NULL, APR_HOOK_MIDDLE);

    /* Connection. */
    ap_hook_pre_connection(mssl_light_pre_connection, NULL, mod_ssl, APR_HOOK_FIRST);
    APR_OPTIONAL_HOOK(ssl, pre_handshake, mssl_handshake_pre_handshake, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_protocol_propose(mssl_alpn_propose, NULL, NULL, APR_HOOK_REALLY_LAST);
    ap_hook_protocol_switch(mssl_alpn_switch, NULL, NULL, APR_HOOK_REALLY_FIRST);
    ap_hook_ssl_answer_challenge(mssl_alpn_answer, NULL, NULL, APR_HOOK_REALLY_FIRST);
    ap_hook_process_connection(mssl_closing_process_connection, mod_ssl, NULL, APR_HOOK_MIDDLE);

    register_request_hooks();
    register_scheme_hooks();
}

module AP_MODULE_DECLARE_DATA mssl_module = {
    STANDARD20_MODULE_STUFF,
    mssl_conf_create_dir,
    mssl_conf_merge_dir,
    mssl_conf_create_server,
    mssl_conf_merge_server,
    mssl_directives,
    register_hooks,
    AP_MODULE_FLAG_ALWAYS_MERGE
};
