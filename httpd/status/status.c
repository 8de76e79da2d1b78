/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "httpd/status/status.h"

#include <http_log.h>
#include <http_protocol.h>
#include <http_request.h>
#include <mod_status.h>

#include "httpd/server/handler.h"
#include "httpd/status/explain.h"
#include "httpd/status/gather.h"
#include "lib/base/apart.h"
#include "lib/base/monotonic.h"
#include "lib/base/tags.h"
#include "lib/base/text.h"
#include "lib/explain/itself.h"
#include "lib/explain/job.h"
#include "lib/explain/write.h"
#include "lib/status/explain.h"
#include "lib/status/html.h"
#include "lib/status/json.h"
#include "lib/status/parts.h"
#include "lib/status/places.h"
#include "lib/status/prometheus.h"
#include "lib/status/query.h"

APLOG_USE_MODULE(mssl);

static apr_status_t write_out(void *baton, const char *data, size_t len)
{
    return ap_rwrite(data, (int)len, baton) >= 0 ? APR_SUCCESS : APR_EGENERAL;
}

/** What holds for every answer. */
static void set_headers(request_rec *r, const char *type)
{
    apr_table_setn(r->headers_out, "Cache-Control", "no-store");
    apr_table_setn(r->headers_out, "Referrer-Policy", "no-referrer");
    apr_table_setn(r->headers_out, "X-Content-Type-Options", "nosniff");
    apr_table_setn(r->headers_out, "Content-Security-Policy", MSSL_STATUS_CSP);
    apr_table_mergen(r->headers_out, "Vary", "Accept");
    ap_set_content_type(r, type);
}

static int send_error(request_rec *r, int status, const char *title, const char *text)
{
    mssl_out_t out;

    r->status = status;
    set_headers(r, "text/html; charset=utf-8");
    if (!r->header_only && mssl_out_init(&out, write_out, r, r->pool) == APR_SUCCESS) {
        mssl_parts_begin(&out, title);
        mssl_out_printf(&out, "<p>%s</p>\n", mssl_text_html(out.pool, text));
        mssl_parts_end(&out);
    }
    return OK;
}

/** One line, not one for each who comes by. */
static int refuse_off(request_rec *r)
{
    const mssl_global_t *global = mssl_conf_get_global(r->server);

    if (mssl_told_is_news(global->told, MSSL_TOLD_NOTE, "mssl-status", r->server->server_hostname,
                          1)) {
        ap_log_rerror(APLOG_MARK, APLOG_WARNING, 0, r, MSSLNO(0214) "'SetHandler mssl-status' shows "
                      "nothing without 'MSSLStatus full' or 'MSSLStatus summary' beside it, in "
                      "<Location> or <Directory>, not in .htaccess");
    }
    return HTTP_NOT_FOUND;
}

static int send_explanation(request_rec *r, const char *given, mssl_status_format_t format)
{
    mssl_places_t *places = mssl_conf_get_global(r->server)->explaining;
    apr_time_t now = mssl_monotonic_now();
    int place = mssl_places_take(places, now);
    mssl_explain_facts_t facts;
    mssl_explained_t explained;

    if (place < 0) {
        apr_table_setn(r->headers_out, "Retry-After", "1");
        return send_error(r, HTTP_SERVICE_UNAVAILABLE, "Busy",
                          "As many names are being explained at once as may be: ask again.");
    }
    mssl_explain_gather(&facts, r, given);
    mssl_explain(&explained, &facts, r->pool);
    mssl_explain_job(&explained, &facts, r->pool);
    mssl_explain_itself(&explained, &facts, r->pool);
    mssl_places_give(places, place, now);
    if (format == MSSL_STATUS_JSON) {
        mssl_explain_json(&explained, &facts, write_out, r);
    }
    else {
        mssl_status_html_explain(&explained, &facts, write_out, r, r->pool);
    }
    return OK;
}

static int send_list(request_rec *r, const mssl_status_facts_t *facts,
                     const mssl_status_query_t *query, mssl_status_format_t format)
{
    const mssl_index_t *index = mssl_conf_get_global(r->server)->index;
    mssl_status_list_t list = { &query->index, query->state, NULL };
    mssl_index_list_t *rows = NULL;
    apr_status_t rv = index != NULL ? mssl_index_list(index, &query->index, &rows, r->pool)
                                    : APR_NOTFOUND;

    if (rv == APR_EINVAL) {
        return send_error(r, HTTP_BAD_REQUEST, "Not understood",
                          "after: it is not what a page before gave as next");
    }
    if (rv != APR_SUCCESS) {
        apr_table_setn(r->headers_out, "Retry-After", "60");
        return send_error(r, HTTP_SERVICE_UNAVAILABLE, "Not known yet",
                          "The stores have not been looked through yet, or nobody does: see the "
                          "status.");
    }
    list.list = rows;
    if (format == MSSL_STATUS_JSON) {
        mssl_status_json_list(facts, &list, write_out, r);
    }
    else {
        mssl_status_html_list(facts, &list, write_out, r, r->pool);
    }
    return OK;
}

static void send_prometheus(request_rec *r, const mssl_status_facts_t *facts, int worst)
{
    const mssl_index_t *index = mssl_conf_get_global(r->server)->index;
    mssl_index_query_t query = { .sort = MSSL_INDEX_BY_EXPIRY, .limit = worst };
    mssl_index_list_t *list = NULL;

    if (facts->is_summary || index == NULL
        || mssl_index_list(index, &query, &list, r->pool) != APR_SUCCESS) {
        list = NULL;
    }
    mssl_status_prometheus(facts, list, write_out, r, r->pool);
}

