/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "lib/explain/explain.h"

#include <apr_lib.h>
#include <apr_strings.h>
#include <string.h>

#include "lib/issue/job.h"
#include "lib/pages/page.h"

#define DAY apr_time_from_sec(86400)

static const struct {
    const char *word;
    mssl_severity_t severity;
} verdicts[MSSL_EXPLAIN_VERDICTS] = {
    [MSSL_EXPLAIN_FINE] = { "fine", MSSL_SEVERITY_FINE },
    [MSSL_EXPLAIN_FINE_WILDCARD] = { "fine_wildcard", MSSL_SEVERITY_FINE },
    [MSSL_EXPLAIN_NO_SNI_UNREACHABLE] = { "no_sni_unreachable", MSSL_SEVERITY_FINE },
    [MSSL_EXPLAIN_AT_RISK] = { "at_risk", MSSL_SEVERITY_ATTENTION },
    [MSSL_EXPLAIN_DEGRADED] = { "degraded", MSSL_SEVERITY_ATTENTION },
    [MSSL_EXPLAIN_SHADOWED] = { "shadowed", MSSL_SEVERITY_ATTENTION },
    [MSSL_EXPLAIN_EXPIRING] = { "expiring", MSSL_SEVERITY_ATTENTION },
    [MSSL_EXPLAIN_URGENT] = { "urgent", MSSL_SEVERITY_ATTENTION },
    [MSSL_EXPLAIN_EXPIRED] = { "expired", MSSL_SEVERITY_BROKEN },
    [MSSL_EXPLAIN_NOT_YET_VALID] = { "not_yet_valid", MSSL_SEVERITY_BROKEN },
    [MSSL_EXPLAIN_BAD] = { "bad", MSSL_SEVERITY_BROKEN },
    [MSSL_EXPLAIN_NO_CERTIFICATE] = { "no_certificate", MSSL_SEVERITY_BROKEN },
    [MSSL_EXPLAIN_EXCLUDED] = { "excluded", MSSL_SEVERITY_BROKEN },
    [MSSL_EXPLAIN_WRONG_SITE] = { "wrong_site", MSSL_SEVERITY_BROKEN },
    [MSSL_EXPLAIN_NOT_GUARDED] = { "not_guarded", MSSL_SEVERITY_ATTENTION },
    [MSSL_EXPLAIN_CLIENT_CERTIFICATE] = { "client_certificate", MSSL_SEVERITY_FINE },
    [MSSL_EXPLAIN_ELSEWHERE] = { "elsewhere", MSSL_SEVERITY_ATTENTION },
    [MSSL_EXPLAIN_STORE_UNREACHABLE] = { "store_unreachable", MSSL_SEVERITY_BROKEN },
    [MSSL_EXPLAIN_NOT_A_NAME] = { "not_a_name", MSSL_SEVERITY_UNKNOWN },
    [MSSL_EXPLAIN_UNKNOWN] = { "unknown", MSSL_SEVERITY_UNKNOWN },
};

const char *mssl_explain_word(mssl_explain_verdict_t verdict)
{
    return verdicts[verdict].word;
}

const char *mssl_explain_severity_word(mssl_severity_t severity)
{
    static const char *const words[] = { "fine", "attention", "broken", "unknown" };

    return words[severity];
}

int mssl_explain_is_harmless(const char *text)
{
    const char *at;

    for (at = text; apr_isalnum(*at) || (*at != '\0' && strchr("/._@+=:-", *at) != NULL); at++) {
    }
    return at != text && *at == '\0' && *text != '-';
}

/** What clients are shown for the name; a pattern's pair does for it, too. */
static const mssl_explain_look_t *find_serving(const mssl_explain_facts_t *facts)
{
    int i;

    for (i = 0; i < facts->nlooks; i++) {
        if (facts->look[i].is_found && facts->look[i].types != 0) {
            return &facts->look[i];
        }
        if (facts->look[i].is_found && facts->look[i].state == MSSL_STATE_EXCLUDED) {
            break; /* NAME.none takes it out of the wildcard */
        }
    }
    return NULL;
}

