/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "httpd/start/schemaset.h"

#include <apr_strings.h>
#include <unixd.h>

#include "httpd/start/challengedir.h"
#include "httpd/start/keys.h"
#include "httpd/start/user.h"
#include "lib/notify/settings.h"

/* As MSSLExpiryWarn takes it. */
static void write_warn(mssl_json_t *json, const char *key, const mssl_warn_t *warn, apr_pool_t *pool)
{
    mssl_json_text(json, key, warn->percent != 0 ? apr_psprintf(pool, "%d%%", warn->percent)
                                                 : apr_psprintf(pool, "%dd", warn->days));
}

static void write_settings(mssl_json_t *json, const mssl_global_t *global, apr_pool_t *pool)
{
    static const char *const accesses[] = {
        [MSSL_KEYS_AUTO] = "auto", [MSSL_KEYS_BROKER] = "broker", [MSSL_KEYS_DIRECT] = "direct",
    };
    int i;

    mssl_json_open(json, "settings", '{');
    mssl_json_text(json, "key_access", accesses[global->key_access]);
    mssl_json_seconds(json, "check_interval", global->check_interval);
    mssl_json_seconds(json, "negative_timeout", global->negative_timeout);
    mssl_json_int(json, "cache_size", global->cache_size);
    mssl_json_text(json, "intent_cache", global->intent_cache != NULL ? global->intent_cache
                                                                      : "shmcb");
    mssl_json_seconds(json, "intent_timeout", global->intent_timeout);
    mssl_json_int(json, "keep", global->inventory.keep);
    mssl_json_bool(json, "history_serves", mssl_keys_has_history(global));
    write_warn(json, "expiry_warn", &global->inventory.warns.warn, pool);
    write_warn(json, "expiry_urgent", &global->inventory.warns.urgent, pool);
    mssl_json_text(json, "steward", global->is_steward_external ? "external" : "httpd");
    /* Programs alone: what follows them is the steward's. */
    mssl_json_open(json, "notify", '[');
    for (i = 0; global->notify != NULL && i < global->notify->nelts; i++) {
        mssl_json_text(json, NULL, APR_ARRAY_IDX(global->notify, i, mssl_order_t).argv[0]);
    }
    mssl_json_close(json);
    mssl_json_close(json);
}

static void write_users(mssl_json_t *json, const mssl_global_t *global)
{
    mssl_json_open(json, "users", '{');
    mssl_json_text(json, "httpd", ap_unixd_config.user_name);
    mssl_json_text(json, "broker", mssl_user_get_name(global));
    mssl_json_text(json, "steward", mssl_user_get_steward_name(global));
    mssl_json_close(json);
}

/* Sources of MSSLIssueFor as they are written. */
static void write_sources(mssl_json_t *json, const mssl_issuing_t *issuing, apr_pool_t *pool)
{
    int i;

    mssl_json_open(json, "for", '[');
    if (issuing->for_vhosts) {
        mssl_json_text(json, NULL, "vhosts");
    }
    for (i = 0; i < issuing->lists->nelts; i++) {
        mssl_json_text(json, NULL, apr_pstrcat(pool, "list:", APR_ARRAY_IDX(issuing->lists, i,
                                                                            const char *), NULL));
    }
    for (i = 0; i < issuing->folders->nelts; i++) {
        mssl_json_text(json, NULL, apr_pstrcat(pool, "folders:", APR_ARRAY_IDX(issuing->folders, i,
                                                                               const char *), NULL));
    }
    if (issuing->ask != NULL) {
        mssl_json_text(json, NULL, apr_pstrcat(pool, "ask:", issuing->ask, NULL));
    }
    if (issuing->for_requests) {
        mssl_json_text(json, NULL, "requests");
    }
    mssl_json_close(json);
}

static void write_issuing(mssl_json_t *json, mssl_global_t *global, apr_pool_t *pool)
{
    const mssl_issuing_t *issuing = &global->issuing;
    int i;

    mssl_json_open(json, "issuing", '{');
    write_sources(json, issuing, pool);
    mssl_json_open(json, "issuers", '[');
    for (i = 0; i < issuing->issuers->nelts; i++) {
        const mssl_issuer_t *issuer = &APR_ARRAY_IDX(issuing->issuers, i, mssl_issuer_t);

        mssl_json_open(json, NULL, '{');
        mssl_json_text(json, "name", issuer->name);
        mssl_json_text(json, "program", issuer->argv[0]);
        mssl_json_text(json, "directory", issuer->directory);
        mssl_json_close(json);
    }
    mssl_json_close(json);
    mssl_json_text(json, "key", issuing->key == MSSL_KEY_RSA ? "rsa" : "ecdsa");
    mssl_json_bool(json, "preflight", issuing->preflight);
    mssl_json_text(json, "renew_window", issuing->renew_percent != 0
                   ? apr_psprintf(pool, "%d%%", issuing->renew_percent) : NULL);
    mssl_json_text(json, "challenge_dir", mssl_challengedir_get(global, pool));
    mssl_json_close(json);
}

void mssl_schemaset_write(mssl_json_t *json, mssl_global_t *global, apr_pool_t *pool)
{
    write_users(json, global);
    write_settings(json, global, pool);
    write_issuing(json, global, pool);
}
