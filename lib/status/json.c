/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "lib/status/json.h"

#include <string.h>

/** Lines of their own for the outer values, for people who look. */
#define LINES 3

static void put_server(mssl_json_t *json, const mssl_status_facts_t *facts)
{
    mssl_json_open(json, "server", '{');
    mssl_json_text(json, "version", facts->server.version);
    mssl_json_text(json, "httpd", facts->server.httpd);
    mssl_json_text(json, "openssl", facts->server.openssl);
    mssl_json_text(json, "hostname", facts->is_summary ? NULL : facts->server.hostname);
    mssl_json_time(json, "started", facts->server.started);
    mssl_json_time(json, "configured", facts->server.configured);
    mssl_json_int(json, "generation", facts->server.generation);
    mssl_json_int(json, "children", facts->server.children);
    mssl_json_close(json);
    mssl_json_text(json, "key_access", facts->key_access);
}

/** The counters of a group, under their names. */
static void put_counts(mssl_json_t *json, const mssl_status_facts_t *facts, const char *group)
{
    int i;

    for (i = 0; i < MSSL_COUNTS; i++) {
        if (strcmp(mssl_counters_group((mssl_count_t)i), group) == 0) {
            mssl_json_int(json, mssl_counters_name((mssl_count_t)i),
                          (apr_int64_t)facts->totals.n[i]);
        }
    }
}

static void put_group(mssl_json_t *json, const mssl_status_facts_t *facts, const char *group)
{
    mssl_json_open(json, group, '{');
    put_counts(json, facts, group);
    mssl_json_close(json);
}

static void put_process(mssl_json_t *json, const mssl_status_process_t *process)
{
    mssl_json_bool_or_null(json, "alive", process->is_used, process->is_alive);
    mssl_json_int_or_null(json, "pid", process->is_used, process->pid);
    mssl_json_time(json, "started", process->started);
}

static void put_broker(mssl_json_t *json, const mssl_status_facts_t *facts)
{
    mssl_json_open(json, "broker", '{');
    put_process(json, &facts->broker);
    put_counts(json, facts, "broker");
    mssl_json_close(json);
}

static void put_cache(mssl_json_t *json, const mssl_status_facts_t *facts)
{
    mssl_json_open(json, "cache", '{');
    mssl_json_int(json, "entries", (apr_int64_t)facts->cache.pairs);
    mssl_json_int(json, "negative", (apr_int64_t)facts->cache.negative);
    put_counts(json, facts, "cache");
    mssl_json_close(json);
    mssl_json_bool(json, "intent_cache_up", facts->is_intent_cache_up);
}

static void put_totals(mssl_json_t *json, const mssl_index_summary_t *index)
{
    static const mssl_name_state_t order[] = {
        MSSL_STATE_VALID, MSSL_STATE_EXPIRING, MSSL_STATE_URGENT, MSSL_STATE_EXPIRED,
        MSSL_STATE_NOT_YET_VALID, MSSL_STATE_BAD, MSSL_STATE_AT_RISK, MSSL_STATE_DEGRADED,
        MSSL_STATE_SHADOWED, MSSL_STATE_EXCLUDED
    };
    size_t i;

    mssl_json_open(json, "totals", '{');
    mssl_json_int_or_null(json, "names", index != NULL, index != NULL ? index->names : 0);
    mssl_json_int_or_null(json, "certificates", index != NULL,
                          index != NULL ? index->certificates : 0);
    for (i = 0; i < sizeof(order) / sizeof(order[0]); i++) {
        mssl_json_int_or_null(json, mssl_states_get_word(order[i]), index != NULL,
                              index != NULL ? index->states[order[i]] : 0);
    }
    mssl_json_close(json);
}

static void put_inventory(mssl_json_t *json, const mssl_status_facts_t *facts)
{
    const mssl_index_summary_t *index = facts->index;

    mssl_json_open(json, "inventory", '{');
    mssl_json_bool(json, "enabled", facts->is_inventory_on);
    mssl_json_bool(json, "complete", index != NULL && index->walk.is_complete);
    mssl_json_time(json, "walk_started", index != NULL ? index->walk.started : 0);
    mssl_json_time(json, "walk_ended", index != NULL ? index->walk.ended : 0);
    mssl_json_int_or_null(json, "names_seen", index != NULL, index != NULL ? index->walk.seen : 0);
    mssl_json_time(json, "next", index != NULL ? index->walk.next : 0);
    mssl_json_close(json);
}

static void put_command(mssl_json_t *json, const mssl_status_facts_t *facts,
                        const mssl_standing_command_t *command)
{
    mssl_json_open(json, NULL, '{');
    mssl_json_text(json, "program", facts->is_summary ? NULL : command->program);
    mssl_json_int(json, "every", apr_time_sec(command->every));
    mssl_standing_put_outcome(json, command, mssl_status_get_retry(facts, command));
    mssl_json_close(json);
}

static void put_steward(mssl_json_t *json, const mssl_status_facts_t *facts)
{
    const mssl_standing_t *standing = facts->standing;
    int i;

    mssl_json_open(json, "steward", '{');
    put_process(json, &facts->steward);
    mssl_json_time(json, "seen", standing != NULL ? standing->seen : 0);
    mssl_json_int_or_null(json, "generation", standing != NULL && standing->generation >= 0,
                          standing != NULL ? standing->generation : -1);
    mssl_json_open(json, "commands", '[');
    for (i = 0; standing != NULL && i < standing->n; i++) {
        put_command(json, facts, &standing->command[i]);
    }
    mssl_json_close(json);
    mssl_json_int(json, "commands_cut", standing != NULL ? standing->cut : 0);
    mssl_standing_put_counts(json, standing, MSSL_EVENT_TEST);
    mssl_json_close(json);
}