/** The own row counts for the state, else the pattern's. */
static const mssl_explain_look_t *find_deciding(const mssl_explain_facts_t *facts)
{
    int i;

    for (i = 0; i < facts->nlooks; i++) {
        if (facts->look[i].is_found) {
            return &facts->look[i];
        }
    }
    return NULL;
}

static mssl_explain_verdict_t judge_state(const mssl_explain_look_t *deciding,
                                          const mssl_explain_facts_t *facts)
{
    switch (deciding->state) {
    case MSSL_STATE_BAD:
        return find_serving(facts) != NULL ? MSSL_EXPLAIN_DEGRADED : MSSL_EXPLAIN_BAD;
    case MSSL_STATE_EXPIRED:
        return MSSL_EXPLAIN_EXPIRED;
    case MSSL_STATE_NOT_YET_VALID:
        return MSSL_EXPLAIN_NOT_YET_VALID;
    case MSSL_STATE_AT_RISK:
        return MSSL_EXPLAIN_AT_RISK;
    case MSSL_STATE_URGENT:
        return MSSL_EXPLAIN_URGENT;
    case MSSL_STATE_DEGRADED:
        return MSSL_EXPLAIN_DEGRADED;
    case MSSL_STATE_EXPIRING:
        return MSSL_EXPLAIN_EXPIRING;
    case MSSL_STATE_SHADOWED:
        return MSSL_EXPLAIN_SHADOWED;
    case MSSL_STATE_EXCLUDED:
        return MSSL_EXPLAIN_EXCLUDED;
    default:
        return MSSL_EXPLAIN_FINE;
    }
}

static mssl_explain_verdict_t judge(const mssl_explain_facts_t *facts)
{
    const mssl_explain_look_t *deciding = find_deciding(facts);
    mssl_explain_verdict_t verdict;

    if (facts->name == NULL) {
        return MSSL_EXPLAIN_NOT_A_NAME;
    }
    if (!facts->is_known) {
        return MSSL_EXPLAIN_UNKNOWN;
    }
    if (facts->site.by == MSSL_SITE_BY_NAME && !facts->site.is_guarded) {
        return MSSL_EXPLAIN_NOT_GUARDED;
    }
    if (deciding == NULL) {
        return facts->away != NULL ? MSSL_EXPLAIN_STORE_UNREACHABLE : MSSL_EXPLAIN_NO_CERTIFICATE;
    }
    verdict = judge_state(deciding, facts);
    if (verdicts[verdict].severity != MSSL_SEVERITY_BROKEN
        && facts->site.by == MSSL_SITE_BY_FIRST && !facts->site.is_alone) {
        return MSSL_EXPLAIN_WRONG_SITE;
    }
    if (verdict != MSSL_EXPLAIN_FINE) {
        return verdict;
    }
    if (facts->site.asks_client_cert) {
        return MSSL_EXPLAIN_CLIENT_CERTIFICATE;
    }
    if (facts->switch_url == NULL && facts->redirects_nosni) {
        return MSSL_EXPLAIN_NO_SNI_UNREACHABLE;
    }
    return deciding->key[0] == '*' ? MSSL_EXPLAIN_FINE_WILDCARD : MSSL_EXPLAIN_FINE;
}

/** "in 54 days", "3 days ago". */
static const char *say_when(const mssl_explain_facts_t *facts, apr_time_t when, apr_pool_t *pool)
{
    apr_interval_time_t left = when - facts->now;
    long days = (long)((left < 0 ? -left : left) / DAY);

    if (days == 0) {
        return left < 0 ? "today" : "within a day";
    }
    return apr_psprintf(pool, left < 0 ? "%ld day%s ago" : "in %ld day%s", days,
                        days == 1 ? "" : "s");
}

