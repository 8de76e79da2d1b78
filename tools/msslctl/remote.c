/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "tools/msslctl/remote.h"

#include <apr_strings.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/name.h"
#include "lib/issue/job.h"
#include "tools/msslctl/spots.h"

/** Pages of names, each of 1,000. */
#define PAGES_MAX 10000

apr_time_t ctl_remote_time(const char *text)
{
    apr_time_exp_t at = { 0 };
    apr_time_t time = 0;
    char end = '\0';

    if (text == NULL || strlen(text) != 20
        || sscanf(text, "%4d-%2d-%2dT%2d:%2d:%2d%c", &at.tm_year, &at.tm_mon, &at.tm_mday,
                  &at.tm_hour, &at.tm_min, &at.tm_sec, &end) != 7 || end != 'Z') {
        return 0;
    }
    at.tm_year -= 1900;
    at.tm_mon -= 1;
    return apr_time_exp_gmt_get(&time, &at) == APR_SUCCESS ? time : 0;
}

static unsigned parse_type(const char *word)
{
    int type;

    for (type = 0; word != NULL && type < MSSL_KEY_TYPES; type++) {
        if (strcmp(mssl_key_type_name((mssl_key_type_t)type), word) == 0) {
            return 1u << type;
        }
    }
    return 0;
}

/* As a walk has it: of a pair that is only out of its time the date says enough. */
static const char *get_reason(const mssl_json_value_t *row, mssl_name_state_t state)
{
    return state == MSSL_STATE_EXPIRED || state == MSSL_STATE_NOT_YET_VALID
               ? NULL : mssl_json_get_text(row, "reason", NULL);
}

static void add_stores(ctl_walk_t *walk, const mssl_json_value_t *root)
{
    const mssl_json_value_t *value;

    for (value = mssl_json_get_first(root, "stores"); value != NULL; value = value->next) {
        ctl_found_store_t *store = apr_array_push(walk->stores);

        memset(store, 0, sizeof(*store));
        store->label = mssl_json_get_text(value, "label", "-");
        store->can_list = mssl_json_get_bool(value, "listed", 1);
        store->reason = mssl_json_get_bool(value, "reachable", 1)
                            ? NULL : mssl_json_get_text(value, "reason", "it is out of reach");
        store->names = (int)mssl_json_get_int(value, "names", 0);
        store->certificates = (int)mssl_json_get_int(value, "certificates", 0);
        store->bad = (int)mssl_json_get_int(value, "bad", 0);
        store->soonest = ctl_remote_time(mssl_json_get_text(value, "soonest_not_after", NULL));
        walk->unreachable += store->reason != NULL;
    }
}

static void add_finding(ctl_walk_t *walk, const mssl_json_value_t *row)
{
    const mssl_json_value_t *type;
    ctl_finding_t finding = { 0 };
    char name[MSSL_NAME_SIZE];
    const char *text = mssl_json_get_text(row, "name", "");

    if (!mssl_name_canon_pattern(name, text, strlen(text))
        || !mssl_states_parse_word(&finding.state, mssl_json_get_text(row, "state", ""))) {
        return;
    }
    finding.name = apr_pstrdup(walk->pool, name);
    finding.has_own = 1;
    finding.store = mssl_json_get_text(row, "store", NULL);
    finding.file = mssl_json_get_text(row, "file", NULL);
    finding.reason = get_reason(row, finding.state);
    finding.not_after = ctl_remote_time(mssl_json_get_text(row, "not_after", NULL));
    finding.until = finding.not_after;
    for (type = mssl_json_get_first(row, "key_types"); type != NULL; type = type->next) {
        finding.types |= parse_type(type->text);
    }
    APR_ARRAY_PUSH(walk->findings, ctl_finding_t) = finding;
}

/* One page after the other. */
static int add_names(ctl_walk_t *walk, const ctl_url_t *url, const ctl_stop_t *stop)
{
    const mssl_json_value_t *json, *row;
    const char *after = NULL;
    int rc, pages = 0;

    do {
        const char *parameters[] = { "list=1", "limit=1000",
                                     after != NULL ? apr_pstrcat(walk->pool, "after=", after, NULL)
                                                   : NULL, NULL };

        rc = ctl_url_get(&json, url, parameters, walk->pool);
        if (rc != CTL_FINE) {
            return rc;
        }
        for (row = mssl_json_get_first(json, "names"); row != NULL; row = row->next) {
            add_finding(walk, row);
        }
        after = mssl_json_get_text(json, "next", NULL);
    } while (after != NULL && !stop->is_wanted && ++pages < PAGES_MAX);
    walk->is_complete &= after == NULL;
    return CTL_FINE;
}

