/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "lib/status/html.h"

#include <apr_strings.h>
#include <string.h>

#include "lib/base/text.h"
#include "lib/status/parts.h"

/** The one sentence that says how things are. */
static void put_verdict(mssl_out_t *out, const mssl_status_facts_t *facts)
{
    const mssl_index_summary_t *index = facts->index;
    apr_uint32_t n, broken, away = 0;
    int i;

    if (index == NULL) {
        mssl_out_printf(out, "<p class=\"sum warn\">%s</p>\n", facts->is_inventory_on
                        ? "The stores have not been looked through yet: a minute after the start."
                        : "Nobody looks through the stores: MSSLInventory is off, or needs httpd to "
                          "be started as root.");
        return;
    }
    for (i = 0; i < index->nstores; i++) {
        away += !index->store[i].is_reachable;
    }
    n = mssl_status_count_attention(index);
    broken = index->states[MSSL_STATE_BAD] + index->states[MSSL_STATE_EXPIRED]
        + index->states[MSSL_STATE_NOT_YET_VALID];
    if (n == 0 && away == 0 && index->names == 0) {
        mssl_out_printf(out, "<p class=\"sum warn\">No store had a certificate.</p>\n");
        return;
    }
    if (n == 0 && away == 0) {
        mssl_out_printf(out, "<p class=\"sum good\">%s%s name%s fine%s.</p>\n",
                        index->names == 1 ? "" : "All ", mssl_parts_number(out, index->names),
                        index->names == 1 ? " is" : "s are",
                        index->walk.is_complete ? "" : " so far");
        return;
    }
    mssl_out_printf(out, "<p class=\"sum %s\">%s of %s names need%s attention%s%s",
                    broken > 0 || away > 0 ? "bad" : "warn", mssl_parts_number(out, n),
                    mssl_parts_number(out, index->names), n == 1 ? "s" : "",
                    broken > 0 ? ", visitors of some meet a warning" : "",
                    away > 0 ? ", and " : ".</p>\n");
    if (away > 0) {
        mssl_out_printf(out, "%u store%s cannot be read.</p>\n", away, away == 1 ? "" : "s");
    }
}

/** What the verdict does not know: the names without a file yet, and what came since the stores were read. */
static void put_beside(mssl_out_t *out, const mssl_status_facts_t *facts)
{
    const mssl_standing_t *standing = facts->standing;
    int i;

    for (i = 0; standing != NULL && i < standing->njobs; i++) {
        if (strcmp(standing->jobs[i].state, "failed") == 0 && standing->jobs[i].n > 0) {
            mssl_out_printf(out, "<p class=\"sum warn\">%s certificate%s could not be made: "
                            "<code>msslctl jobs --state failed</code></p>\n",
                            mssl_parts_number(out, standing->jobs[i].n),
                            standing->jobs[i].n == 1 ? "" : "s");
        }
    }
    if (facts->index != NULL && facts->index->walk.ended != 0) {
        mssl_out_printf(out, "<p class=\"quiet\">The stores were last looked through %s; what came "
                        "since then is not counted here: <code>msslctl check</code> looks now.</p>\n",
                        mssl_parts_time(out, facts->index->walk.ended));
    }
}

static void put_server(mssl_out_t *out, const mssl_status_facts_t *facts)
{
    mssl_out_printf(out, "<p class=\"quiet\">%s%s%s; mod_mssl %s, %s, %s; started %s, configured %s; "
                    "%d children.</p>\n",
                    facts->is_summary ? "" : mssl_text_html(out->pool, facts->server.hostname),
                    facts->is_summary ? "" : ", ", mssl_parts_time(out, facts->now),
                    mssl_text_html(out->pool, facts->server.version),
                    mssl_text_html(out->pool, facts->server.httpd),
                    mssl_text_html(out->pool, facts->server.openssl),
                    mssl_parts_time(out, facts->server.started),
                    mssl_parts_time(out, facts->server.configured), facts->server.children);
}

static void put_attention(mssl_out_t *out, const mssl_status_facts_t *facts)
{
    const mssl_index_summary_t *index = facts->index;
    apr_uint32_t n = mssl_status_count_attention(index);

    mssl_out_printf(out, "<h2>Needs attention</h2>\n");
    if (n == 0) {
        mssl_out_printf(out, "<p>Nothing.</p>\n");
    }
    else if (!facts->is_summary) {
        mssl_parts_names(out, facts, "The worst first, as visitors are served now",
                         index->attention, index->nattention);
        if (index->attention_cut > 0) {
            mssl_out_printf(out, "<p>And %s more: see the lists below.</p>\n",
                            mssl_parts_number(out, index->attention_cut));
        }
    }
}

