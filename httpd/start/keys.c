/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "httpd/start/keys.h"

#include <errno.h>
#include <http_core.h>
#include <http_log.h>
#include <mpm_common.h>
#include <sys/prctl.h>
#include <unistd.h>
#include <unixd.h>

#include "httpd/start/alarms.h"
#include "httpd/start/broker.h"
#include "httpd/start/exposure.h"
#include "httpd/start/hot.h"
#include "httpd/start/inventory.h"
#include "httpd/start/memory.h"
#include "httpd/start/process.h"
#include "httpd/start/steward.h"
#include "httpd/start/user.h"
#include "lib/base/tags.h"
#include "lib/inventory/served.h"
#include "lib/pair/judge.h"
#include "lib/pair/revoked.h"
#include "lib/providers/config.h"

APLOG_USE_MODULE(mssl);

/** Whether any files are had at all after the start. */
static int has_sources(const mssl_global_t *global, const server_rec *s)
{
    if (global->issued != NULL) {
        return 1;
    }
    for (; s != NULL; s = s->next) {
        const mssl_server_conf_t *sc = mssl_conf_get(s);

        if (sc->stores != NULL || sc->certificates != NULL) {
            return 1;
        }
    }
    return 0;
}

int mssl_keys_check(const mssl_global_t *global, server_rec *s)
{
    /* Whoever only tests a configuration need not be who starts httpd. */
    if (global->key_access == MSSL_KEYS_BROKER && geteuid() != 0
        && ap_state_query(AP_SQ_RUN_MODE) != AP_SQ_RM_CONFIG_TEST) {
        ap_log_error(APLOG_MARK, APLOG_EMERG, 0, s, MSSLNO(0150) "MSSLKeyAccess: a broker needs "
                     "httpd to be started as root (this is uid %lu), use auto or direct",
                     (unsigned long)geteuid());
        return HTTP_INTERNAL_SERVER_ERROR;
    }
    return global->key_access == MSSL_KEYS_DIRECT ? OK : mssl_user_check(global, s);
}

/* In who reads the files: its own copy of the store resolves the name. */
static apr_status_t fetch(void *store, int source, mssl_question_t *question)
{
    return mssl_store_fetch(store, source, question);
}

static const char *identify(void *baton, int source, const char *key, apr_pool_t *pool)
{
    return mssl_store_identify(baton, source, key, pool);
}

/*
 * Who may open what was good last, besides root: nobody; without a broker the children, which read
 * the files themselves. mpm_itk's are httpd's user until they become a customer's, who may not.
 */
static uid_t get_owner(int has_broker)
{
    return geteuid() != 0 ? geteuid() : has_broker ? 0 : ap_unixd_config.user_id;
}

/* What the history has where nobody remembers what was good last. */
static apr_status_t get_kept(void *history, const char *source, const char *key,
                             mssl_material_t *out, apr_pool_t *pool)
{
    return mssl_served_get(history, key, source, out, pool);
}

/* What was revoked here is never good again. */
static int is_revoked(void *history, const mssl_item_t *item)
{
    return mssl_revoked_has(((const mssl_served_t *)history)->dir, item);
}

/* Whether the files of stores are opened by a broker. */
static int wants_broker(const mssl_global_t *global)
{
    return global->key_access != MSSL_KEYS_DIRECT && geteuid() == 0;
}

int mssl_keys_has_history(const mssl_global_t *global)
{
    int has_broker = wants_broker(global);

    /* It is MSSLUser's: root's children are not. */
    return mssl_inventory_keeps(global, has_broker) && (has_broker || geteuid() != 0);
}

static apr_status_t make_finder(mssl_global_t *global, server_rec *s, apr_pool_t *pconf)
{
    mssl_finder_t *finder = apr_pcalloc(pconf, sizeof(*finder));
    int has_broker = wants_broker(global);
    mssl_judge_t *judge;
    apr_status_t rv = mssl_judge_make(&judge, pconf);

    mssl_inventory_open_history(global, has_broker, s, pconf);
    if (rv == APR_SUCCESS) {
        finder->fetch = fetch;
        finder->fetch_baton = global->store;
        finder->judge = mssl_judge_material;
        finder->judge_baton = judge;
        finder->identify = identify;
        finder->is_valid = mssl_judge_is_valid;
        finder->last = mssl_memory_get_lastgood(s, get_owner(has_broker), pconf);
        if (global->history != NULL && mssl_keys_has_history(global)) {
            finder->kept = get_kept;
            finder->kept_baton = global->history;
            finder->is_revoked = is_revoked;
        }
        global->finder = finder;
    }
    return rv;
}

