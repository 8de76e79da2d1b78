/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "lib/explain/write.h"

#include <apr_strings.h>
#include <string.h>

#include "lib/explain/cert.h"
#include "lib/explain/dns.h"
#include "lib/explain/job.h"
#include "lib/explain/live.h"
#include "lib/explain/page.h"
#include "lib/explain/preflight.h"
#include "lib/explain/why.h"

#define LINES 3
#define DAY apr_time_from_sec(86400)

static void put_looks(mssl_json_t *json, const mssl_explain_facts_t *facts)
{
    int i;

    mssl_json_open(json, "looked", '[');
    for (i = 0; i < facts->nlooks; i++) {
        const mssl_explain_look_t *look = &facts->look[i];

        mssl_json_open(json, NULL, '{');
        mssl_json_text(json, "store", look->store);
        mssl_json_text(json, "key", look->key);
        mssl_json_text(json, "what", look->key[0] == '*' ? "wildcard" : "name");
        mssl_json_bool(json, "found", look->is_found);
        mssl_json_text(json, "file", look->file);
        mssl_json_text(json, "state", look->is_found ? mssl_states_get_word(look->state) : NULL);
        mssl_json_text(json, "reason", look->reason);
        mssl_json_time(json, "filed", look->filed);
        mssl_json_int_or_null(json, "uid", look->filed != 0, look->uid);
        mssl_json_close(json);
    }
    mssl_json_close(json);
}

static void put_site(mssl_json_t *json, const mssl_explain_site_t *site)
{
    if (site->by == MSSL_SITE_NONE) {
        mssl_json_null(json, "site");
        return;
    }
    mssl_json_open(json, "site", '{');
    mssl_json_text(json, "server_name", site->server_name);
    mssl_json_text(json, "file", site->file);
    mssl_json_int(json, "line", site->line);
    mssl_json_text(json, "by", site->by == MSSL_SITE_BY_NAME ? "name" : "first");
    mssl_json_text(json, "document_root", site->document_root);
    mssl_json_bool(json, "https_engine", site->has_tls);
    mssl_json_text(json, "address", site->address);
    mssl_json_bool(json, "guarded", site->is_guarded);
    mssl_json_bool(json, "alone", site->is_alone);
    mssl_json_bool(json, "client_certificate", site->asks_client_cert);
    mssl_json_close(json);
}

/** @return whether there is such a way; then it is open, for what it has alone */
static int open_way(mssl_json_t *json, const char *key, const mssl_explain_way_t *way)
{
    if (way->answer == NULL) {
        mssl_json_null(json, key);
        return 0;
    }
    mssl_json_open(json, key, '{');
    mssl_json_text(json, "certificate", way->certificate);
    mssl_json_text(json, "answer", way->answer);
    mssl_json_int_or_null(json, "status", way->status != 0, way->status);
    mssl_json_text(json, "location", way->location);
    mssl_json_text(json, "page", way->page);
    mssl_json_text(json, "text", way->text);
    return 1;
}

static void put_ways(mssl_json_t *json, const mssl_explained_t *explained,
                     const mssl_explain_facts_t *facts)
{
    if (open_way(json, "with_sni", &explained->with_sni)) {
        mssl_json_close(json);
    }
    if (open_way(json, "without_sni", &explained->without_sni)) {
        mssl_json_text(json, "switch", facts->switch_url);
        mssl_json_text(json, "needs", explained->without_sni.needs);
        mssl_json_close(json);
    }
    if (open_way(json, "http", &explained->http)) {
        mssl_json_text(json, "force", mssl_force_get_word(facts->force));
        mssl_json_close(json);
    }
}

static void put_visit(mssl_json_t *json, const mssl_explain_visit_t *visit)
{
    mssl_json_open(json, NULL, '{');
    mssl_json_text(json, "sni", visit->sni);
    mssl_json_text(json, "address", visit->address);
    mssl_json_text(json, "scheme", visit->is_plain ? "http" : "https");
    mssl_explain_put_sha256(json, visit->has_certificate ? visit->sha256 : NULL);
    mssl_json_time(json, "not_after", visit->not_after);
    mssl_json_bool_or_null(json, "covers", visit->has_certificate, visit->covers);
    mssl_json_int_or_null(json, "status", visit->status != 0, visit->status);
    mssl_json_text(json, "location", visit->location);
    mssl_json_int(json, "ms", visit->ms);
    mssl_json_bool(json, "trusted", visit->is_trusted);
    mssl_json_text(json, "error", visit->failure);
    mssl_json_close(json);
}

