/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "httpd/status/gather.h"

#include <ap_mpm.h>
#include <fcntl.h>
#include <http_config.h>
#include <http_log.h>
#include <openssl/crypto.h>
#include <scoreboard.h>
#include <string.h>
#include <unistd.h>

#include "httpd/conf/conf.h"
#include "httpd/start/vitals.h"
#include "lib/base/tags.h"
#include "mod_mssl.h"

APLOG_USE_MODULE(mssl);

static int count_children(void)
{
    int limit = 0, n = 0, i;

    ap_mpm_query(AP_MPMQ_HARD_LIMIT_DAEMONS, &limit);
    for (i = 0; i < limit; i++) {
        const process_score *child = ap_get_scoreboard_process(i);

        n += child != NULL && child->pid != 0 && !child->quiescing;
    }
    return n;
}

static void gather_process(mssl_status_process_t *process, const mssl_vitals_t *vitals,
                           mssl_role_t role, int is_used)
{
    process->is_used = is_used;
    process->pid = mssl_vitals_get_process(vitals, role, &process->started);
    process->is_alive = process->pid != 0;
}

static void gather_index(mssl_status_facts_t *facts, const mssl_global_t *global, apr_pool_t *pool)
{
    mssl_index_summary_t *index = NULL;

    facts->is_inventory_on = global->index != NULL;
    if (global->index != NULL
        && mssl_index_read(global->index, facts->is_summary ? 0 : MSSL_GATHER_ATTENTION, &index,
                           pool) == APR_SUCCESS) {
        facts->index = index;
    }
}

void mssl_gather_facts(mssl_status_facts_t *facts, const request_rec *r, int is_summary)
{
    const mssl_global_t *global = mssl_conf_get_global(r->server);
    mssl_store_stats_t stats = { 0 };

    memset(facts, 0, sizeof(*facts));
    facts->now = apr_time_now();
    facts->is_summary = is_summary;
    facts->server.version = MSSL_VERSION;
    facts->server.httpd = ap_get_server_description();
    facts->server.openssl = OpenSSL_version(OPENSSL_VERSION);
    facts->server.hostname = r->server->server_hostname;
    facts->server.started = mssl_vitals_get_started(global->vitals);
    facts->server.configured = ap_scoreboard_image->global->restart_time;
    ap_mpm_query(AP_MPMQ_GENERATION, &facts->server.generation);
    facts->server.children = count_children();
    facts->key_access = global->broker != NULL ? "broker" : "direct";
    gather_process(&facts->broker, global->vitals, MSSL_ROLE_BROKER, global->broker != NULL);
    gather_process(&facts->inventory, global->vitals, MSSL_ROLE_INVENTORY, global->index != NULL);
    gather_process(&facts->steward, global->vitals, MSSL_ROLE_STEWARD,
                   global->steward_process != NULL);
    mssl_counters_read(&global->counters, &facts->totals);
    if (global->store != NULL) {
        mssl_store_get_stats(global->store, &stats);
    }
    facts->cache.pairs = stats.entries;
    facts->cache.negative = stats.negative_entries;
    facts->is_intent_cache_up = global->intents != NULL && mssl_intents_is_up(global->intents);
    gather_index(facts, global, r->pool);
}

/* One that is damaged is not believed; its writer makes a new one within seconds. */
static void report(const request_rec *r, const mssl_global_t *global, int is_bad, const char *why)
{
    if (mssl_told_is_news(global->told, MSSL_TOLD_NOTE, "steward", MSSL_STANDING_FILE,
                          (apr_uint32_t)is_bad)
        && is_bad) {
        ap_log_rerror(APLOG_MARK, APLOG_WARNING, 0, r, MSSLNO(0220) "the status does not show how "
                      "the steward is, what it wrote is not believed: %s", why);
    }
}

void mssl_gather_steward(mssl_status_facts_t *facts, const request_rec *r)
{
    const mssl_global_t *global = mssl_conf_get_global(r->server);
    mssl_standing_t *standing = NULL;
    mssl_reason_t why = { "" };
    apr_status_t rv;
    int dir;

    if (!global->has_steward) {
        return;
    }
    dir = open(global->state_dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
    rv = dir >= 0 ? mssl_standing_read(&standing, dir, global->steward_uid, r->pool, &why)
                  : APR_ENOENT;
    if (dir >= 0) {
        close(dir);
    }
    report(r, global, rv != APR_SUCCESS && !APR_STATUS_IS_ENOENT(rv), why.text);
    facts->standing = standing;
    facts->is_standing_old = standing != NULL && mssl_standing_is_old(standing, facts->now);
    if (!facts->steward.is_used) {
        /* The system begins it, so its own word is all there is. */
        facts->steward.is_used = 1;
        facts->steward.pid = standing != NULL && !facts->is_standing_old ? standing->pid : 0;
        facts->steward.started = facts->steward.pid != 0 ? standing->started : 0;
        facts->steward.is_alive = facts->steward.pid != 0;
    }
    else if (standing != NULL && standing->pid == facts->steward.pid && facts->is_standing_old) {
        facts->steward.is_alive = 0; /* it hangs */
    }
}
