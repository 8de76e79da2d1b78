/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "httpd/status/explain.h"

#include <apr_strings.h>
#include <http_core.h>
#include <string.h>

#include "httpd/server/address.h"
#include "lib/explain/near.h"
#include "lib/inventory/index.h"

static void take_row(mssl_explain_look_t *look, const mssl_index_row_t *row)
{
    look->is_found = 1;
    look->state = row->state;
    look->store = row->store_label;
    look->file = row->file;
    look->reason = row->reason;
    look->not_after = row->not_after;
    look->types = row->types;
    look->signs_itself = row->signs_itself;
}

/** @return 0: the index could not be asked */
static int look_up(mssl_explain_look_t *look, const mssl_index_t *index, const char *key,
                   apr_pool_t *pool)
{
    mssl_index_row_t *row = NULL;
    apr_status_t rv = mssl_index_lookup(index, key, &row, pool);

    look->key = key;
    if (rv == APR_SUCCESS) {
        take_row(look, row);
    }
    return rv == APR_SUCCESS || APR_STATUS_IS_ENOENT(rv);
}

/* Nothing is wanted of the list itself. */
static int offer(void *baton, const char *name, size_t len)
{
    mssl_near_offer(baton, name, len);
    return 0;
}

static const char *find_near(const mssl_index_t *index, const char *name, apr_pool_t *pool)
{
    mssl_near_t near;
    const mssl_index_query_t query = { .is_wanted = offer, .baton = &near, .limit = 1 };
    mssl_index_list_t *list = NULL;

    mssl_near_begin(&near, name);
    return mssl_index_list(index, &query, &list, pool) == APR_SUCCESS && near.found[0] != '\0'
               ? apr_pstrdup(pool, near.found) : NULL;
}

static void take_index(mssl_explain_facts_t *facts, const mssl_global_t *global, apr_pool_t *pool)
{
    char pattern[MSSL_NAME_SIZE];
    mssl_index_summary_t *summary = NULL;
    int is_answered, i;

    if (global->index == NULL
        || mssl_index_read(global->index, 0, &summary, pool) != APR_SUCCESS) {
        return;
    }
    is_answered = look_up(&facts->look[facts->nlooks++], global->index, facts->name, pool);
    if (mssl_name_pattern(pattern, facts->name)) {
        is_answered &= look_up(&facts->look[facts->nlooks++], global->index,
                               apr_pstrdup(pool, pattern), pool);
    }
    /* What the first walk has not come to yet may be there. */
    facts->is_known = is_answered && (summary->walk.is_complete || facts->look[0].is_found);
    for (i = 0; i < summary->nstores && facts->away == NULL; i++) {
        facts->away = summary->store[i].is_reachable || !summary->store[i].can_list
            ? NULL : summary->store[i].label;
    }
    for (i = 0; i < facts->nlooks && !facts->look[i].is_found; i++) {
    }
    if (i == facts->nlooks) {
        facts->near = find_near(global->index, facts->name, pool);
    }
}

/** The address where the name is at home: a guarded one before others, one that has it before all. */
static const mssl_addr_t *find_address(const mssl_global_t *global, const char *name,
                                       server_rec **site, apr_pool_t *pool)
{
    const mssl_addr_t *found = NULL;
    apr_hash_index_t *hi;
    int best = -1;

    *site = NULL;
    for (hi = apr_hash_first(pool, global->addrs); hi != NULL; hi = apr_hash_next(hi)) {
        const mssl_addr_t *addr = apr_hash_this_val(hi);
        server_rec *s = mssl_addr_get_server(addr, name);
        int has_tls = addr->guarded || mssl_conf_get(s != NULL ? s : addr->first)->ssl.engine
            == MSSL_ON;
        int rank = !has_tls ? -1 : 2 * (s != NULL) + addr->guarded;

        if (rank > best) {
            best = rank;
            found = addr;
            *site = s;
        }
    }
    return found;
}

/**
 * MSSLForceHTTPS of the plain virtual host that has the name, else of one that is the first of its
 * address; .htaccess is seen only live.
 * @param lacks out: there is no such virtual host
 */
