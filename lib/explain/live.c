/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "lib/explain/live.h"

#include <apr_strings.h>
#include <string.h>

static const char *say_date(apr_time_t time, apr_pool_t *pool)
{
    apr_time_exp_t at;

    apr_time_exp_gmt(&at, time);
    return apr_psprintf(pool, "%04d-%02d-%02d", at.tm_year + 1900, at.tm_mon + 1, at.tm_mday);
}

static int is_of(const mssl_explain_visit_t *visit, mssl_visits_t which)
{
    return which == MSSL_VISITS_PLAIN ? visit->is_plain
           : !visit->is_plain && (visit->sni != NULL) == (which == MSSL_VISITS_WITH_SNI);
}

/** Whether what is shown is what the files have in service. @return -1: that is not known */
static int is_own(const mssl_explain_visit_t *visit, const mssl_explained_t *explained)
{
    const mssl_explain_look_t *serving = explained->serving;
    int type, is_known = 0;

    for (type = 0; serving != NULL && type < MSSL_KEY_TYPES; type++) {
        if (serving->sha256[type] != NULL) {
            is_known = 1;
            if (memcmp(serving->sha256[type], visit->sha256, MSSL_SHA256_LEN) == 0) {
                return 1;
            }
        }
    }
    return is_known ? 0 : -1;
}

/* Once, however many addresses answer so. */
static void cure_loop(mssl_explained_t *explained)
{
    static const char cure[] = "Look for the rule that sends visitors there, in the .htaccess or virtual "
                               "host of the site: it has to ask whether https is on, in a way that this "
                               "server answers (docs/https.md).";

    if (explained->nfixes == 0 || explained->fix[0].text != cure) {
        mssl_explain_put_fix(explained, cure, NULL);
    }
}

/** A broken website is not a broken certificate: it is told, and no more. */
static void judge_answer(mssl_explained_t *explained, const mssl_explain_visit_t *visit,
                         const mssl_explain_facts_t *facts, apr_pool_t *pool)
{
    const char *own = apr_pstrcat(pool, "https://", facts->name, "/", NULL);
    const char *plain = apr_pstrcat(pool, "http://", facts->name, "/", NULL);
    const char *location = visit->location != NULL ? visit->location : "";

    if (visit->status == 421) {
        mssl_explain_add_problem(explained, "misdirected", MSSL_SEVERITY_BROKEN,
                                 apr_psprintf(pool, "%s answers 421: this name is not served with "
                                              "that certificate.", visit->address), NULL);
    }
    else if (visit->status >= 500) {
        mssl_explain_add_problem(explained, "website_error", MSSL_SEVERITY_ATTENTION,
                                 apr_psprintf(pool, "The website itself answers %d at %s: see its "
                                              "own log.", visit->status, visit->address), NULL);
    }
    else if (strcmp(location, own) == 0
             || (strcmp(location, plain) == 0
                 && strcmp(explained->http.location != NULL ? explained->http.location : "",
                           own) == 0)) {
        mssl_explain_add_problem(explained, "loop", MSSL_SEVERITY_BROKEN,
                                 apr_psprintf(pool, "The website redirects in a circle: %s answers "
                                              "%d with Location %s.", visit->address, visit->status,
                                              location), NULL);
        cure_loop(explained);
    }
}

static void judge_shown(mssl_explained_t *explained, const mssl_explain_visit_t *visit,
                        const mssl_explain_facts_t *facts, apr_pool_t *pool)
{
    int own = is_own(visit, explained);

    if (own > 0 || (own < 0 && explained->serving != NULL)) {
        judge_answer(explained, visit, facts, pool);
    }
    else if (!visit->covers && explained->serving != NULL) {
        mssl_explain_add_problem(explained, "other_certificate", MSSL_SEVERITY_BROKEN,
                                 apr_psprintf(pool, "%s shows a certificate that does not cover %s, "
                                              "though the files do: another machine answers there, "
                                              "or the error log says why (MSSL0110).",
                                              visit->address, facts->name), "MSSL0110");
    }
    else if (visit->covers && explained->serving != NULL) {
        mssl_explain_add_problem(explained, "old_certificate",
                                 visit->not_after < facts->now ? MSSL_SEVERITY_BROKEN
                                                               : MSSL_SEVERITY_ATTENTION,
                                 apr_psprintf(pool, "%s still shows another certificate than the "
                                              "files have, one until %s: a new one counts within "
                                              "%ld s; later, another machine answers there, "
                                              "or the error log says why (MSSL0110).",
                                              visit->address, say_date(visit->not_after, pool),
                                              facts->within), "MSSL0110");
    }
    else if (visit->covers) {
        mssl_explain_add_problem(explained, "not_in_files", MSSL_SEVERITY_ATTENTION,
                                 apr_psprintf(pool, "%s shows a certificate for it until %s, which "
                                              "no store has: the last good one, or another "
                                              "machine's.", visit->address,
                                              say_date(visit->not_after, pool)), NULL);
    }
}