static int compare(const void *a, const void *b)
{
    return strcmp(((const ctl_finding_t *)a)->name, ((const ctl_finding_t *)b)->name);
}

static const ctl_finding_t *find(const apr_array_header_t *findings, const char *name)
{
    const ctl_finding_t wanted = { .name = name };

    return findings->nelts == 0 ? NULL
           : bsearch(&wanted, findings->elts, (size_t)findings->nelts, sizeof(wanted), compare);
}

/* Only those that were asked for, as a walk has them: a pattern stands for what it covers. */
static void choose_names(ctl_walk_t *walk, const char *const *names, int n)
{
    apr_array_header_t *all = walk->findings;
    int i;

    walk->findings = apr_array_make(walk->pool, n, sizeof(ctl_finding_t));
    for (i = 0; i < n; i++) {
        const ctl_finding_t *found = find(all, names[i]);
        ctl_finding_t *finding = apr_array_push(walk->findings);
        char pattern[MSSL_NAME_SIZE];
        int is_own = found != NULL;

        if (!is_own && names[i][0] != '*' && mssl_name_pattern(pattern, names[i])) {
            found = find(all, pattern);
        }
        memset(finding, 0, sizeof(*finding));
        if (found != NULL) {
            *finding = *found;
        }
        finding->name = names[i];
        finding->has_own = is_own;
        finding->is_missing = found == NULL;
    }
    qsort(walk->findings->elts, (size_t)walk->findings->nelts, sizeof(ctl_finding_t), compare);
}

/* What is made there, of all names: a name of a few is asked for by explain. */
static void add_ends(ctl_walk_t *walk, const mssl_json_value_t *jobs)
{
    int end;

    for (end = 0; end < CTL_ENDS; end++) {
        apr_int64_t n = mssl_json_get_int(jobs, mssl_job_state_text(ctl_ends_state((ctl_end_t)end)), 0);

        walk->ends[end] = n < 0 ? 0 : n < INT_MAX ? (int)n : INT_MAX;
    }
}

static void choose_store(ctl_walk_t *walk, const char *store)
{
    apr_array_header_t *findings = apr_array_make(walk->pool, 16, sizeof(ctl_finding_t));
    apr_array_header_t *stores = apr_array_make(walk->pool, 1, sizeof(ctl_found_store_t));
    int i;

    for (i = 0; i < walk->stores->nelts; i++) {
        const ctl_found_store_t *found = &APR_ARRAY_IDX(walk->stores, i, ctl_found_store_t);
        const char *path = strchr(found->label, ':');

        if (strcmp(found->label, store) == 0 || (path != NULL && strcmp(path + 1, store) == 0)) {
            APR_ARRAY_PUSH(stores, ctl_found_store_t) = *found;
            store = found->label;
        }
    }
    for (i = 0; i < walk->findings->nelts; i++) {
        const ctl_finding_t *finding = &APR_ARRAY_IDX(walk->findings, i, ctl_finding_t);

        if (finding->store != NULL && strcmp(finding->store, store) == 0) {
            APR_ARRAY_PUSH(findings, ctl_finding_t) = *finding;
        }
    }
    walk->findings = findings;
    walk->stores = stores;
}

int ctl_remote_walk(ctl_walk_t **out, const ctl_url_t *url, const char *const *names, int n,
                    const char *store, const ctl_stop_t *stop, apr_pool_t *pool)
{
    static const char *const none[] = { NULL };
    ctl_walk_t *walk = apr_pcalloc(pool, sizeof(*walk));
    const mssl_json_value_t *json;
    int rc = ctl_url_get(&json, url, none, pool);

    *out = NULL;
    if (rc != CTL_FINE) {
        return rc;
    }
    walk->pool = pool;
    walk->now = ctl_remote_time(mssl_json_get_text(json, "time", NULL));
    walk->now = walk->now != 0 ? walk->now : apr_time_now();
    walk->is_complete = mssl_json_get_bool(mssl_json_get(json, "inventory"), "complete", 0);
    walk->findings = apr_array_make(pool, 64, sizeof(ctl_finding_t));
    walk->stores = apr_array_make(pool, 4, sizeof(ctl_found_store_t));
    walk->notes = apr_array_make(pool, 1, sizeof(const char *));
    add_stores(walk, json);
    rc = add_names(walk, url, stop);
    if (rc != CTL_FINE) {
        return rc;
    }
    qsort(walk->findings->elts, (size_t)walk->findings->nelts, sizeof(ctl_finding_t), compare);
    if (store == NULL && n == 0) {
        add_ends(walk, mssl_json_get(json, "jobs"));
    }
    if (store != NULL) {
        choose_store(walk, store);
    }
    if (n > 0) {
        choose_names(walk, names, n);
    }
    *out = walk;
    return CTL_FINE;
}