static void put_totals(mssl_out_t *out, const mssl_status_facts_t *facts)
{
    const mssl_index_summary_t *index = facts->index;
    int state;

    mssl_out_printf(out, "<h2>Names</h2>\n<table class=\"few\"><caption>%s names, %s certificates</caption>\n"
                    "<tbody>\n", mssl_parts_number(out, index->names),
                    mssl_parts_number(out, index->certificates));
    for (state = 0; state < MSSL_STATES; state++) {
        const char *word = mssl_states_get_word((mssl_name_state_t)state);
        const char *text = mssl_parts_state(out, (mssl_name_state_t)state);

        mssl_out_printf(out, "<tr><th scope=\"row\">%s</th><td class=\"n\">%s</td></tr>\n",
                        facts->is_summary || index->states[state] == 0 ? text
                        : apr_psprintf(out->pool, "<a href=\"?list=1&amp;state=%s\">%s</a>", word,
                                       text),
                        mssl_parts_number(out, index->states[state]));
    }
    mssl_out_printf(out, "</tbody></table>\n");
}

static void put_stores(mssl_out_t *out, const mssl_status_facts_t *facts)
{
    const mssl_index_summary_t *index = facts->index;
    int i;

    mssl_out_printf(out, "<h2>Stores</h2>\n<table class=\"rows\"><caption>In the order in which "
                    "names are looked up</caption>\n<thead><tr><th scope=\"col\">Store</th>"
                    "<th scope=\"col\">Read</th><th scope=\"col\" class=\"n\">Names</th>"
                    "<th scope=\"col\" class=\"n\">Certificates</th>"
                    "<th scope=\"col\" class=\"n\">Bad</th><th scope=\"col\">First to end</th>"
                    "</tr></thead>\n<tbody>\n");
    for (i = 0; i < index->nstores; i++) {
        const mssl_index_store_t *store = &index->store[i];
        const char *why = facts->is_summary || store->reason == NULL ? "" : store->reason;

        mssl_out_printf(out, "<tr><th scope=\"row\">%s</th><td data-is=\"Read\" class=\"%s\">%s%s%s"
                        "</td><td data-is=\"Names\" class=\"n\">%s</td>"
                        "<td data-is=\"Certificates\" class=\"n\">%s</td>"
                        "<td data-is=\"Bad\" class=\"n\">%s</td>"
                        "<td data-is=\"First to end\">%s</td></tr>\n",
                        mssl_text_html(out->pool, mssl_status_store(facts, i, store->label,
                                                                    out->pool)),
                        store->is_reachable ? "good" : "bad",
                        store->is_reachable ? "yes" : store->can_list ? "no" : "tells no names",
                        *why != '\0' ? ": " : "", mssl_text_html(out->pool, why),
                        mssl_parts_number(out, store->names),
                        mssl_parts_number(out, store->certificates),
                        mssl_parts_number(out, store->bad),
                        store->soonest != 0 ? mssl_parts_time(out, store->soonest) : "");
    }
    mssl_out_printf(out, "</tbody></table>\n");
}

static void put_process(mssl_out_t *out, const char *name, const mssl_status_process_t *process)
{
    mssl_out_printf(out, "<tr><th scope=\"row\">%s</th><td class=\"%s\">%s</td></tr>\n", name,
                    !process->is_used ? "quiet" : process->is_alive ? "good" : "bad",
                    !process->is_used ? "not used"
                    : process->is_alive
                    ? apr_psprintf(out->pool, "runs since %s (process %ld)",
                                   mssl_parts_time(out, process->started), process->pid)
                    : "does not run");
}