static void put_live(mssl_json_t *json, const mssl_explain_facts_t *facts)
{
    int i;

    if (facts->visit == NULL) {
        mssl_json_null(json, "live");
        return;
    }
    mssl_json_open(json, "live", '[');
    for (i = 0; i < facts->nvisits; i++) {
        put_visit(json, &facts->visit[i]);
    }
    mssl_json_close(json);
}

static void put_texts(mssl_json_t *json, const char *key, const char *const *text, int n)
{
    int i;

    mssl_json_open(json, key, '[');
    for (i = 0; i < n; i++) {
        mssl_json_text(json, NULL, text[i]);
    }
    mssl_json_close(json);
}

static void put_dns(mssl_json_t *json, const mssl_explain_dns_t *dns)
{
    int matches = mssl_explain_dns_matches(dns);

    if (dns == NULL) {
        mssl_json_null(json, "dns");
        return;
    }
    mssl_json_open(json, "dns", '{');
    if (dns->has_a) {
        put_texts(json, "a", dns->address, dns->na);
    }
    else {
        mssl_json_null(json, "a");
    }
    if (dns->has_aaaa) {
        put_texts(json, "aaaa", dns->address + dns->na, dns->naddresses - dns->na);
    }
    else {
        mssl_json_null(json, "aaaa");
    }
    put_texts(json, "expected", dns->expected, dns->nexpected);
    mssl_json_bool_or_null(json, "matches", matches >= 0, matches);
    mssl_json_text(json, "cname", dns->cname);
    mssl_json_text(json, "error", dns->error);
    mssl_json_close(json);
}

static void put_problems(mssl_json_t *json, const mssl_explained_t *explained)
{
    int i;

    mssl_json_open(json, "problems", '[');
    for (i = 0; i < explained->nproblems; i++) {
        mssl_json_open(json, NULL, '{');
        mssl_json_text(json, "id", explained->problem[i].id);
        mssl_json_text(json, "text", explained->problem[i].text);
        mssl_json_text(json, "tag", explained->problem[i].tag);
        mssl_json_close(json);
    }
    mssl_json_close(json);
}

/** As the status counts it: the name's own, else that of the wildcard. NULL: there is neither. */
static const char *get_state(const mssl_explain_facts_t *facts)
{
    int i;

    for (i = 0; i < facts->nlooks && facts->is_known; i++) {
        if (facts->look[i].is_found) {
            return mssl_states_get_word(facts->look[i].state);
        }
    }
    return NULL;
}

apr_status_t mssl_explain_json(const mssl_explained_t *explained, const mssl_explain_facts_t *facts,
                               mssl_json_sink_fn sink, void *baton)
{
    mssl_json_t json;
    int i;

    mssl_json_init(&json, sink, baton, LINES);
    mssl_json_open(&json, NULL, '{');
    mssl_json_text(&json, "schema", "mssl/1");
    mssl_json_time(&json, "time", facts->now);
    mssl_json_text(&json, "name", facts->name);
    mssl_json_text(&json, "given", facts->given);
    mssl_json_text(&json, "state", get_state(facts));
    mssl_json_text(&json, "verdict", mssl_explain_word(explained->verdict));
    mssl_json_text(&json, "severity", mssl_explain_severity_word(explained->severity));
    mssl_json_text(&json, "sentence", explained->sentence);
    mssl_explain_certs_json(&json, explained, facts);
    put_looks(&json, facts);
    mssl_json_text(&json, "near", facts->near);
    mssl_explain_newer_json(&json, facts);
    put_site(&json, &facts->site);
    put_ways(&json, explained, facts);
    put_dns(&json, facts->dns);
    put_live(&json, facts);
    mssl_explain_page_json(&json, facts->page);
    mssl_explain_job_json(&json, facts);
    mssl_explain_preflight_json(&json, facts);
    put_problems(&json, explained);
    mssl_json_open(&json, "fixes", '[');
    for (i = 0; i < explained->nfixes; i++) {
        mssl_json_open(&json, NULL, '{');
        mssl_json_text(&json, "text", explained->fix[i].text);
        mssl_json_text(&json, "command", explained->fix[i].command);
        mssl_json_close(&json);
    }
    mssl_json_close(&json);
    mssl_json_close(&json);
    return mssl_json_end(&json);
}

static void add(mssl_explain_line_t *line, int *n, const char *label, const char *text)
{
    if (text != NULL && *n < MSSL_EXPLAIN_LINES_MAX) {
        line[*n].label = label;
        line[*n].text = text;
        ++*n;
    }
}

/** What is promised, and what was seen. */
static void add_way(mssl_explain_line_t *line, int *n, const char *label,
                    const mssl_explain_way_t *way, const char *seen, apr_pool_t *pool)
{
    add(line, n, label, way->text == NULL || seen == NULL ? way->text
                        : apr_pstrcat(pool, way->text, "; ", seen, NULL));
}

