/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

/* msslctl explain: what visitors of a name get, why, and what mends it. */

#include <apr_strings.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/name.h"
#include "lib/explain/cert.h"
#include "lib/explain/dns.h"
#include "lib/explain/itself.h"
#include "lib/explain/job.h"
#include "lib/explain/live.h"
#include "lib/explain/page.h"
#include "lib/explain/preflight.h"
#include "lib/explain/why.h"
#include "lib/explain/write.h"
#include "lib/issue/job.h"
#include "lib/store/store.h"
#include "tools/msslctl/args.h"
#include "tools/msslctl/beside.h"
#include "tools/msslctl/dns.h"
#include "tools/msslctl/look.h"
#include "tools/msslctl/preflight.h"
#include "tools/msslctl/remote.h"
#include "tools/msslctl/sources.h"
#include "tools/msslctl/visit.h"

typedef struct explain_t {
    ctl_look_t look;
    const char *given, *name; /* name NULL: it is none */
    mssl_buffer_t visits;     /* what the network says; foreign bytes */
    mssl_buffer_t preflight;  /* the same, to the steward's user */
} explain_t;

static void take_look(mssl_explain_look_t *look, const ctl_finding_t *finding, int is_found)
{
    look->key = finding->name;
    look->is_found = is_found;
    if (is_found) {
        look->state = finding->state;
        look->store = finding->store;
        look->file = finding->file;
        look->reason = finding->reason;
        look->not_after = finding->not_after;
        look->types = finding->types;
        look->signs_itself = finding->signs_itself;
        memcpy(look->sha256, finding->sha256, sizeof(look->sha256));
        memcpy(look->cert, finding->cert, sizeof(look->cert));
    }
}

static const ctl_finding_t *find(const ctl_walk_t *walk, const char *key)
{
    int i;

    for (i = 0; i < walk->findings->nelts; i++) {
        if (strcmp(APR_ARRAY_IDX(walk->findings, i, ctl_finding_t).name, key) == 0) {
            return &APR_ARRAY_IDX(walk->findings, i, ctl_finding_t);
        }
    }
    return NULL;
}

/*
 * What the virtual hosts' own files serve: httpd reads them at its start, and the inventory has them
 * from it. Their certificates are known by their beginnings alone, and so not held against others.
 */
static void take_own(mssl_explain_facts_t *facts, const explain_t *explain, const char *const keys[],
                     const ctl_stop_t *stop, apr_pool_t *pool)
{
    mssl_reason_t why = { "" };
    ctl_walk_t *walk;
    int i;

    if (ctl_walk_make_cached(&walk, explain->look.server, NULL, &explain->look.warns, pool, &why)
        != APR_SUCCESS) {
        return;
    }
    ctl_walk_run(walk, keys, facts->nlooks, stop);
    for (i = 0; i < facts->nlooks; i++) {
        const ctl_finding_t *finding = find(walk, facts->look[i].key);

        if (finding != NULL && (finding->has_own || finding->name[0] == '*') && !finding->is_missing
            && finding->store != NULL && strcmp(finding->store, MSSL_STORE_OWN_LABEL) == 0) {
            take_look(&facts->look[i], finding, 1);
            memset(facts->look[i].sha256, 0, sizeof(facts->look[i].sha256));
            memset(facts->look[i].cert, 0, sizeof(facts->look[i].cert));
        }
    }
}

static int is_found(const mssl_explain_facts_t *facts)
{
    int i;

    for (i = 0; i < facts->nlooks && !facts->look[i].is_found; i++) {
        continue;
    }
    return i < facts->nlooks;
}

static void take_stores(mssl_explain_facts_t *facts, ctl_walk_t *walk, const explain_t *explain,
                        const ctl_stop_t *stop)
{
    char *pattern = apr_pcalloc(walk->pool, MSSL_NAME_SIZE);
    const char *keys[2] = { facts->name, pattern };
    const ctl_finding_t *finding;
    int i;

    walk->has_details = 1;
    ctl_walk_run(walk, keys, mssl_name_pattern(pattern, facts->name) ? 2 : 1, stop);
    facts->is_known = walk->is_complete;
    finding = find(walk, facts->name);
    if (finding != NULL) {
        take_look(&facts->look[facts->nlooks++], finding, finding->has_own);
    }
    finding = *pattern != '\0' ? find(walk, pattern) : NULL;
    if (finding != NULL) {
        take_look(&facts->look[facts->nlooks++], finding, !finding->is_missing);
    }
    for (i = 0; i < walk->stores->nelts && facts->away == NULL; i++) {
        const ctl_found_store_t *store = &APR_ARRAY_IDX(walk->stores, i, ctl_found_store_t);

        facts->away = store->reason != NULL ? store->label : NULL;
    }
    if (!is_found(facts) && explain->look.only == NULL) {
        take_own(facts, explain, keys, stop, walk->pool);
    }
    if (!is_found(facts)) {
        facts->near = ctl_walk_near(walk, facts->name);
    }
}