static void put_processes(mssl_out_t *out, const mssl_status_facts_t *facts)
{
    mssl_out_printf(out, "<table class=\"few\"><caption>Beside httpd's children</caption>\n<tbody>\n");
    put_process(out, "broker", &facts->broker);
    put_process(out, "inventory", &facts->inventory);
    put_process(out, "steward", &facts->steward);
    if (facts->index != NULL) {
        const mssl_index_walk_t *walk = &facts->index->walk;

        mssl_out_printf(out, "<tr><th scope=\"row\">last walk</th><td>%s</td></tr>\n",
                        walk->ended != 0
                        ? apr_psprintf(out->pool, "%s, took %.1f s", mssl_parts_time(out, walk->ended),
                                       (double)walk->took / APR_USEC_PER_SEC)
                        : "under way");
    }
    mssl_out_printf(out, "<tr><th scope=\"row\">intent cache</th><td class=\"%s\">%s</td></tr>\n"
                    "</tbody></table>\n", facts->is_intent_cache_up ? "good" : "bad",
                    facts->is_intent_cache_up ? "answers" : "does not answer");
}

/** How a command's last run went, in words. */
static const char *result_of(mssl_out_t *out, const mssl_standing_command_t *command)
{
    if (command->event == MSSL_EVENTS) {
        return "nothing was due yet";
    }
    return apr_psprintf(out->pool, "%s: %s, %s", mssl_event_get_word(command->event),
                        command->result == MSSL_RESULT_TOLD     ? "told"
                        : command->result == MSSL_RESULT_FAILED ? "failed" : "under way",
                        mssl_parts_time(out, command->tried));
}

static void put_command(mssl_out_t *out, const mssl_status_facts_t *facts, int i)
{
    const mssl_standing_command_t *command = &facts->standing->command[i];
    apr_time_t retry = mssl_status_get_retry(facts, command);

    mssl_out_printf(out, "<tr><th scope=\"row\">%s</th><td data-is=\"Last\" class=\"%s\">%s</td>"
                    "<td data-is=\"Told\">%s</td><td data-is=\"Failures since\" class=\"n\">%d</td>"
                    "<td data-is=\"Tried again\">%s</td></tr>\n",
                    facts->is_summary ? apr_itoa(out->pool, i + 1)
                                      : mssl_text_html(out->pool, command->program),
                    command->result == MSSL_RESULT_FAILED ? "bad" : "", result_of(out, command),
                    command->told != 0 ? mssl_parts_time(out, command->told) : "never",
                    command->failures, retry != 0 ? mssl_parts_time(out, retry) : "");
}

/** What is issued. Words of the steward's, of [a-z0-9_-] alone. */
static void put_jobs(mssl_out_t *out, const mssl_standing_t *standing)
{
    int i;

    if (standing->njobs == 0) {
        return;
    }
    mssl_out_printf(out, "<p>Certificates that are made here:");
    for (i = 0; i < standing->njobs; i++) {
        mssl_out_printf(out, "%s %s %s", i > 0 ? "," : "",
                        mssl_parts_number(out, standing->jobs[i].n), standing->jobs[i].state);
    }
    mssl_out_printf(out, ".</p>\n");
}

/** Who is told, and whether that works. */
static void put_steward(mssl_out_t *out, const mssl_status_facts_t *facts)
{
    const mssl_standing_t *standing = facts->standing;
    int i;

    if (!facts->steward.is_used) {
        return;
    }
    mssl_out_printf(out, "<h2>Steward</h2>\n");
    if (standing == NULL || facts->is_standing_old) {
        mssl_out_printf(out, "<p class=\"sum bad\">%s</p>\n", standing == NULL
                        ? "The steward has told nothing of itself yet."
                        : apr_psprintf(out->pool, "The steward does not run, or hangs: it was last "
                                       "seen %s.", mssl_parts_time(out, standing->seen)));
    }
    if (standing != NULL) {
        put_jobs(out, standing);
    }
    if (standing == NULL || standing->n == 0) {
        return;
    }
    mssl_out_printf(out, "<table class=\"rows\"><caption>Commands that are told (MSSLNotifyCommand)"
                    "</caption>\n<thead><tr><th scope=\"col\">Command</th><th scope=\"col\">Last"
                    "</th><th scope=\"col\">Told</th><th scope=\"col\" class=\"n\">Failures since"
                    "</th><th scope=\"col\">Tried again</th></tr></thead>\n<tbody>\n");
    for (i = 0; i < standing->n; i++) {
        put_command(out, facts, i);
    }
    mssl_out_printf(out, "</tbody></table>\n");
    if (standing->cut > 0) {
        mssl_out_printf(out, "<p>And %d more.</p>\n", standing->cut);
    }
}