static void take_look(mssl_explain_look_t *look, const mssl_json_value_t *value)
{
    look->key = mssl_json_get_text(value, "key", "-");
    look->is_found = mssl_json_get_bool(value, "found", 0);
    look->store = mssl_json_get_text(value, "store", NULL);
    look->file = mssl_json_get_text(value, "file", NULL);
    if (!mssl_states_parse_word(&look->state, mssl_json_get_text(value, "state", "valid"))) {
        look->state = MSSL_STATE_VALID;
    }
    look->reason = get_reason(value, look->state);
}

/* The certificates in service belong to the first row of that kind. */
static void take_certificates(mssl_explained_t *explained, mssl_explain_facts_t *facts,
                              const mssl_json_value_t *json)
{
    const mssl_json_value_t *value;
    int i;

    for (value = mssl_json_get_first(json, "certificates"); value != NULL; value = value->next) {
        int is_wildcard = strcmp(mssl_json_get_text(value, "by", ""), "wildcard") == 0;

        for (i = 0; i < facts->nlooks; i++) {
            mssl_explain_look_t *look = &facts->look[i];

            if (look->is_found && (look->key[0] == '*') == is_wildcard) {
                look->signs_itself |= mssl_json_get_bool(value, "signs_itself", 0);
                look->types |= parse_type(mssl_json_get_text(value, "key_type", NULL));
                look->not_after = ctl_remote_time(mssl_json_get_text(value, "not_after", NULL));
                explained->serving = look;
                break;
            }
        }
    }
}

static void take_way(mssl_explain_way_t *way, const mssl_json_value_t *json, const char *key)
{
    const mssl_json_value_t *value = mssl_json_get(json, key);

    way->certificate = mssl_json_get_text(value, "certificate", NULL);
    way->answer = mssl_json_get_text(value, "answer", NULL);
    way->status = (int)mssl_json_get_int(value, "status", 0);
    way->location = mssl_json_get_text(value, "location", NULL);
    way->page = mssl_json_get_text(value, "page", NULL);
    way->needs = mssl_json_get_text(value, "needs", NULL);
    way->text = mssl_json_get_text(value, "text", NULL);
}

static void take_site(mssl_explain_site_t *site, const mssl_json_value_t *value)
{
    const char *by = mssl_json_get_text(value, "by", NULL);

    site->by = by == NULL ? MSSL_SITE_NONE
               : strcmp(by, "name") == 0 ? MSSL_SITE_BY_NAME : MSSL_SITE_BY_FIRST;
    site->server_name = mssl_json_get_text(value, "server_name", "-");
    site->file = mssl_json_get_text(value, "file", NULL);
    site->line = (unsigned)mssl_json_get_int(value, "line", 0);
    site->document_root = mssl_json_get_text(value, "document_root", NULL);
    site->address = mssl_json_get_text(value, "address", NULL);
    site->has_tls = mssl_json_get_bool(value, "https_engine", 0);
    site->is_guarded = mssl_json_get_bool(value, "guarded", 0);
    site->is_alone = mssl_json_get_bool(value, "alone", 0);
    site->asks_client_cert = mssl_json_get_bool(value, "client_certificate", 0);
}

#define WORDS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._@+=:- []"

/* Nothing that a shell reads otherwise: words, and at the end a wildcard between quotes. */
static int is_harmless(const char *command)
{
    const char *rest = command + strspn(command, WORDS);

    if (strncmp(rest, "'*.", 3) == 0) {
        rest += 3;
        rest += strspn(rest, "abcdefghijklmnopqrstuvwxyz0123456789.-");
        return strcmp(rest, "'") == 0;
    }
    return *rest == '\0';
}

/* What is offered to be typed here comes from elsewhere. */
static const char *take_command(const mssl_json_value_t *value)
{
    const char *command = mssl_json_get_text(value, "command", NULL);

    return command != NULL && is_harmless(command) ? command : NULL;
}

static mssl_job_state_t parse_state(const mssl_json_value_t *json)
{
    return mssl_job_state_parse(mssl_json_get_text(json, "state", ""));
}

static apr_time_t take_time(const mssl_json_value_t *json, const char *key)
{
    return ctl_remote_time(mssl_json_get_text(json, key, NULL));
}