static mssl_force_t find_force(const mssl_global_t *global, const char *name, int *lacks,
                               apr_pool_t *pool)
{
    mssl_force_t force = MSSL_FORCE_UNSET;
    apr_hash_index_t *hi;
    int best = -1;

    for (hi = apr_hash_first(pool, global->addrs); hi != NULL; hi = apr_hash_next(hi)) {
        const mssl_addr_t *addr = apr_hash_this_val(hi);
        const server_rec *s = mssl_addr_get_server(addr, name);
        int has_name = s != NULL;

        s = has_name ? s : addr->first;
        if (has_name > best && !addr->guarded && s->is_virtual
            && mssl_conf_get(s)->ssl.engine != MSSL_ON) {
            const mssl_dir_conf_t *dc = ap_get_module_config(s->lookup_defaults, &mssl_module);

            best = has_name;
            force = dc->force;
        }
    }
    *lacks = best < 0;
    return force;
}

/** The first of several. @return NULL: it is where no virtual host is */
static const char *say_address(const mssl_addr_t *addr, apr_pool_t *pool)
{
    return apr_is_empty_array(addr->sockets) ? NULL
           : mssl_addr_say_socket(APR_ARRAY_IDX(addr->sockets, 0, const server_addr_rec *), pool);
}

static void take_site(mssl_explain_facts_t *facts, const mssl_global_t *global, apr_pool_t *pool)
{
    server_rec *s = NULL;
    const mssl_addr_t *addr = global->addrs != NULL
        ? find_address(global, facts->name, &s, pool) : NULL;
    const mssl_server_conf_t *front;

    if (addr == NULL) {
        return;
    }
    front = mssl_conf_get(addr->first);
    facts->site.by = s != NULL ? MSSL_SITE_BY_NAME : MSSL_SITE_BY_FIRST;
    s = s != NULL ? s : addr->first;
    facts->site.server_name = s->server_hostname;
    facts->site.file = s->defn_name;
    facts->site.line = s->defn_line_number;
    facts->site.document_root = ((core_server_config *)
                                 ap_get_core_module_config(s->module_config))->ap_document_root;
    facts->site.address = say_address(addr, pool);
    facts->site.has_tls = mssl_conf_get(s)->ssl.engine == MSSL_ON;
    facts->site.is_guarded = addr->guarded;
    facts->site.is_alone = addr->servers->nelts == 1;
    facts->site.asks_client_cert = mssl_conf_get(s)->asks_client_cert;
    facts->switch_url = front->switch_url != NULL ? front->switch_url->text : NULL;
    facts->remembered = global->intent_timeout;
    facts->redirects_nosni = front->nosni == MSSL_NOSNI_UNSET || front->nosni == MSSL_NOSNI_SWITCH;
    facts->rejects_nosni = front->nosni == MSSL_NOSNI_REJECT;
    facts->rejects_unknown = front->unknown == MSSL_UNKNOWN_REJECT;
    facts->force = find_force(global, facts->name, &facts->lacks_plain, pool);
    facts->is_issuing = global->glance != NULL;
    facts->may_request = global->issuing.for_requests && !apr_is_empty_array(global->issuing.issuers);
}

static void take_job(mssl_explain_facts_t *facts, const mssl_global_t *global, apr_pool_t *pool)
{
    mssl_job_t *job = apr_palloc(pool, sizeof(*job));
    mssl_reason_t why;

    if (global->glance != NULL
        && mssl_glance_load(global->glance, job, facts->name, &why) == APR_SUCCESS) {
        facts->job = job;
    }
}

void mssl_explain_gather(mssl_explain_facts_t *facts, const request_rec *r, const char *given)
{
    const mssl_global_t *global = mssl_conf_get_global(r->server);
    char name[MSSL_NAME_SIZE];

    memset(facts, 0, sizeof(*facts));
    facts->given = given;
    facts->now = apr_time_now();
    facts->within = (long)apr_time_sec(global->negative_timeout + global->check_interval) + 1;
    if (!mssl_name_canon(name, given, strlen(given))) {
        return;
    }
    facts->name = apr_pstrdup(r->pool, name);
    take_index(facts, global, r->pool);
    take_site(facts, global, r->pool);
    take_job(facts, global, r->pool);
}