/** Who answers for the name at an address. */
typedef struct host_t {
    const mssl_json_value_t *address, *first, *vhost; /* vhost NULL: nobody has the name */
    int n;
} host_t;

/* As httpd looks: the first in its order that has the name. */
static void look_at_address(host_t *host, const mssl_json_value_t *address,
                            const apr_array_header_t *vhosts, const char *name)
{
    const mssl_json_value_t *number;

    memset(host, 0, sizeof(*host));
    host->address = address;
    for (number = mssl_json_get_first(address, "vhosts"); number != NULL; number = number->next) {
        int i = number->text != NULL ? atoi(number->text) : -1;
        const mssl_json_value_t *vhost = i >= 0 && i < vhosts->nelts
                                             ? APR_ARRAY_IDX(vhosts, i, const mssl_json_value_t *)
                                             : NULL;

        host->n++;
        host->first = host->first != NULL ? host->first : vhost;
        if (host->vhost == NULL && vhost != NULL && ctl_spots_has_name(vhost, name)) {
            host->vhost = vhost;
        }
    }
}

static void take_host(mssl_explain_facts_t *facts, const host_t *host, apr_pool_t *pool)
{
    const mssl_json_value_t *vhost = host->vhost != NULL ? host->vhost : host->first;
    const char *nosni = mssl_json_get_text(host->first, "no_sni", "switch");

    facts->site.by = host->vhost != NULL ? MSSL_SITE_BY_NAME : MSSL_SITE_BY_FIRST;
    facts->site.server_name = mssl_json_get_text(vhost, "server_name", "-");
    facts->site.file = mssl_json_get_text(vhost, "file", NULL);
    facts->site.line = (unsigned)mssl_json_get_int(vhost, "line", 0);
    facts->site.document_root = mssl_json_get_text(vhost, "document_root", NULL);
    facts->site.address = ctl_spots_get_address(host->address, pool);
    facts->site.has_tls = mssl_json_get_bool(vhost, "tls", 0);
    facts->site.is_guarded = mssl_json_get_bool(host->address, "guarded", 0);
    facts->site.is_alone = host->n == 1;
    facts->site.asks_client_cert = mssl_json_get_bool(vhost, "client_certificates", 0);
    facts->switch_url = mssl_json_get_text(host->first, "switch_url", NULL);
    facts->redirects_nosni = strcmp(nosni, "switch") == 0;
    facts->rejects_nosni = strcmp(nosni, "reject") == 0;
    facts->rejects_unknown = strcmp(mssl_json_get_text(host->first, "unknown_host", "page"),
                                    "reject") == 0;
}

/*
 * A guarded address that has the name comes before one that is guarded, or only has TLS; and of the
 * plain ones, one that has it.
 * @return the virtual host; NULL
 */
static const mssl_json_value_t *take_site(mssl_explain_facts_t *facts, const ctl_server_t *server,
                                          apr_pool_t *pool)
{
    const mssl_json_value_t *taken = NULL;
    apr_array_header_t *vhosts = ctl_spots_vhosts(server, pool);
    const mssl_json_value_t *address;
    int best = -1, best_plain = -1;

    for (address = mssl_json_get_first(server->json, "addresses"); address != NULL;
         address = address->next) {
        const mssl_json_value_t *vhost;
        int guarded = mssl_json_get_bool(address, "guarded", 0), has_name, rank;
        host_t host;

        look_at_address(&host, address, vhosts, facts->name);
        has_name = host.vhost != NULL;
        vhost = has_name ? host.vhost : host.first;
        rank = guarded || mssl_json_get_bool(vhost, "tls", 0) ? 2 * has_name + guarded : -1;
        if (rank > best) {
            best = rank;
            take_host(facts, &host, pool);
            taken = vhost;
        }
        if (rank < 0 && has_name > best_plain && !mssl_json_get_bool(vhost, "main", 1)) {
            best_plain = has_name;
            facts->force = ctl_spots_parse_force(mssl_json_get_text(vhost, "force_https", NULL));
        }
    }
    facts->lacks_plain = taken != NULL && best_plain < 0;
    return taken;
}

