/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "lib/status/prometheus.h"

#include <apr_strings.h>
#include <string.h>

#include "lib/base/utf8.h"

/**
 * A label's value: backslash, quote and end of line are escaped, as the format wants it; controls
 * and what is no UTF-8 become "?", which is harmless wherever the value is shown.
 */
static const char *escape(apr_pool_t *pool, const char *in)
{
    const char *end = in + strlen(in);
    char *text = apr_palloc(pool, 2 * (size_t)(end - in) + 1), *to = text;

    while (in < end) {
        const char *begin = in;
        unsigned code = mssl_utf8_next(&in, end);

        if (code == MSSL_UTF8_BAD || mssl_utf8_is_control(code)) {
            *to++ = '?';
            continue;
        }
        if (code == '\\' || code == '"') {
            *to++ = '\\';
        }
        memcpy(to, begin, (size_t)(in - begin));
        to += in - begin;
    }
    *to = '\0';
    return text;
}

static void put_head(mssl_out_t *out, const char *name, const char *type, const char *help)
{
    mssl_out_printf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void put_gauge(mssl_out_t *out, const char *name, const char *help, apr_int64_t value)
{
    put_head(out, name, "gauge", help);
    mssl_out_printf(out, "%s %" APR_INT64_T_FMT "\n", name, value);
}

static void put_counter(mssl_out_t *out, const mssl_status_facts_t *facts, const char *name,
                        const char *help, mssl_count_t which)
{
    put_head(out, name, "counter", help);
    mssl_out_printf(out, "%s %" APR_UINT64_T_FMT "\n", name, facts->totals.n[which]);
}

/** A counter with a label whose values are a group's names. */
static void put_group(mssl_out_t *out, const mssl_status_facts_t *facts, const char *name,
                      const char *help, const char *group, const char *label)
{
    int i;

    put_head(out, name, "counter", help);
    for (i = 0; i < MSSL_COUNTS; i++) {
        if (strcmp(mssl_counters_group((mssl_count_t)i), group) == 0) {
            mssl_out_printf(out, "%s{%s=\"%s\"} %" APR_UINT64_T_FMT "\n", name, label,
                            mssl_counters_name((mssl_count_t)i), facts->totals.n[i]);
        }
    }
}

static void put_server(mssl_out_t *out, const mssl_status_facts_t *facts)
{
    put_head(out, "mssl_build_info", "gauge", "What runs here; always 1.");
    mssl_out_printf(out, "mssl_build_info{version=\"%s\",httpd=\"%s\",openssl=\"%s\"} 1\n",
                    escape(out->pool, facts->server.version),
                    escape(out->pool, facts->server.httpd),
                    escape(out->pool, facts->server.openssl));
    put_gauge(out, "mssl_start_time_seconds", "When httpd was started.",
              apr_time_sec(facts->server.started));
    put_gauge(out, "mssl_config_load_time_seconds", "When it read its configuration.",
              apr_time_sec(facts->server.configured));
    if (facts->broker.is_used) {
        put_gauge(out, "mssl_broker_up", "Whether the broker runs.", facts->broker.is_alive);
    }
    put_counter(out, facts, "mssl_broker_deaths_total", "Brokers that died.",
                MSSL_COUNT_BROKER_DEATHS);
    if (facts->is_inventory_on) {
        put_gauge(out, "mssl_inventory_up", "Whether the inventory runs.",
                  facts->inventory.is_alive);
    }
    put_gauge(out, "mssl_intent_cache_up", "Whether the cache of MSSLIntentCache answers.",
              facts->is_intent_cache_up);
}

/** The words are ours, whatever the steward wrote. */
static void put_notifications(mssl_out_t *out, const mssl_standing_t *standing)
{
    int event, result;

    put_head(out, "mssl_notifications_total", "counter",
             "Times that a notification command was run, by what it was told and how that went.");
    for (event = 0; event < MSSL_EVENT_TEST; event++) {
        for (result = 0; result < MSSL_RESULTS; result++) {
            mssl_out_printf(out, "mssl_notifications_total{event=\"%s\",result=\"%s\"} %"
                            APR_UINT64_T_FMT "\n", mssl_event_get_word((mssl_event_t)event),
                            mssl_result_get_word((mssl_result_t)result),
                            standing->count[event][result]);
        }
    }
}

/** Words of the steward's, of [a-z0-9_-] alone. */
static void put_jobs(mssl_out_t *out, const mssl_standing_t *standing)
{
    int i;

    if (standing->njobs > 0) {
        put_head(out, "mssl_jobs", "gauge", "Names whose certificate is made here, by state.");
    }
    for (i = 0; i < standing->njobs; i++) {
        mssl_out_printf(out, "mssl_jobs{state=\"%s\"} %" APR_UINT64_T_FMT "\n",
                        standing->jobs[i].state, standing->jobs[i].n);
    }
    if (standing->norders > 0) {
        put_head(out, "mssl_orders_total", "counter",
                 "Orders that came to an end, by issuer and how.");
    }
    for (i = 0; i < standing->norders; i++) {
        const mssl_standing_orders_t *orders = &standing->orders[i];

        mssl_out_printf(out, "mssl_orders_total{issuer=\"%s\",result=\"issued\"} %" APR_UINT64_T_FMT
                        "\nmssl_orders_total{issuer=\"%s\",result=\"failed\"} %" APR_UINT64_T_FMT
                        "\n", orders->issuer, orders->issued, orders->issuer, orders->failed);
    }
}

static void put_requests(mssl_out_t *out, const mssl_status_facts_t *facts)
{
    static const struct {
        const char *to;
        mssl_count_t which;
    } redirects[] = { { "switch", MSSL_COUNT_TO_SWITCH }, { "https", MSSL_COUNT_TO_HTTPS },
                      { "http", MSSL_COUNT_TO_HTTP }, { "other", MSSL_COUNT_TO_OTHER } };
    size_t i;

    put_group(out, facts, "mssl_handshakes_total",
              "Handshakes, by where their certificate came from.", "handshakes", "by");
    put_group(out, facts, "mssl_requests_refused_total",
              "Requests that got a page in place of a website.", "refused", "reason");
    put_head(out, "mssl_redirects_total", "counter", "Requests that were sent elsewhere.");
    for (i = 0; i < sizeof(redirects) / sizeof(redirects[0]); i++) {
        mssl_out_printf(out, "mssl_redirects_total{to=\"%s\"} %" APR_UINT64_T_FMT "\n",
                        redirects[i].to, facts->totals.n[redirects[i].which]);
    }
    put_group(out, facts, "mssl_switch_requests_total",
              "Requests to the switch with a target, by the outcome.", "switch", "result");
    put_counter(out, facts, "mssl_self_redirects_total",
                "Answers of websites over https that redirect to their own URL.",
                MSSL_COUNT_SELF_REDIRECTS);
}

static void put_caches(mssl_out_t *out, const mssl_status_facts_t *facts)
{
    static const struct {
        const char *result;
        mssl_count_t which;
    } lookups[] = { { "hit", MSSL_COUNT_HITS }, { "miss", MSSL_COUNT_MISSES },
                    { "negative", MSSL_COUNT_NEGATIVE_HITS } };
    size_t i;

    put_head(out, "mssl_store_lookups_total", "counter", "Look-ups of names in children's memory.");
    for (i = 0; i < sizeof(lookups) / sizeof(lookups[0]); i++) {
        mssl_out_printf(out, "mssl_store_lookups_total{result=\"%s\"} %" APR_UINT64_T_FMT "\n",
                        lookups[i].result, facts->totals.n[lookups[i].which]);
    }
    put_counter(out, facts, "mssl_store_loads_total", "Pairs that were read and judged.",
                MSSL_COUNT_LOADS);
    put_counter(out, facts, "mssl_store_looks_total", "Times that a store was asked.",
                MSSL_COUNT_LOOKS);
    put_counter(out, facts, "mssl_store_evictions_total", "Names pushed out of memory by others.",
                MSSL_COUNT_EVICTIONS);
    put_head(out, "mssl_store_entries", "gauge", "Names in the memory of the child that answers.");
    mssl_out_printf(out, "mssl_store_entries{kind=\"pair\"} %" APR_UINT64_T_FMT "\n"
                    "mssl_store_entries{kind=\"negative\"} %" APR_UINT64_T_FMT "\n",
                    facts->cache.pairs, facts->cache.negative);
}

/** Which field of a store is a metric's value. */
typedef enum { STORE_UP, STORE_CERTIFICATES, STORE_SOONEST } store_field_t;

static void put_store_field(mssl_out_t *out, const mssl_status_facts_t *facts, const char *name,
                            const char *help, store_field_t field)
{
    const mssl_index_summary_t *index = facts->index;
    int i;

    put_head(out, name, "gauge", help);
    for (i = 0; i < index->nstores; i++) {
        const mssl_index_store_t *store = &index->store[i];
        apr_int64_t value = field == STORE_UP ? store->is_reachable
            : field == STORE_CERTIFICATES ? (apr_int64_t)store->certificates
                                          : apr_time_sec(store->soonest);

        if (field != STORE_SOONEST || store->soonest != 0) {
            mssl_out_printf(out, "%s{store=\"%s\"} %" APR_INT64_T_FMT "\n", name,
                            escape(out->pool, mssl_status_store(facts, i, store->label, out->pool)),
                            value);
        }
    }
}

static void put_names(mssl_out_t *out, const mssl_status_facts_t *facts)
{
    const mssl_index_summary_t *index = facts->index;
    int i, state;

    put_head(out, "mssl_names", "gauge", "Names by store and state; no name is in two of them.");
    for (i = 0; i < index->nstores; i++) {
        for (state = 0; state < MSSL_STATES; state++) {
            mssl_out_printf(out, "mssl_names{store=\"%s\",state=\"%s\"} %u\n",
                            escape(out->pool, mssl_status_store(facts, i, index->store[i].label,
                                                                out->pool)),
                            mssl_states_get_word((mssl_name_state_t)state),
                            index->store[i].states[state]);
        }
    }
}

static void put_inventory(mssl_out_t *out, const mssl_status_facts_t *facts)
{
    const mssl_index_walk_t *walk = &facts->index->walk;

    put_gauge(out, "mssl_inventory_complete", "Whether every store was read to its end once.",
              walk->is_complete);
    if (walk->ended != 0) {
        put_gauge(out, "mssl_inventory_last_walk_timestamp_seconds",
                  "When the last walk over all stores ended.", apr_time_sec(walk->ended));
        put_head(out, "mssl_inventory_walk_duration_seconds", "gauge", "How long it took.");
        mssl_out_printf(out, "mssl_inventory_walk_duration_seconds %.3f\n",
                        (double)walk->took / APR_USEC_PER_SEC);
    }
    put_store_field(out, facts, "mssl_store_up", "Whether the store was read to its end.",
                    STORE_UP);
    put_names(out, facts);
    put_store_field(out, facts, "mssl_certificates", "Different usable certificates of a store.",
                    STORE_CERTIFICATES);
    put_store_field(out, facts, "mssl_certificate_soonest_not_after_timestamp_seconds",
                    "When the first certificate in service of a store ends.", STORE_SOONEST);
}

static const char *key_type_of(unsigned types)
{
    int type;

    for (type = 0; type < MSSL_KEY_TYPES; type++) {
        if (types & (1u << type)) {
            return mssl_key_type_name((mssl_key_type_t)type);
        }
    }
    return "";
}

static void put_worst(mssl_out_t *out, const mssl_index_list_t *worst, apr_uint32_t served)
{
    static const char name[] = "mssl_certificate_not_after_timestamp_seconds";
    int i;

    put_head(out, name, "gauge", "When a certificate in service ends; of those that end first.");
    for (i = 0; i < worst->nrows; i++) {
        const mssl_index_row_t *row = &worst->row[i];
        const char *label = row->store_label != NULL ? row->store_label : "";

        mssl_out_printf(out, "%s{name=\"%s\",store=\"%s\",key_type=\"%s\"} %" APR_INT64_T_FMT "\n",
                        name, escape(out->pool, row->name), escape(out->pool, label),
                        key_type_of(row->types), (apr_int64_t)apr_time_sec(row->not_after));
    }
    put_gauge(out, "mssl_certificate_names_cut", "Names in service that are not in that list.",
              (apr_int64_t)served - worst->nrows);
}

apr_status_t mssl_status_prometheus(const mssl_status_facts_t *facts,
                                    const mssl_index_list_t *worst, mssl_json_sink_fn sink,
                                    void *baton, apr_pool_t *pool)
{
    const mssl_index_summary_t *index = facts->index;
    mssl_out_t out;

    if (mssl_out_init(&out, sink, baton, pool) != APR_SUCCESS) {
        return out.rv;
    }
    put_server(&out, facts);
    put_requests(&out, facts);
    put_caches(&out, facts);
    put_group(&out, facts, "mssl_hints_total",
              "Names without a certificate that somebody asked for, told to the steward or not.",
              "hints", "result");
    if (facts->standing != NULL) {
        put_notifications(&out, facts->standing);
        put_jobs(&out, facts->standing);
    }
    if (index != NULL) {
        put_inventory(&out, facts);
    }
    if (index != NULL && worst != NULL) {
        put_worst(&out, worst, index->names - index->states[MSSL_STATE_BAD]
                  - index->states[MSSL_STATE_EXCLUDED]);
    }
    return out.rv;
}
