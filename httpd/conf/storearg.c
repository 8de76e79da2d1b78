/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "httpd/conf/storearg.h"

#include <ap_provider.h>
#include <apr_strings.h>
#include <http_core.h>
#include <unistd.h>

static const char *list_store_providers(apr_pool_t *p)
{
    apr_array_header_t *names = ap_list_provider_names(p, MSSL_STORE_PROVIDER_GROUP,
                                                       MSSL_STORE_PROVIDER_VERSION);
    const char *text = "";
    int i;

    for (i = 0; i < names->nelts; i++) {
        text = apr_pstrcat(p, text, i ? ", " : "", "'",
                           APR_ARRAY_IDX(names, i, ap_list_provider_names_t).provider_name, ":...'",
                           NULL);
    }
    return text;
}

/* Why there is no provider of that name. */
static const char *fail_provider(const cmd_parms *cmd, const char *name)
{
    static const char *const others[] = { "0", "2" };
    size_t i;

    for (i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        if (ap_lookup_provider(MSSL_STORE_PROVIDER_GROUP, name, others[i]) != NULL) {
            return apr_psprintf(cmd->pool, "%s: the provider '%s' is made for version %s of the "
                                "interface, and this mod_mssl has version "
                                MSSL_STORE_PROVIDER_VERSION ", build it anew with this "
                                "mod_mssl.h", cmd->cmd->name, name, others[i]);
        }
    }
    return apr_psprintf(cmd->pool, "%s: unknown provider '%s', use %s", cmd->cmd->name, name,
                        list_store_providers(cmd->temp_pool));
}

/* The argument as the provider wants it. */
static const char *parse_store_arg(cmd_parms *cmd, mssl_store_row_t *row, const char *arg)
{
    mssl_reason_t why = { "" };

    row->arg = (row->provider->flags & MSSL_PROVIDER_PATH) != 0
                   ? ap_server_root_relative(cmd->pool, arg) : apr_pstrdup(cmd->pool, arg);
    if (row->arg == NULL) {
        return apr_psprintf(cmd->pool, "%s: '%s' is not a path", cmd->cmd->name, arg);
    }
    if (!mssl_conf_is_first_pass() || ap_state_query(AP_SQ_RUN_MODE) == AP_SQ_RM_CONFIG_DUMP) {
        return NULL;
    }
    if ((row->provider->flags & MSSL_PROVIDER_ROOT) != 0 && geteuid() != 0) {
        return apr_psprintf(cmd->pool, "%s: '%s:' needs an httpd that is started as root",
                            cmd->cmd->name, row->name);
    }
    if (row->provider->check(row->arg, cmd->temp_pool, &why) != APR_SUCCESS) {
        return apr_psprintf(cmd->pool, "%s: %s", cmd->cmd->name, why.text);
    }
    return NULL;
}

const char *mssl_storearg_parse(cmd_parms *cmd, mssl_store_row_t *row, const char *text)
{
    const char *colon = ap_strchr_c(text, ':');

    if (colon == NULL || colon == text || colon[1] == '\0') {
        return apr_psprintf(cmd->pool, "%s: '%s' is not of the form provider:argument, use %s",
                            cmd->cmd->name, text, list_store_providers(cmd->temp_pool));
    }
    row->name = apr_pstrmemdup(cmd->pool, text, colon - text);
    row->provider = ap_lookup_provider(MSSL_STORE_PROVIDER_GROUP, row->name,
                                       MSSL_STORE_PROVIDER_VERSION);
    if (row->provider == NULL) {
        return fail_provider(cmd, row->name);
    }
    if (row->provider->check == NULL || row->provider->make == NULL
        || row->provider->fetch == NULL) {
        return apr_psprintf(cmd->pool, "%s: the provider '%s' has no check, make or fetch, ask its "
                            "author", cmd->cmd->name, row->name);
    }
    return parse_store_arg(cmd, row, colon + 1);
}