static void print_text(ctl_t *ctl, const mssl_explained_t *explained,
                       const mssl_explain_facts_t *facts, FILE *out)
{
    static const ctl_color_t colors[] = {
        [MSSL_SEVERITY_FINE] = CTL_GREEN, [MSSL_SEVERITY_ATTENTION] = CTL_YELLOW,
        [MSSL_SEVERITY_BROKEN] = CTL_RED, [MSSL_SEVERITY_UNKNOWN] = CTL_YELLOW,
    };
    mssl_explain_line_t lines[MSSL_EXPLAIN_LINES_MAX];
    int n = mssl_explain_lines(lines, explained, facts, ctl->pool), i;
    ctl_print_t print;

    ctl_print_begin(&print, ctl, out);
    ctl_print_text(&print, 0, colors[explained->severity],
                   apr_pstrcat(ctl->pool, facts->name != NULL ? facts->name : facts->given, ": ",
                               explained->sentence, NULL));
    for (i = 0; i < n; i++) {
        ctl_print_pair(&print, lines[i].label, lines[i].text);
    }
    for (i = 0; i < explained->nfixes; i++) {
        ctl_print_pair(&print, i == 0 ? "Mend" : "", explained->fix[i].text);
        if (explained->fix[i].command != NULL) {
            ctl_print_command(&print, explained->fix[i].command);
        }
    }
}

static int print(ctl_t *ctl, const mssl_explained_t *explained, const mssl_explain_facts_t *facts,
                 FILE *out)
{
    static const int codes[] = {
        [MSSL_SEVERITY_FINE] = CTL_FINE, [MSSL_SEVERITY_ATTENTION] = CTL_ATTENTION,
        [MSSL_SEVERITY_BROKEN] = CTL_BROKEN, [MSSL_SEVERITY_UNKNOWN] = CTL_UNKNOWN,
    };

    if (CTL_HAS(ctl, CTL_OPT_JSON)) {
        mssl_explain_json(explained, facts, ctl_print_sink, out);
    }
    else {
        print_text(ctl, explained, facts, out);
    }
    return codes[explained->severity];
}

/* In the worker: what the status says. */
static int work_remote(ctl_t *ctl, void *baton, const ctl_stop_t *stop, FILE *out)
{
    const explain_t *explain = baton;
    const char *parameters[] = { apr_pstrcat(ctl->pool, "host=", explain->given, NULL), NULL };
    const mssl_json_value_t *json;
    mssl_explained_t explained;
    mssl_explain_facts_t facts;
    int rc = ctl_url_get(&json, &explain->look.url, parameters, ctl->pool);

    (void)stop;
    if (rc != CTL_FINE) {
        return rc;
    }
    ctl_remote_explained(&explained, &facts, json, ctl->pool);
    return print(ctl, &explained, &facts, out);
}

/* What is known of its certificate to be. The folder is the steward's, in one of root's. */
static void take_job(mssl_explain_facts_t *facts, const ctl_server_t *server, apr_pool_t *pool)
{
    const mssl_json_value_t *issuing = mssl_json_get(server->json, "issuing"), *source;
    const char *path = apr_pstrcat(pool, server->state_dir, "/" MSSL_JOB_FOLDER, NULL);
    int jobs = mssl_json_get_first(issuing, "for") != NULL
                   ? open(path, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC) : -1;
    mssl_job_t *job = apr_palloc(pool, sizeof(*job));
    mssl_reason_t why;
    struct stat st;

    facts->is_issuing = mssl_json_get_first(issuing, "for") != NULL
                        && mssl_json_get_first(issuing, "issuers") != NULL;
    for (source = mssl_json_get_first(issuing, "for"); source != NULL; source = source->next) {
        facts->may_request |= facts->is_issuing && source->text != NULL
                              && strcmp(source->text, "requests") == 0;
    }
    if (jobs < 0) {
        return;
    }
    if (fstat(jobs, &st) == 0
        && mssl_job_load_covering(job, jobs, facts->name, st.st_uid, &why) == APR_SUCCESS) {
        facts->job = job;
    }
    close(jobs);
}

