/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "httpd/start/light.h"

#include <http_log.h>
#include <mod_ssl.h>

#include "lib/base/tags.h"

APLOG_USE_MODULE(mssl);

/** Give a vhost a directive of mod_ssl. @return 0 if mod_ssl does not take it */
static int set_directive(server_rec *s, const char *name, const char *arg, apr_pool_t *p)
{
    const module *owner = ap_find_linked_module("mod_ssl.c");
    const command_rec *command = owner != NULL ? ap_find_command(name, owner->cmds) : NULL;
    ap_directive_t directive = { name, arg };
    cmd_parms parms = { NULL };
    const char *err;

    if (command == NULL || (command->args_how != TAKE1 && command->args_how != TAKE12)) {
        return 0;
    }
    parms.pool = p;
    parms.temp_pool = p;
    parms.server = s;
    parms.cmd = command;
    parms.info = command->cmd_data;
    parms.directive = &directive;
    parms.context = s->lookup_defaults;
    parms.override = RSRC_CONF;
    err = command->args_how == TAKE1
        ? command->AP_TAKE1(&parms, ap_get_module_config(s->lookup_defaults, owner), arg)
        : command->AP_TAKE2(&parms, ap_get_module_config(s->lookup_defaults, owner), arg, NULL);
    return err == NULL;
}

static void turn_on(const mssl_addr_t *addr, server_rec *s, apr_pool_t *p)
{
    const char *ciphers = mssl_conf_get(addr->first)->ssl.ciphers;

    if (!mssl_conf_get(s)->is_light
        && (ciphers == NULL || set_directive(s, "SSLCipherSuite", ciphers, p))
        && set_directive(s, "SSLEngine", "on", p)) {
        mssl_conf_get(s)->is_light = 1;
    }
    if (!mssl_conf_get(s)->is_light) {
        ap_log_error(APLOG_MARK, APLOG_WARNING, 0, s, MSSLNO(0063) "mod_ssl does not take a "
                     "directive for this virtual host: its requests have no HTTPS and no SSL_*");
    }
}

void mssl_light_init(const mssl_global_t *global, apr_pool_t *p)
{
    apr_hash_index_t *hi;

    /* Where a plain connection cannot be kept from mod_ssl, no vhost may look like one with TLS. */
    if (APR_RETRIEVE_OPTIONAL_FN(ssl_engine_disable) == NULL) {
        return;
    }
    for (hi = apr_hash_first(p, global->addrs); hi != NULL; hi = apr_hash_next(hi)) {
        const mssl_addr_t *addr = apr_hash_this_val(hi);
        int i;

        for (i = 0; addr->guarded && i < addr->servers->nelts; i++) {
            server_rec *s = APR_ARRAY_IDX(addr->servers, i, server_rec *);

            if (s != addr->first && !mssl_conf_get(s)->has_ssl_ctx) {
                turn_on(addr, s, p);
            }
        }
    }
}

int mssl_light_pre_connection(conn_rec *c, void *csd)
{
    APR_OPTIONAL_FN_TYPE(ssl_engine_disable) *disable;

    (void)csd;
    if (c->master == NULL && !c->outgoing && mssl_conf_get(c->base_server)->is_light) {
        disable = APR_RETRIEVE_OPTIONAL_FN(ssl_engine_disable);
        if (disable != NULL) {
            disable(c);
        }
    }
    return OK;
}