/* Of its certificate to be. */
static void take_job(mssl_explain_facts_t *facts, const mssl_json_value_t *json, apr_pool_t *pool)
{
    mssl_class_t class = mssl_class_parse(mssl_json_get_text(json, "class", ""));
    mssl_job_t *job;

    if (json == NULL || facts->name == NULL || parse_state(json) == MSSL_JOB_STATES) {
        return;
    }
    job = apr_palloc(pool, sizeof(*job));
    mssl_job_init(job, mssl_json_get_text(json, "name", facts->name), 0);
    job->state = parse_state(json);
    job->since = take_time(json, "since");
    job->next = take_time(json, "next");
    job->until = take_time(json, "until");
    job->not_after = take_time(json, "not_after");
    job->renew = take_time(json, "renew");
    job->failures = (int)mssl_json_get_int(json, "failures", 0);
    job->class = class != MSSL_CLASSES ? class : MSSL_CLASS_NONE;
    MSSL_JOB_SET(job->source, mssl_json_get_text(json, "source", ""));
    MSSL_JOB_SET(job->issuer, mssl_json_get_text(json, "issuer", ""));
    MSSL_JOB_SET(job->text, mssl_json_get_text(json, "text", ""));
    MSSL_JOB_SET(job->said, mssl_json_get_text(json, "said", ""));
    MSSL_JOB_SET(job->waits_for, mssl_json_get_text(json, "waits_for", ""));
    facts->job = job;
}

/* They weigh as much as the verdict says. */
static void take_problems(mssl_explained_t *explained, const mssl_json_value_t *json)
{
    const mssl_json_value_t *value;

    for (value = mssl_json_get_first(json, "problems"); value != NULL; value = value->next) {
        mssl_explain_add_problem(explained, mssl_json_get_text(value, "id", "-"),
                                 explained->severity, mssl_json_get_text(value, "text", "-"),
                                 mssl_json_get_text(value, "tag", NULL));
    }
}

static void take_verdict(mssl_explained_t *explained, const mssl_json_value_t *json)
{
    const char *verdict = mssl_json_get_text(json, "verdict", "");
    const char *severity = mssl_json_get_text(json, "severity", "");
    int i;

    explained->verdict = MSSL_EXPLAIN_UNKNOWN;
    explained->severity = MSSL_SEVERITY_UNKNOWN;
    for (i = 0; i < MSSL_EXPLAIN_VERDICTS; i++) {
        if (strcmp(mssl_explain_word((mssl_explain_verdict_t)i), verdict) == 0) {
            explained->verdict = (mssl_explain_verdict_t)i;
        }
    }
    for (i = 0; i <= MSSL_SEVERITY_UNKNOWN; i++) {
        if (strcmp(mssl_explain_severity_word((mssl_severity_t)i), severity) == 0) {
            explained->severity = (mssl_severity_t)i;
        }
    }
}

void ctl_remote_explained(mssl_explained_t *explained, mssl_explain_facts_t *facts,
                          const mssl_json_value_t *json, apr_pool_t *pool)
{
    const mssl_json_value_t *value;

    memset(explained, 0, sizeof(*explained));
    memset(facts, 0, sizeof(*facts));
    facts->given = mssl_json_get_text(json, "given", "-");
    facts->name = mssl_json_get_text(json, "name", NULL);
    facts->now = ctl_remote_time(mssl_json_get_text(json, "time", NULL));
    facts->near = mssl_json_get_text(json, "near", NULL);
    take_verdict(explained, json);
    explained->sentence = mssl_json_get_text(json, "sentence", "-");
    facts->is_known = explained->verdict != MSSL_EXPLAIN_UNKNOWN;
    for (value = mssl_json_get_first(json, "looked"); value != NULL && facts->nlooks < 2;
         value = value->next) {
        take_look(&facts->look[facts->nlooks++], value);
    }
    take_certificates(explained, facts, json);
    take_site(&facts->site, mssl_json_get(json, "site"));
    take_way(&explained->with_sni, json, "with_sni");
    take_way(&explained->without_sni, json, "without_sni");
    take_way(&explained->http, json, "http");
    facts->switch_url = mssl_json_get_text(mssl_json_get(json, "without_sni"), "switch", NULL);
    facts->force = ctl_spots_parse_force(mssl_json_get_text(mssl_json_get(json, "http"), "force", NULL));
    take_job(facts, mssl_json_get(json, "job"), pool);
    take_problems(explained, json);
    for (value = mssl_json_get_first(json, "fixes"); value != NULL; value = value->next) {
        mssl_explain_add_fix(explained, mssl_json_get_text(value, "text", "-"),
                             take_command(value));
    }
}