static void judge_with_sni(mssl_explained_t *explained, const mssl_explain_visit_t *visit,
                           const mssl_explain_facts_t *facts, apr_pool_t *pool)
{
    if (visit->has_certificate) {
        judge_shown(explained, visit, facts, pool);
    }
    else if (visit->is_refused && explained->serving != NULL) {
        mssl_explain_add_problem(explained, "refused", MSSL_SEVERITY_BROKEN,
                                 apr_psprintf(pool, "%s refuses the handshake (%s).",
                                              visit->address, visit->failure), NULL);
    }
}

/** Whether what an address shows with SNI is another certificate: that is told, and enough. */
static int is_stranger(const mssl_explained_t *explained, const mssl_explain_facts_t *facts,
                       const char *address)
{
    int i;

    for (i = 0; i < facts->nvisits; i++) {
        const mssl_explain_visit_t *visit = &facts->visit[i];

        if (is_of(visit, MSSL_VISITS_WITH_SNI) && visit->has_certificate
            && strcmp(visit->address, address) == 0 && is_own(visit, explained) == 0) {
            return 1;
        }
    }
    return 0;
}

/** A client that is trusted, or remembered, gets more than the public does. */
static void judge_without_sni(mssl_explained_t *explained, const mssl_explain_visit_t *visit,
                              const mssl_explain_facts_t *facts, apr_pool_t *pool)
{
    const mssl_explain_way_t *way = &explained->without_sni;

    if (is_stranger(explained, facts, visit->address) || visit->is_trusted || way->answer == NULL
        || visit->status == 0 || way->status == 0
        || visit->status == way->status || is_own(visit, explained) > 0) {
        return;
    }
    mssl_explain_add_problem(explained, "no_sni_otherwise", MSSL_SEVERITY_ATTENTION,
                             apr_psprintf(pool, "Old programs (no SNI) get %d at %s, and not %d: "
                                          "mod_ssl may stand in the way (SSLVHostSNIPolicy; see "
                                          "MSSL0014 in the error log).", visit->status,
                                          visit->address, way->status), "MSSL0014");
}

static void judge_plain(mssl_explained_t *explained, const mssl_explain_visit_t *visit,
                        apr_pool_t *pool)
{
    const mssl_explain_way_t *way = &explained->http;
    int redirects = visit->location != NULL && strncmp(visit->location, "https://", 8) == 0;

    if (way->answer != NULL && strcmp(way->answer, "redirect") == 0 && visit->status != 0
        && !redirects) {
        mssl_explain_add_problem(explained, "http_otherwise", MSSL_SEVERITY_ATTENTION,
                                 apr_psprintf(pool, "http:// is not sent to https: %s answers %d.",
                                              visit->address, visit->status), NULL);
    }
}

/** Addresses that are silent: with none left, nobody is served. */
static void judge_silence(mssl_explained_t *explained, const mssl_explain_facts_t *facts,
                          apr_pool_t *pool)
{
    int i, silent = 0, all = 0;

    for (i = 0; i < facts->nvisits; i++) {
        const mssl_explain_visit_t *visit = &facts->visit[i];

        all += is_of(visit, MSSL_VISITS_WITH_SNI);
        silent += is_of(visit, MSSL_VISITS_WITH_SNI) && !visit->has_certificate
            && !visit->is_refused;
    }
    for (i = 0; i < facts->nvisits; i++) {
        const mssl_explain_visit_t *visit = &facts->visit[i];

        if (is_of(visit, MSSL_VISITS_WITH_SNI) && !visit->has_certificate && !visit->is_refused) {
            mssl_explain_add_problem(explained, "no_answer",
                                     silent == all ? MSSL_SEVERITY_BROKEN : MSSL_SEVERITY_ATTENTION,
                                     apr_psprintf(pool, "%s does not answer (%s)%s.",
                                                  visit->address,
                                                  visit->failure != NULL ? visit->failure : "-",
                                                  silent == all ? ": does httpd run?" : ""), NULL);
        }
    }
}

