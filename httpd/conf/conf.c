/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "httpd/conf/conf.h"

#include <http_core.h>

/* Values that hold where nothing was written (contract section 6). */
#define DEFAULT_INTENT_TIMEOUT apr_time_from_sec(300)
#define DEFAULT_INVENTORY_INTERVAL apr_time_from_sec(3600)
#define DEFAULT_INVENTORY_KEEP 2

static mssl_global_t *create_global(apr_pool_t *p)
{
    mssl_global_t *global = apr_pcalloc(p, sizeof(*global));
    mssl_store_conf_t store;

    mssl_store_conf_init(&store);
    global->intent_timeout = DEFAULT_INTENT_TIMEOUT;
    global->cache_size = (int)store.cache_size;
    global->check_interval = store.check_interval;
    global->negative_timeout = store.negative_timeout;
    global->inventory.interval = DEFAULT_INVENTORY_INTERVAL;
    global->inventory.keep = DEFAULT_INVENTORY_KEEP;
    mssl_warns_init(&global->inventory.warns);
    mssl_issuing_init(&global->issuing, p);
    return global;
}

void *mssl_conf_create_server(apr_pool_t *p, server_rec *s)
{
    mssl_server_conf_t *sc = apr_pcalloc(p, sizeof(*sc));

    if (!s->is_virtual) {
        sc->global = create_global(p);
    }
    return sc;
}

static void merge_modssl(mssl_modssl_conf_t *sc, const mssl_modssl_conf_t *base,
                         const mssl_modssl_conf_t *add)
{
    sc->engine = add->engine != MSSL_UNSET ? add->engine : base->engine;
    sc->engine_optional = add->engine != MSSL_UNSET ? add->engine_optional : base->engine_optional;
    sc->verify_client = add->verify_client != MSSL_UNSET ? add->verify_client : base->verify_client;
    sc->verify_depth = add->verify_depth ? add->verify_depth : base->verify_depth;
    sc->crl_check = add->crl_check ? add->crl_check : base->crl_check;
    sc->ocsp_enable = add->ocsp_enable ? add->ocsp_enable : base->ocsp_enable;
    sc->strict_sni = add->strict_sni != MSSL_UNSET ? add->strict_sni : base->strict_sni;
    sc->stapling = add->stapling != MSSL_UNSET ? add->stapling : base->stapling;
    sc->policy = add->policy != MSSL_POLICY_UNSET ? add->policy : base->policy;
    sc->cert_files = add->cert_files != NULL ? add->cert_files : base->cert_files;
    sc->key_files = add->key_files != NULL ? add->key_files : base->key_files;
    sc->ciphers = add->ciphers != NULL ? add->ciphers : base->ciphers;
    sc->ticket_key_file = add->ticket_key_file != NULL ? add->ticket_key_file
                                                       : base->ticket_key_file;
}

void *mssl_conf_merge_server(apr_pool_t *p, void *basev, void *addv)
{
    const mssl_server_conf_t *base = basev;
    const mssl_server_conf_t *add = addv;
    mssl_server_conf_t *sc = apr_pcalloc(p, sizeof(*sc));

    sc->global = base->global;
    sc->engine = add->engine != MSSL_UNSET ? add->engine : base->engine;
    sc->stores = add->stores != NULL ? add->stores : base->stores;
    sc->certificates = add->certificates != NULL ? add->certificates : base->certificates;
    sc->dummy = add->dummy != NULL ? add->dummy : base->dummy;
    sc->switch_url = add->switch_url != NULL ? add->switch_url : base->switch_url;
    sc->unknown = add->unknown != MSSL_UNKNOWN_UNSET ? add->unknown : base->unknown;
    sc->unknown_url = add->unknown != MSSL_UNKNOWN_UNSET ? add->unknown_url : base->unknown_url;
    sc->nosni = add->nosni != MSSL_NOSNI_UNSET ? add->nosni : base->nosni;
    sc->trusts = add->trusts != NULL ? add->trusts : base->trusts;
    sc->scheme_headers = add->scheme_headers != NULL ? add->scheme_headers : base->scheme_headers;
    sc->trusted_proxies = add->trusted_proxies != NULL ? add->trusted_proxies
                                                       : base->trusted_proxies;
    sc->public_addresses = add->public_addresses != NULL ? add->public_addresses
                                                         : base->public_addresses;
    sc->issue = add->issue != MSSL_UNSET ? add->issue : base->issue;
    sc->contact = add->contact != NULL ? add->contact : base->contact;
    sc->page_template = add->page_template != NULL ? add->page_template : base->page_template;
    merge_modssl(&sc->ssl, &base->ssl, &add->ssl);
    sc->engine_here = add->engine;
    sc->has_force = add->has_force || base->has_force;
    return sc;
}

void *mssl_conf_create_dir(apr_pool_t *p, char *path)
{
    (void)path;
    return apr_pcalloc(p, sizeof(mssl_dir_conf_t));
}

void *mssl_conf_merge_dir(apr_pool_t *p, void *basev, void *addv)
{
    const mssl_dir_conf_t *base = basev;
    const mssl_dir_conf_t *add = addv;
    mssl_dir_conf_t *dc = apr_pcalloc(p, sizeof(*dc));

    dc->verify_client = add->verify_client != MSSL_UNSET ? add->verify_client : base->verify_client;
    dc->is_switch = add->is_switch != MSSL_UNSET ? add->is_switch : base->is_switch;
    dc->force = add->force != MSSL_FORCE_UNSET ? add->force : base->force;
    dc->force_port = add->force != MSSL_FORCE_UNSET ? add->force_port : base->force_port;
    dc->status = add->status != MSSL_STATUS_UNSET ? add->status : base->status;
    return dc;
}

int mssl_conf_pre_config(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp)
{
    (void)plog;
    (void)ptemp;
    return mssl_intents_pre_config(pconf) == APR_SUCCESS ? OK : HTTP_INTERNAL_SERVER_ERROR;
}

int mssl_conf_is_restarting(void)
{
    /* httpd counts its real passes over the configuration from 1. */
    return ap_state_query(AP_SQ_CONFIG_GEN) > 1;
}

int mssl_conf_is_first_pass(void)
{
    return ap_state_query(AP_SQ_MAIN_STATE) == AP_SQ_MS_CREATE_PRE_CONFIG;
}