static int answer(request_rec *r, const mssl_status_query_t *query, int is_summary)
{
    static const char *const types[] = {
        NULL, "text/html; charset=utf-8", "application/json", MSSL_PROMETHEUS_TYPE
    };
    mssl_status_format_t format = query->format;
    mssl_status_facts_t facts;

    if (format == MSSL_STATUS_ANY) {
        format = mssl_status_query_accept(apr_table_get(r->headers_in, "Accept"));
        format = (query->is_list || query->host != NULL) && format == MSSL_STATUS_PROMETHEUS
            ? MSSL_STATUS_HTML : format;
    }
    set_headers(r, types[format]);
    if (r->header_only) {
        return OK;
    }
    if (query->host != NULL) {
        return send_explanation(r, query->host, format);
    }
    mssl_gather_facts(&facts, r, is_summary);
    if (query->is_list) {
        return send_list(r, &facts, query, format);
    }
    mssl_gather_steward(&facts, r);
    if (format == MSSL_STATUS_PROMETHEUS) {
        send_prometheus(r, &facts, query->worst);
    }
    else if (format == MSSL_STATUS_JSON) {
        mssl_status_json(&facts, write_out, r, r->pool);
    }
    else {
        mssl_status_html(&facts, write_out, r, r->pool);
    }
    return OK;
}

static MSSL_APART int handle(request_rec *r)
{
    const mssl_dir_conf_t *dc = ap_get_module_config(r->per_dir_config, &mssl_module);
    int is_summary = dc->status != MSSL_STATUS_FULL;
    mssl_reason_t why = { "" };
    mssl_status_query_t query;

    if (dc->status <= MSSL_STATUS_OFF) {
        return refuse_off(r);
    }
    if (r->method_number != M_GET) {
        ap_allow_standard_methods(r, REPLACE_ALLOW, M_GET, -1);
        return HTTP_METHOD_NOT_ALLOWED;
    }
    if (mssl_status_query_parse(&query, r->args, r->pool, &why) != APR_SUCCESS) {
        return send_error(r, HTTP_BAD_REQUEST, "Not understood", why.text);
    }
    if (is_summary && (query.is_list || query.host != NULL || query.worst != MSSL_STATUS_WORST)) {
        return send_error(r, HTTP_FORBIDDEN, "Not shown here",
                          "host, list and names tell names, and need 'MSSLStatus full'");
    }
    return answer(r, &query, is_summary);
}

int mssl_status_handler(request_rec *r)
{
    return mssl_handler_is(r, MSSL_STATUS_HANDLER) ? handle(r) : DECLINED;
}

int mssl_status_in_mod_status(request_rec *r, int flags)
{
    static const struct {
        const char *key, *word;
    } lines[] = { { "MSSLCertificates", "certificates" }, { "MSSLExpiring", "expiring" },
                  { "MSSLUrgent", "urgent" }, { "MSSLExpired", "expired" }, { "MSSLBad", "bad" },
                  { "MSSLStoresDown", "stores that cannot be read" } };
    apr_uint64_t n[6] = { 0 }, refused = 0;
    mssl_status_facts_t facts;
    int i;

    mssl_gather_facts(&facts, r, 1);
    if (facts.index != NULL) {
        n[0] = facts.index->certificates;
        n[1] = facts.index->states[MSSL_STATE_EXPIRING];
        n[2] = facts.index->states[MSSL_STATE_URGENT];
        n[3] = facts.index->states[MSSL_STATE_EXPIRED];
        n[4] = facts.index->states[MSSL_STATE_BAD];
        for (i = 0; i < facts.index->nstores; i++) {
            n[5] += !facts.index->store[i].is_reachable;
        }
    }
    for (i = MSSL_COUNT_KNOWN_SNI; i <= MSSL_COUNT_HANDLER; i++) {
        refused += facts.totals.n[i];
    }
    if (!(flags & AP_STATUS_SHORT)) {
        ap_rputs("<hr>\n<h2>Certificates (mod_mssl)</h2>\n<dl>\n", r);
    }
    for (i = 0; i < 6 && facts.index != NULL; i++) {
        if (flags & AP_STATUS_SHORT) {
            ap_rprintf(r, "%s: %" APR_UINT64_T_FMT "\n", lines[i].key, n[i]);
        }
        else {
            ap_rprintf(r, "<dt>%s: %" APR_UINT64_T_FMT "</dt>\n", lines[i].word, n[i]);
        }
    }
    if (flags & AP_STATUS_SHORT) {
        ap_rprintf(r, "MSSLBrokerUp: %d\nMSSLHandshakesSNI: %" APR_UINT64_T_FMT "\n"
                   "MSSLRefused: %" APR_UINT64_T_FMT "\n", facts.broker.is_alive,
                   facts.totals.n[MSSL_COUNT_BY_SNI], refused);
    }
    else {
        ap_rprintf(r, "<dt>broker: %s</dt>\n<dt>handshakes by name: %" APR_UINT64_T_FMT "</dt>\n"
                   "<dt>requests refused: %" APR_UINT64_T_FMT "</dt>\n</dl>\n",
                   !facts.broker.is_used ? "not used" : facts.broker.is_alive ? "runs" : "down",
                   facts.totals.n[MSSL_COUNT_BY_SNI], refused);
    }
    return OK;
}