/** What is issued: as the steward counts it. */
static void put_jobs(mssl_json_t *json, const mssl_status_facts_t *facts)
{
    mssl_standing_put_jobs(json, facts->standing);
    mssl_standing_put_orders(json, facts->standing);
}

static void put_stores(mssl_json_t *json, const mssl_status_facts_t *facts, apr_pool_t *pool)
{
    const mssl_index_summary_t *index = facts->index;
    int i;

    mssl_json_open(json, "stores", '[');
    for (i = 0; index != NULL && i < index->nstores; i++) {
        const mssl_index_store_t *store = &index->store[i];

        mssl_json_open(json, NULL, '{');
        mssl_json_text(json, "label", mssl_status_store(facts, i, store->label, pool));
        mssl_json_bool(json, "reachable", store->is_reachable);
        mssl_json_text(json, "reason", facts->is_summary ? NULL : store->reason);
        mssl_json_bool(json, "listed", store->can_list);
        mssl_json_int(json, "names", store->names);
        mssl_json_int(json, "certificates", store->certificates);
        mssl_json_int(json, "bad", store->bad);
        mssl_json_time(json, "soonest_not_after", store->soonest);
        mssl_json_close(json);
    }
    mssl_json_close(json);
}

/** What both the list and what needs attention say of a name. */
static void put_row(mssl_json_t *json, const mssl_status_facts_t *facts,
                    const mssl_index_row_t *row)
{
    mssl_json_text(json, "name", row->name);
    mssl_json_text(json, "store", row->store_label);
    mssl_json_text(json, "state", mssl_states_get_word(row->state));
    mssl_json_text(json, "reason", row->reason);
    mssl_json_text(json, "tag", mssl_status_tag(row->state));
    mssl_json_time(json, "not_after", row->not_after);
    mssl_json_int_or_null(json, "days_left", row->not_after != 0,
                          mssl_status_days(facts->now, row->not_after));
    mssl_json_text(json, "file", row->file);
    mssl_json_time(json, "since", row->since);
    mssl_json_bool(json, "in_service", row->types != 0);
}

static void put_attention(mssl_json_t *json, const mssl_status_facts_t *facts)
{
    const mssl_index_summary_t *index = facts->index;
    int n = index != NULL && !facts->is_summary ? index->nattention : 0;
    int i;

    mssl_json_open(json, "attention", '[');
    for (i = 0; i < n; i++) {
        mssl_json_open(json, NULL, '{');
        put_row(json, facts, &index->attention[i]);
        mssl_json_close(json);
    }
    mssl_json_close(json);
    mssl_json_int_or_null(json, "attention_cut", index != NULL,
                              index != NULL ? mssl_status_count_attention(index) - (apr_uint32_t)n : 0);
}

apr_status_t mssl_status_json(const mssl_status_facts_t *facts, mssl_json_sink_fn sink, void *baton,
                              apr_pool_t *pool)
{
    static const char *const groups[] = { "handshakes", "refused", "redirects", "switch",
                                          "force_https", "hints" };
    mssl_json_t json;
    size_t i;

    mssl_json_init(&json, sink, baton, LINES);
    mssl_json_open(&json, NULL, '{');
    mssl_json_text(&json, "schema", "mssl/1");
    mssl_json_time(&json, "time", facts->now);
    put_server(&json, facts);
    put_broker(&json, facts);
    put_totals(&json, facts->index);
    put_inventory(&json, facts);
    put_steward(&json, facts);
    put_jobs(&json, facts);
    put_stores(&json, facts, pool);
    for (i = 0; i < sizeof(groups) / sizeof(groups[0]); i++) {
        put_group(&json, facts, groups[i]);
    }
    put_cache(&json, facts);
    put_attention(&json, facts);
    mssl_json_close(&json);
    return mssl_json_end(&json);
}

static void put_key_types(mssl_json_t *json, unsigned types)
{
    int type;

    mssl_json_open(json, "key_types", '[');
    for (type = 0; type < MSSL_KEY_TYPES; type++) {
        if (types & (1u << type)) {
            mssl_json_text(json, NULL, mssl_key_type_name((mssl_key_type_t)type));
        }
    }
    mssl_json_close(json);
}

apr_status_t mssl_status_json_list(const mssl_status_facts_t *facts, const mssl_status_list_t *list,
                                   mssl_json_sink_fn sink, void *baton)
{
    mssl_json_t json;
    int i;

    mssl_json_init(&json, sink, baton, LINES);
    mssl_json_open(&json, NULL, '{');
    mssl_json_text(&json, "schema", "mssl/1");
    mssl_json_time(&json, "time", facts->now);
    mssl_json_open(&json, "names", '[');
    for (i = 0; i < list->list->nrows; i++) {
        const mssl_index_row_t *row = &list->list->row[i];

        mssl_json_open(&json, NULL, '{');
        put_row(&json, facts, row);
        put_key_types(&json, row->types);
        mssl_json_bool(&json, "wildcard", row->is_wildcard);
        mssl_json_bool(&json, "old", row->is_old);
        mssl_json_close(&json);
    }
    mssl_json_close(&json);
    mssl_json_text(&json, "next", list->list->next);
    mssl_json_close(&json);
    return mssl_json_end(&json);
}