/* In the worker. */
static int work(ctl_t *ctl, void *baton, const ctl_stop_t *stop, FILE *out)
{
    const explain_t *explain = baton;
    const ctl_server_t *server = explain->look.server;
    mssl_explain_facts_t facts = { .given = explain->given, .name = explain->name,
                                   .now = apr_time_now() };
    const mssl_json_value_t *vhost;
    mssl_explained_t explained;
    ctl_walk_t *walk = ctl_walk_make(server, explain->look.only, &explain->look.warns, ctl->pool);

    if (walk == NULL) {
        return CTL_FAULT;
    }
    facts.within = (long)apr_time_sec(server->negative_timeout + server->check_interval) + 1;
    if (facts.name != NULL) {
        take_stores(&facts, walk, explain, stop);
        vhost = take_site(&facts, server, ctl->pool);
        ctl_visit_read(&facts, &explain->visits, vhost, ctl->pool);
        ctl_preflight_read(&facts, &explain->preflight, ctl->pool);
        take_job(&facts, server, ctl->pool);
        facts.nkept = ctl_kept_count(server, facts.name, ctl->pool);
        facts.remembered = apr_time_from_sec(mssl_json_get_int(mssl_json_get(server->json, "settings"),
                                                               "intent_timeout", 0));
        ctl_beside_look(&facts, walk, server, stop);
    }
    mssl_explain(&explained, &facts, ctl->pool);
    mssl_explain_certs(&explained, &facts, ctl->pool);
    mssl_explain_newer(&explained, &facts);
    mssl_explain_job(&explained, &facts, ctl->pool);
    mssl_explain_itself(&explained, &facts, ctl->pool);
    mssl_explain_preflight(&explained, &facts, ctl->pool);
    mssl_explain_dns(&explained, &facts, ctl->pool);
    mssl_explain_live(&explained, &facts, ctl->pool);
    mssl_explain_page(&explained, &facts, ctl->pool);
    return print(ctl, &explained, &facts, out);
}

/* Where to, by the configuration or by --address. @return the exit code: said on standard error */
static int plan_visits(ctl_visit_t *visit, ctl_t *ctl)
{
    const char *address = ctl->value[CTL_OPT_ADDRESS];

    if (address != NULL) {
        visit->spots = apr_array_make(ctl->pool, 1, sizeof(ctl_spot_t));
        visit->is_elsewhere = 1;
        if (!ctl_spots_parse(apr_array_push(visit->spots), address, ctl->pool)) {
            return ctl_args_refuse(ctl, "--address: use an IP address and a port, as 192.0.2.1:443 "
                                   "or [2001:db8::1]:443");
        }
    }
    else if (visit->name != NULL && !CTL_HAS(ctl, CTL_OPT_NO_LIVE)) {
        visit->spots = ctl_spots_find(visit->server, visit->name, ctl->pool);
    }
    return CTL_FINE;
}

int ctl_explain_run(ctl_t *ctl)
{
    char name[MSSL_NAME_SIZE];
    explain_t explain = { .given = ctl->argv[0] };
    ctl_visit_t visit = { 0 };
    int rc = ctl_look_init(&explain.look, ctl);

    if (rc == CTL_FINE && explain.look.is_remote) {
        rc = ctl_worker_print(ctl, explain.look.server, MSSL_ROLE_FETCHER, work_remote, &explain);
        ctl_look_end(&explain.look);
        return rc;
    }
    if (rc != CTL_FINE) {
        return rc;
    }
    if (mssl_name_canon(name, explain.given, strlen(explain.given))) {
        explain.name = apr_pstrdup(ctl->pool, name);
    }
    visit.server = explain.look.server;
    visit.name = explain.name;
    rc = plan_visits(&visit, ctl);
    if (explain.name != NULL && CTL_HAS(ctl, CTL_OPT_PAGE)) {
        visit.reads_page = 1;
        visit.page_spots = visit.spots != NULL ? visit.spots
                           : ctl_spots_find(visit.server, visit.name, ctl->pool);
    }
    if (!CTL_HAS(ctl, CTL_OPT_NO_DNS)) {
        visit.asks_dns = 1;
        ctl_dns_read_conf(&visit.resolv_conf);
    }
    if (rc == CTL_FINE && explain.name != NULL && (visit.asks_dns || visit.reads_page || visit.spots != NULL)) {
        rc = ctl_visit_ask(ctl, &visit, &explain.visits);
    }
    if (rc == CTL_FINE && visit.asks_dns && visit.spots != NULL && !visit.is_elsewhere) {
        rc = ctl_preflight_ask(ctl, explain.look.server, explain.name, &explain.preflight);
    }
    if (rc == CTL_FINE) {
        rc = ctl_worker_print(ctl, explain.look.server, MSSL_ROLE_READER, work, &explain);
    }
    mssl_buffer_free(&explain.visits);
    mssl_buffer_free(&explain.preflight);
    mssl_buffer_free(&visit.resolv_conf);
    return rc;
}