static const char *say_reason(const mssl_explain_look_t *look)
{
    return look->reason != NULL ? look->reason : "the files are not usable";
}

/** The sentence of a state of what was found. */
static const char *say_state(mssl_explain_verdict_t verdict, const mssl_explain_look_t *look,
                             const mssl_explain_facts_t *facts, apr_pool_t *pool)
{
    const char *when = say_when(facts, look->not_after, pool);

    switch (verdict) {
    case MSSL_EXPLAIN_AT_RISK:
        return apr_psprintf(pool, "AT RISK. Visitors still get the site; the files are broken: %s.",
                            say_reason(look));
    case MSSL_EXPLAIN_DEGRADED:
        return apr_psprintf(pool, "served by the wildcard only. Its own files are broken: %s.",
                            say_reason(look));
    case MSSL_EXPLAIN_SHADOWED:
        return apr_psprintf(pool, "fine, until %s: a newer certificate is there, and is hidden by "
                            "the older one that serves.", when);
    case MSSL_EXPLAIN_EXPIRING:
        return apr_psprintf(pool, "fine, and ENDS %s: it should have been renewed by now.", when);
    case MSSL_EXPLAIN_URGENT:
        return apr_psprintf(pool, "URGENT, ends %s. Visitors still get the site.", when);
    case MSSL_EXPLAIN_EXPIRED:
        return apr_psprintf(pool, "EXPIRED %s. Browsers warn; the site is behind the warning.",
                            when);
    case MSSL_EXPLAIN_NOT_YET_VALID:
        return "NOT YET VALID. Browsers warn until it begins.";
    default:
        return apr_psprintf(pool, "BROKEN. Visitors get a browser warning, then a page (421): %s.",
                            say_reason(look));
    }
}

static const char *say(mssl_explain_verdict_t verdict, const mssl_explain_facts_t *facts,
                       apr_pool_t *pool)
{
    const mssl_explain_look_t *deciding = find_deciding(facts);

    switch (verdict) {
    case MSSL_EXPLAIN_FINE:
        return "fine. Visitors get the site with a valid certificate.";
    case MSSL_EXPLAIN_FINE_WILDCARD:
        return apr_psprintf(pool, "fine, by the wildcard certificate %s.", deciding->key);
    case MSSL_EXPLAIN_NO_SNI_UNREACHABLE:
        return "fine for current browsers. OLD PROGRAMS (no SNI) CANNOT REACH IT: there is no "
               "switch.";
    case MSSL_EXPLAIN_NO_CERTIFICATE:
        return facts->rejects_unknown
            ? "NO CERTIFICATE. The handshake is refused; browsers say that the site cannot be reached."
            : "NO CERTIFICATE. Visitors get a browser warning, then \"There is no certificate for "
              "this name\" (421).";
    case MSSL_EXPLAIN_EXCLUDED:
        return "NO CERTIFICATE, on purpose.";
    case MSSL_EXPLAIN_WRONG_SITE:
        return apr_psprintf(pool, "WRONG SITE. %s covers it, but no virtual host has this name: "
                            "httpd gives it to the first, %s.", deciding->key,
                            facts->site.server_name);
    case MSSL_EXPLAIN_NOT_GUARDED:
        return "left to mod_ssl: MSSLEngine is off where this name is.";
    case MSSL_EXPLAIN_CLIENT_CERTIFICATE:
        return "fine, for visitors with a client certificate: its virtual host asks for one.";
    case MSSL_EXPLAIN_STORE_UNREACHABLE:
        return apr_psprintf(pool, "NOT KNOWN HERE, and %s cannot be read: it may be there.",
                            facts->away);
    case MSSL_EXPLAIN_NOT_A_NAME:
        return "not a name: a host name has letters, digits, '-', '_' and single dots.";
    case MSSL_EXPLAIN_UNKNOWN:
        return "not known yet: the stores have not been looked through.";
    default:
        return say_state(verdict, deciding, facts, pool);
    }
}