/** Files are broken, and a valid certificate is shown: visitors notice nothing yet. */
static void see_last_good(mssl_explained_t *explained, const mssl_explain_facts_t *facts,
                          apr_pool_t *pool)
{
    int i;

    for (i = 0; i < facts->nvisits; i++) {
        const mssl_explain_visit_t *visit = &facts->visit[i];

        if (is_of(visit, MSSL_VISITS_WITH_SNI) && visit->has_certificate
            && (!visit->covers || visit->not_after < facts->now)) {
            return;
        }
        if (is_of(visit, MSSL_VISITS_WITH_SNI) && visit->has_certificate
            && explained->verdict == MSSL_EXPLAIN_BAD) {
            explained->with_sni = (mssl_explain_way_t){
                .certificate = "its own", .answer = "site",
                .text = "the last good certificate, then the site"
            };
            explained->verdict = MSSL_EXPLAIN_AT_RISK;
            explained->severity = MSSL_SEVERITY_ATTENTION;
            explained->sentence = apr_psprintf(pool, "AT RISK. Visitors still get the site, with "
                                               "the last good certificate, until %s; the files are "
                                               "broken.", say_date(visit->not_after, pool));
        }
    }
}

static void judge_visits(mssl_explained_t *explained, const mssl_explain_facts_t *facts,
                         mssl_visits_t which, apr_pool_t *pool)
{
    int i;

    for (i = 0; i < facts->nvisits; i++) {
        const mssl_explain_visit_t *visit = &facts->visit[i];

        if (!is_of(visit, which)) {
            continue;
        }
        if (which == MSSL_VISITS_WITH_SNI) {
            judge_with_sni(explained, visit, facts, pool);
        }
        else if (which == MSSL_VISITS_WITHOUT_SNI) {
            judge_without_sni(explained, visit, facts, pool);
        }
        else {
            judge_plain(explained, visit, pool);
        }
    }
}

void mssl_explain_live(mssl_explained_t *explained, const mssl_explain_facts_t *facts,
                       apr_pool_t *pool)
{
    mssl_severity_t before;

    if (facts->visit == NULL || facts->name == NULL || explained->with_sni.answer == NULL) {
        return;
    }
    if (explained->verdict == MSSL_EXPLAIN_BAD) {
        see_last_good(explained, facts, pool);
    }
    before = explained->severity;
    judge_silence(explained, facts, pool);
    judge_visits(explained, facts, MSSL_VISITS_WITH_SNI, pool);
    judge_visits(explained, facts, MSSL_VISITS_WITHOUT_SNI, pool);
    judge_visits(explained, facts, MSSL_VISITS_PLAIN, pool);
    if (explained->severity != before && explained->nproblems > 0) {
        explained->sentence = apr_psprintf(pool, "SEEN OTHERWISE. %s By its files it is %s",
                                           explained->problem[0].text, explained->sentence);
    }
}

/** Its own certificate where others are sent to the switch: whoever visits came from there lately. */
static int is_remembered(const mssl_explained_t *explained, const mssl_explain_visit_t *visit)
{
    const mssl_explain_way_t *way = &explained->without_sni;

    return is_of(visit, MSSL_VISITS_WITHOUT_SNI) && visit->has_certificate && !visit->is_trusted
           && visit->status != 0 && way->status != 0 && visit->status != way->status
           && is_own(visit, explained) > 0;
}

static const char *say_seen(const mssl_explained_t *explained, const mssl_explain_visit_t *visit,
                            apr_pool_t *pool)
{
    const char *text = visit->status != 0 ? apr_itoa(pool, visit->status)
                       : visit->is_refused ? "refused"
                       : visit->has_certificate ? "the certificate" : "nothing";

    return visit->is_trusted ? apr_pstrcat(pool, text, " (trusted)", NULL)
           : is_remembered(explained, visit)
               ? apr_pstrcat(pool, text, " (remembered from the switch)", NULL) : text;
}

const char *mssl_explain_seen(const mssl_explained_t *explained, const mssl_explain_facts_t *facts,
                              mssl_visits_t which, apr_pool_t *pool)
{
    const char *first = NULL, *all = "";
    int i, differs = 0;

    for (i = 0; i < facts->nvisits; i++) {
        const mssl_explain_visit_t *visit = &facts->visit[i];

        if (is_of(visit, which)) {
            const char *text = say_seen(explained, visit, pool);

            first = first != NULL ? first : text;
            differs |= strcmp(first, text) != 0;
            all = apr_pstrcat(pool, all, *all != '\0' ? ", " : "", text, " at ", visit->address,
                              NULL);
        }
    }
    return first == NULL ? NULL : apr_pstrcat(pool, "seen: ", differs ? all : first, NULL);
}