apr_status_t mssl_status_html(const mssl_status_facts_t *facts, mssl_json_sink_fn sink, void *baton,
                              apr_pool_t *pool)
{
    mssl_out_t out;

    if (mssl_out_init(&out, sink, baton, pool) != APR_SUCCESS) {
        return out.rv;
    }
    mssl_parts_begin(&out, "Certificates");
    put_verdict(&out, facts);
    put_beside(&out, facts);
    put_server(&out, facts);
    if (!facts->is_summary) {
        mssl_parts_ask(&out, NULL);
    }
    if (facts->index != NULL) {
        put_attention(&out, facts);
        mssl_parts_forecast(&out, facts->index);
        put_totals(&out, facts);
        put_stores(&out, facts);
    }
    mssl_out_printf(&out, "<h2>Since httpd was started</h2>\n<div class=\"cards\">\n");
    mssl_parts_counts(&out, facts, "handshakes", "Handshakes, by where the certificate came from");
    mssl_parts_counts(&out, facts, "refused", "Requests that got a page of ours, by the reason");
    mssl_parts_counts(&out, facts, "redirects", "Requests sent elsewhere");
    mssl_parts_counts(&out, facts, "switch", "Requests to the switch, by the outcome");
    mssl_parts_counts(&out, facts, "force_https", "http and https");
    mssl_out_printf(&out, "</div>\n<h2>Processes</h2>\n");
    put_processes(&out, facts);
    put_steward(&out, facts);
    mssl_parts_end(&out);
    return out.rv;
}

/** The filters of a list as a query, but for the page. */
static const char *build_query(mssl_out_t *out, const mssl_status_list_t *list)
{
    const mssl_index_query_t *query = list->query;
    const char *text = "?list=1";

    if (list->state != NULL) {
        text = apr_pstrcat(out->pool, text, "&state=", list->state, NULL);
    }
    if (query->store != NULL) {
        text = apr_pstrcat(out->pool, text, "&store=", mssl_status_encode(query->store, out->pool),
                           NULL);
    }
    if (query->text != NULL) {
        text = apr_pstrcat(out->pool, text, "&q=", mssl_status_encode(query->text, out->pool), NULL);
    }
    if (query->sort == MSSL_INDEX_BY_EXPIRY) {
        text = apr_pstrcat(out->pool, text, "&sort=expiry", NULL);
    }
    return query->limit > 0
        ? apr_psprintf(out->pool, "%s&limit=%d", text, query->limit) : text;
}

apr_status_t mssl_status_html_list(const mssl_status_facts_t *facts, const mssl_status_list_t *list,
                                   mssl_json_sink_fn sink, void *baton, apr_pool_t *pool)
{
    const mssl_index_list_t *rows = list->list;
    mssl_out_t out;

    if (mssl_out_init(&out, sink, baton, pool) != APR_SUCCESS) {
        return out.rv;
    }
    mssl_parts_begin(&out, "Names");
    mssl_out_printf(&out, "<p><a href=\"?\">All about the certificates</a></p>\n");
    mssl_out_printf(&out, "<form method=\"get\"><input type=\"hidden\" name=\"list\" value=\"1\"><div>"
                    "<label for=\"q\">Names with</label><input id=\"q\" name=\"q\" value=\"%s\" "
                    "autocapitalize=\"none\" spellcheck=\"false\"></div><button>List</button>"
                    "</form>\n", mssl_text_html(out.pool, list->query->text != NULL
                                                ? list->query->text : ""));
    if (rows->nrows == 0) {
        mssl_out_printf(&out, "<p>There is none.</p>\n");
    }
    else {
        mssl_parts_names(&out, facts, apr_psprintf(pool, "%d name%s%s%s", rows->nrows,
                                                   rows->nrows == 1 ? "" : "s",
                                                   list->state != NULL ? ", " : "",
                                                   list->state != NULL ? list->state : ""),
                         rows->row, rows->nrows);
    }
    if (rows->next != NULL) {
        mssl_out_printf(&out, "<p><a href=\"%s\">More</a></p>\n",
                        mssl_text_html(out.pool, apr_pstrcat(out.pool, build_query(&out, list),
                                                             "&after=",
                                                             mssl_status_encode(rows->next, out.pool),
                                                             NULL)));
    }
    mssl_parts_end(&out);
    return out.rv;
}