static int is_job(const mssl_explain_facts_t *facts, mssl_job_state_t state)
{
    return facts->job != NULL && facts->job->state == state;
}

/** Who was at the switch is known by its address for a while, and shown the name's own. */
static const char *say_remembered(const mssl_explain_facts_t *facts, apr_pool_t *pool)
{
    long seconds = (long)apr_time_sec(facts->remembered);

    return seconds == 0          ? ""
           : seconds % 60 == 0 ? apr_psprintf(pool, ", remembered for %ld min", seconds / 60)
                               : apr_psprintf(pool, ", remembered for %ld s", seconds);
}

/** The guard's own answer to a client of the name. */
static void take_way(mssl_explain_way_t *way, const mssl_explain_facts_t *facts, int is_served,
                     int has_sni, apr_pool_t *pool)
{
    int covers = is_served && has_sni;
    mssl_facts_t asked = { .is_proven = 1, .had_sni = (unsigned)has_sni, .is_dummy = !covers,
                           .has_bound_name = (unsigned)covers, .host = MSSL_HOST_NAME,
                           .covers = (unsigned)covers, .is_known = (unsigned)is_served, .is_get = 1,
                           .has_switch = facts->switch_url != NULL,
                           .redirects_nosni = (unsigned)facts->redirects_nosni,
                           .is_making = is_job(facts, MSSL_JOB_WANTED)
                                        || is_job(facts, MSSL_JOB_ORDERED),
                           .is_pending = is_job(facts, MSSL_JOB_PENDING) };
    mssl_verdict_t verdict = mssl_verdict_get(&asked);

    if (has_sni ? !is_served && facts->rejects_unknown : facts->rejects_nosni) {
        way->certificate = "none";
        way->answer = "alert";
        way->text = "the handshake is refused (alert unrecognized_name)";
        return;
    }
    way->certificate = covers ? "its own" : "stand-in";
    way->status = verdict.status;
    way->page = verdict.act == MSSL_ACT_PAGE ? mssl_page_code(verdict.page, pool) : NULL;
    way->needs = !has_sni && is_served && facts->switch_url == NULL && facts->redirects_nosni
        ? "MSSLSwitchURL" : NULL;
    if (verdict.act == MSSL_ACT_SERVE) {
        way->answer = "site";
        way->text = "that certificate, then the site";
    }
    else if (verdict.act == MSSL_ACT_TO_SWITCH) {
        way->answer = "redirect";
        way->location = apr_pstrcat(pool, facts->switch_url, "?https://", facts->name, "/", NULL);
        way->text = apr_pstrcat(pool, "stand-in certificate, 302 to the switch, and back with its own",
                                say_remembered(facts, pool), NULL);
    }
    else {
        way->answer = "page";
        way->text = apr_psprintf(pool, "stand-in certificate, %d, a page%s", verdict.status,
                                 verdict.link == MSSL_LINK_NONE ? " with no way on" : "");
    }
}

static void take_http(mssl_explain_way_t *way, const mssl_explain_facts_t *facts, int is_valid,
                      apr_pool_t *pool)
{
    mssl_force_facts_t asked = { .force = facts->force, .scheme = MSSL_SCHEME_HTTP, .is_get = 1,
                                 .has_port = 1, .has_pair = (unsigned)is_valid };
    mssl_force_verdict_t verdict = mssl_force_get(&asked);

    way->certificate = "none";
    if (facts->lacks_plain) {
        way->answer = "none";
        way->text = "no virtual host has it: nothing answers, or the main server does where it listens";
        return;
    }
    way->status = verdict.status;
    if (verdict.act == MSSL_FORCE_TO_HTTPS) {
        way->answer = "redirect";
        way->location = apr_pstrcat(pool, "https://", facts->name, "/", NULL);
        way->text = apr_psprintf(pool, "goes to https (MSSLForceHTTPS %s)", mssl_force_get_word(facts->force));
    }
    else {
        way->answer = "site";
        way->text = facts->force == MSSL_FORCE_UNSET ? "as the website itself says"
                                                     : "stays on http";
    }
}