/* Who set it wanted dumps, and gets none of children. */
static void report_dumps(server_rec *s)
{
    if (ap_coredumpdir_configured) {
        ap_log_error(APLOG_MARK, APLOG_NOTICE, 0, s, MSSLNO(0172) "CoreDumpDirectory has no effect "
                     "on children, as they hold private keys: one that can be dumped can be read "
                     "by every process of its user");
    }
}

int mssl_keys_drop_privileges(apr_pool_t *pchild, server_rec *s)
{
    (void)pchild;
    /* mod_unixd has just made it dumpable, if CoreDumpDirectory is set. */
    if (mssl_conf_get_global(s)->store != NULL && prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) {
        ap_log_error(APLOG_MARK, APLOG_ERR, errno, s, MSSLNO(0173) "this child can be dumped, and "
                     "read by every process of its user");
    }
    return OK;
}

/** What root names in the configuration and children may not read: its bytes, unparsed. */
static void keep_files(const mssl_global_t *global)
{
    int i;

    for (i = 0; geteuid() == 0 && i < global->configs->nelts; i++) {
        mssl_config_keep(APR_ARRAY_IDX(global->configs, i, mssl_config_t *));
    }
}

int mssl_keys_start(mssl_global_t *global, server_rec *s, apr_pool_t *pconf, apr_pool_t *ptemp)
{
    mssl_broker_conf_t conf = { 0 };

    report_dumps(s);
    mssl_process_adopt(s, pconf);
    if (!has_sources(global, s)) {
        return OK;
    }
    if (make_finder(global, s, pconf) != APR_SUCCESS) {
        return HTTP_INTERNAL_SERVER_ERROR;
    }
    if (!wants_broker(global)) {
        keep_files(global);
        mssl_exposure_check(s, ptemp);
        return OK;
    }
    conf.finder = *global->finder;
    return mssl_broker_process_start(&global->broker, &conf, global->check_interval, s, pconf)
                   == APR_SUCCESS
           ? OK : HTTP_INTERNAL_SERVER_ERROR;
}

/* Without a broker: the child is the one who reads. */
static apr_status_t find_here(void *finder, int source, mssl_question_t *question)
{
    return mssl_finder_find(finder, source, question);
}

static apr_status_t recall_here(void *finder, int source, mssl_question_t *question)
{
    return mssl_finder_recall(finder, source, question);
}

void mssl_keys_child_init(mssl_global_t *global, server_rec *s, mssl_hot_then_fn then,
                          apr_pool_t *pool, apr_pool_t *pchild)
{
    mssl_broker_client_t *client;

    mssl_inventory_child_init(global->inventory_process);
    if (global->finder == NULL || global->finder->kept == NULL || global->broker != NULL) {
        mssl_inventory_close_history(global);
    }
    if (global->broker != NULL
        && mssl_broker_process_child_init(&client, global->broker, pool) == APR_SUCCESS) {
        mssl_broker_client_set_counters(client, &global->counters);
        mssl_store_set_recall(global->store, mssl_broker_client_recall, client);
        mssl_hot_child_init(global, s, mssl_broker_client_open, client, then, pool,
                            pchild);
    }
    else if (global->broker == NULL && global->finder != NULL
             && (global->finder->last != NULL || global->finder->kept != NULL)) {
        mssl_store_set_recall(global->store, recall_here, global->finder);
        mssl_hot_child_init(global, s, find_here, global->finder, then, pool, pchild);
    }
    else {
        mssl_hot_child_init(global, s, NULL, NULL, then, pool, pchild);
    }
}

int mssl_keys_monitor(apr_pool_t *p, server_rec *s)
{
    mssl_global_t *global = mssl_conf_get_global(s);

    (void)p;
    if (global->broker != NULL) {
        mssl_broker_process_tick(global->broker);
    }
    mssl_inventory_tick(global->inventory_process);
    mssl_steward_tick(global->steward_process);
    mssl_alarms_tick(global, s);
    return DECLINED;
}