static const char *say_date(apr_time_t time, apr_pool_t *pool)
{
    apr_time_exp_t at;

    apr_time_exp_gmt(&at, time);
    return apr_psprintf(pool, "%04d-%02d-%02d", at.tm_year + 1900, at.tm_mon + 1, at.tm_mday);
}

static const char *say_types(unsigned types, apr_pool_t *pool)
{
    const char *text = "";
    int type;

    for (type = 0; type < MSSL_KEY_TYPES; type++) {
        if (types & (1u << type)) {
            text = apr_pstrcat(pool, text, *text != '\0' ? " and " : "",
                               mssl_key_type_name((mssl_key_type_t)type), NULL);
        }
    }
    return text;
}

static const char *say_look(const mssl_explain_look_t *look, apr_pool_t *pool)
{
    if (!look->is_found) {
        return apr_psprintf(pool, "%s: nothing", look->key);
    }
    return apr_pstrcat(pool, look->key, ": ", look->file != NULL ? look->file : "found",
                       look->store != NULL ? " (store " : "",
                       look->store != NULL ? look->store : "",
                       look->store != NULL ? ")" : "",
                       look->reason != NULL ? ": " : "",
                       look->reason != NULL ? look->reason : "", NULL);
}

static const char *say_site(const mssl_explain_site_t *site, apr_pool_t *pool)
{
    if (site->by == MSSL_SITE_NONE) {
        return NULL;
    }
    return apr_psprintf(pool, "virtual host %s (%s:%u)%s%s%s%s", site->server_name,
                        site->file != NULL ? site->file : "-", site->line,
                        site->address != NULL ? ", https on " : "",
                        site->address != NULL ? site->address : "",
                        site->by == MSSL_SITE_BY_FIRST && !site->is_alone
                        ? ", as the first of its address" : "",
                        site->is_guarded ? "" : ", MSSLEngine off");
}

int mssl_explain_lines(mssl_explain_line_t *line, const mssl_explained_t *explained,
                       const mssl_explain_facts_t *facts, apr_pool_t *pool)
{
    const mssl_explain_look_t *serving = explained->serving;
    int n = 0, i;

    if (serving != NULL) {
        long days = (long)((serving->not_after - facts->now) / DAY);

        add(line, &n, "Certificate", apr_psprintf(pool, "%s, until %s (%ld day%s)",
                                                  say_types(serving->types, pool),
                                                  say_date(serving->not_after, pool), days,
                                                  days == 1 ? "" : "s"));
    }
    for (i = 0; i < MSSL_KEY_TYPES; i++) {
        add(line, &n, "Issued", mssl_explain_cert_text(explained, (mssl_key_type_t)i, pool));
    }
    for (i = 0; i < facts->nlooks && facts->is_known; i++) {
        add(line, &n, i == 0 ? "Looked for" : "", say_look(&facts->look[i], pool));
    }
    add(line, &n, "Why", mssl_explain_excluded_text(explained, facts, pool));
    add(line, &n, "In service", mssl_explain_expired_text(explained, facts, pool));
    add(line, &n, "Newer file", mssl_explain_newer_text(facts, pool));
    add(line, &n, "Near miss", facts->near);
    if (explained->verdict == MSSL_EXPLAIN_FINE_WILDCARD) {
        add(line, &n, "Note", apr_pstrcat(pool, "www.", facts->name, " would not be covered: a wildcard "
                                          "stands for one label", NULL));
    }
    add(line, &n, "Site", say_site(&facts->site, pool));
    add_way(line, &n, "Current browsers", &explained->with_sni,
            mssl_explain_seen(explained, facts, MSSL_VISITS_WITH_SNI, pool), pool);
    add_way(line, &n, "Old programs (no SNI)", &explained->without_sni,
            mssl_explain_seen(explained, facts, MSSL_VISITS_WITHOUT_SNI, pool), pool);
    add_way(line, &n, "http://", &explained->http,
            mssl_explain_seen(explained, facts, MSSL_VISITS_PLAIN, pool), pool);
    add(line, &n, "Issuing", mssl_explain_job_text(facts, pool));
    for (i = 0; i < mssl_explain_preflight_lines(facts); i++) {
        add(line, &n, i == 0 ? "Now" : "", mssl_explain_preflight_line(facts, i, pool));
    }
    add(line, &n, "DNS", mssl_explain_dns_text(facts, pool));
    for (i = 0; i < mssl_explain_page_lines(facts); i++) {
        add(line, &n, i == 0 ? "Start page" : "", mssl_explain_page_line(facts, i, pool));
    }
    for (i = 0; i < explained->nproblems; i++) {
        add(line, &n, "Problem", explained->problem[i].text);
    }
    return n;
}