static void add_fix(mssl_explained_t *explained, const char *text, const char *command)
{
    mssl_explain_fix_t *fix = &explained->fix[explained->nfixes];

    if (explained->nfixes < MSSL_EXPLAIN_FIXES_MAX) {
        fix->text = text;
        fix->command = command;
        explained->nfixes++;
    }
}

static void add_install(mssl_explained_t *explained, const mssl_explain_facts_t *facts,
                        apr_pool_t *pool)
{
    add_fix(explained, apr_psprintf(pool, "File its certificate; it counts within %ld s, "
                                    "without a reload.", facts->within),
            mssl_explain_is_harmless(facts->name)
            ? apr_psprintf(pool, "msslctl install %s CERT KEY [CHAIN]", facts->name) : NULL);
}

/** What is kept of it, but for what is in its place. */
static void add_rollback(mssl_explained_t *explained, const mssl_explain_facts_t *facts, int in_place,
                         apr_pool_t *pool)
{
    if (facts->nkept > in_place && mssl_explain_is_harmless(facts->name)) {
        add_fix(explained, "Or put the pair back that was kept.",
                apr_psprintf(pool, "msslctl rollback %s", facts->name));
    }
}

/** A name that is not meant, where a wildcard has it. @return NULL: its store has no folder to say so in */
static const char *build_none(const mssl_explain_look_t *deciding, const char *name, apr_pool_t *pool)
{
    const char *file = deciding->store == NULL || strncmp(deciding->store, "dir:", 4) != 0 ? NULL
        : apr_pstrcat(pool, deciding->store + 4, "/", name, ".none", NULL);

    return file != NULL && mssl_explain_is_harmless(file) ? apr_pstrcat(pool, "touch ", file, NULL) : NULL;
}

/** Fixes for what was found, and is not good. */
static void add_state_fixes(mssl_explained_t *explained, const mssl_explain_facts_t *facts,
                            apr_pool_t *pool)
{
    const mssl_explain_look_t *deciding = find_deciding(facts);

    switch (explained->verdict) {
    case MSSL_EXPLAIN_NOT_YET_VALID:
        add_fix(explained, "Wait until it begins; or look at this server's clock.", "timedatectl");
        add_rollback(explained, facts, 1, pool);
        break;
    case MSSL_EXPLAIN_SHADOWED:
        add_fix(explained, apr_psprintf(pool, "Remove the older form, so that the newer one "
                                        "counts: %s", deciding->file != NULL ? deciding->file
                                                                             : "see the store"),
                NULL);
        break;
    case MSSL_EXPLAIN_EXPIRING:
    case MSSL_EXPLAIN_URGENT:
    case MSSL_EXPLAIN_EXPIRED:
        add_fix(explained, "Look why it was not renewed: the log of what renews it (certbot: "
                "/var/log/letsencrypt/), DNS, and a firewall on port 80.", NULL);
        add_install(explained, facts, pool);
        break;
    default:
        add_install(explained, facts, pool);
        add_rollback(explained, facts, 0, pool);
        break;
    }
}

static void add_fixes(mssl_explained_t *explained, const mssl_explain_facts_t *facts,
                      apr_pool_t *pool)
{
    const mssl_explain_look_t *deciding = find_deciding(facts);

    switch (explained->verdict) {
    case MSSL_EXPLAIN_FINE:
    case MSSL_EXPLAIN_FINE_WILDCARD:
    case MSSL_EXPLAIN_CLIENT_CERTIFICATE:
        break;
    case MSSL_EXPLAIN_NO_SNI_UNREACHABLE:
        add_fix(explained, "Set up a switch: MSSLSwitchURL, as in "
                "conf-examples/10-switch-on-its-own-port.conf; or say that it is meant: MSSLNoSNI "
                "page.", NULL);
        break;
    case MSSL_EXPLAIN_NO_CERTIFICATE:
        if (facts->near != NULL) {
            add_fix(explained, apr_psprintf(pool, "A certificate for %s is there. A typing error?",
                                            facts->near), NULL);
        }
        if (facts->may_request && mssl_explain_is_harmless(facts->name)) {
            add_fix(explained, "Have it made here.", apr_psprintf(pool, "msslctl request %s", facts->name));
        }
        add_install(explained, facts, pool);
        break;
    case MSSL_EXPLAIN_EXCLUDED:
        add_fix(explained, apr_psprintf(pool, "The file %s.none in a store takes it out of the "
                                        "wildcard; remove it if that is no longer meant.",
                                        facts->name), deciding->file != NULL && mssl_explain_is_harmless(deciding->file)
                ? apr_pstrcat(pool, "rm ", deciding->file, NULL) : NULL);
        break;
    case MSSL_EXPLAIN_WRONG_SITE:
        add_fix(explained, apr_psprintf(pool, "Add 'ServerAlias %s' to the virtual host that is "
                                        "meant, and reload; or take it out of the wildcard by an "
                                        "empty file %s.none in the store.", facts->name,
                                        facts->name), build_none(deciding, facts->name, pool));
        break;
    case MSSL_EXPLAIN_NOT_GUARDED:
        add_fix(explained, "Write 'MSSLEngine on' into the first virtual host of its address, and "
                "reload.", "apache2ctl graceful");
        break;
    case MSSL_EXPLAIN_STORE_UNREACHABLE:
        add_fix(explained, "Mount the store, or give the right to read it: MSSL0113 in the error "
                "log has the reason.", NULL);
        break;
    case MSSL_EXPLAIN_NOT_A_NAME:
        add_fix(explained, "Ask for a host name in its ASCII form (xn--...), without https:// and "
                "path.", NULL);
        break;
    case MSSL_EXPLAIN_UNKNOWN:
        add_fix(explained, "Ask again a minute after the start; or set MSSLInventory on.", NULL);
        break;
    default:
        add_state_fixes(explained, facts, pool);
        break;
    }
}

void mssl_explain_add_fix(mssl_explained_t *explained, const char *text, const char *command)
{
    add_fix(explained, text, command);
}

void mssl_explain_add_problem(mssl_explained_t *explained, const char *id,
                              mssl_severity_t severity, const char *text, const char *tag)
{
    mssl_explain_problem_t *problem = &explained->problem[explained->nproblems];

    if (severity > explained->severity && explained->severity < MSSL_SEVERITY_BROKEN) {
        explained->severity = severity;
    }
    if (explained->nproblems < MSSL_EXPLAIN_PROBLEMS_MAX) {
        problem->id = id;
        problem->severity = severity;
        problem->text = text;
        problem->tag = tag;
        explained->nproblems++;
    }
}

void mssl_explain(mssl_explained_t *explained, const mssl_explain_facts_t *facts,
                  apr_pool_t *pool)
{
    int is_served, is_valid;

    memset(explained, 0, sizeof(*explained));
    explained->verdict = judge(facts);
    explained->severity = verdicts[explained->verdict].severity;
    explained->sentence = say(explained->verdict, facts, pool);
    explained->serving = find_serving(facts);
    add_fixes(explained, facts, pool);
    if (facts->name == NULL || !facts->is_known || explained->verdict == MSSL_EXPLAIN_NOT_GUARDED) {
        return;
    }
    is_served = explained->serving != NULL;
    is_valid = is_served && explained->serving->state != MSSL_STATE_EXPIRED
        && explained->serving->state != MSSL_STATE_NOT_YET_VALID;
    take_way(&explained->with_sni, facts, is_served, 1, pool);
    take_way(&explained->without_sni, facts, is_served, 0, pool);
    take_http(&explained->http, facts, is_valid, pool);
}
