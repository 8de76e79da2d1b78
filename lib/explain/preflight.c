/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "lib/explain/preflight.h"

#include <apr_lib.h>
#include <apr_strings.h>
#include <string.h>

const char *mssl_explain_spot_text(const mssl_explain_spot_t *spot, apr_pool_t *pool)
{
    const char *family = strchr(spot->address, ':') != NULL ? "AAAA " : "A ";

    if (spot->found == MSSL_FOUND_OURS) {
        return apr_pstrcat(pool, family, spot->address, ": a token came back from there", NULL);
    }
    if (spot->found == MSSL_FOUND_ELSEWHERE) {
        return apr_psprintf(pool, "%s%s: another server answers there (status %d to a file of ours)",
                            family, spot->address, spot->status);
    }
    return apr_pstrcat(pool, family, spot->address, ": nobody answers who can be asked from here", NULL);
}

const char *mssl_explain_preflight_fix(mssl_job_found_t found)
{
    switch (found) {
    case MSSL_FOUND_UNKNOWN:
        return "it is ordered all the same; where port 80 is closed to the world, the authority cannot "
               "look either";
    case MSSL_FOUND_ELSEWHERE:
        return "point DNS (A and AAAA) to this server; where a proxy or CDN stands in front, name it: "
               "MSSLPublicAddress";
    case MSSL_FOUND_NO_ADDRESS:
        return "add an A or AAAA record";
    default:
        return NULL;
    }
}

int mssl_explain_leads_here(const mssl_explain_facts_t *facts)
{
    return facts->preflight != NULL && facts->preflight->found == MSSL_FOUND_OURS;
}

void mssl_explain_preflight(mssl_explained_t *explained, const mssl_explain_facts_t *facts,
                            apr_pool_t *pool)
{
    const mssl_explain_preflight_t *seen = facts->preflight;
    char *fix;

    if (seen == NULL || explained->verdict != MSSL_EXPLAIN_NO_CERTIFICATE
        || (seen->found != MSSL_FOUND_ELSEWHERE && seen->found != MSSL_FOUND_NO_ADDRESS)
        || (facts->job != NULL && facts->job->state != MSSL_JOB_WANTED)) {
        return;
    }
    mssl_explain_add_problem(explained, "preflight", MSSL_SEVERITY_ATTENTION,
                             apr_pstrcat(pool, "no certificate is ordered as long as ", seen->text,
                                         NULL), NULL);
    fix = apr_pstrcat(pool, mssl_explain_preflight_fix(seen->found), ".", NULL);
    fix[0] = apr_toupper(fix[0]);
    mssl_explain_put_fix(explained, fix, NULL);
}

int mssl_explain_preflight_lines(const mssl_explain_facts_t *facts)
{
    const mssl_explain_preflight_t *seen = facts->preflight;

    return seen == NULL ? 0 : seen->n + (seen->n == 0 || mssl_explain_leads_here(facts));
}

const char *mssl_explain_preflight_line(const mssl_explain_facts_t *facts, int i, apr_pool_t *pool)
{
    const mssl_explain_preflight_t *seen = facts->preflight;

    return i < seen->n ? mssl_explain_spot_text(&seen->spot[i], pool)
           : seen->text[0] != '\0' ? seen->text : "it leads here";
}

void mssl_explain_preflight_json(mssl_json_t *json, const mssl_explain_facts_t *facts)
{
    const mssl_explain_preflight_t *seen = facts->preflight;
    int i;

    if (seen == NULL) {
        mssl_json_null(json, "preflight");
        return;
    }
    mssl_json_open(json, "preflight", '{');
    mssl_json_text(json, "found", mssl_found_text(seen->found));
    mssl_json_text(json, "text", seen->text[0] != '\0' ? seen->text : NULL);
    mssl_json_open(json, "addresses", '[');
    for (i = 0; i < seen->n; i++) {
        mssl_json_open(json, NULL, '{');
        mssl_json_text(json, "address", seen->spot[i].address);
        mssl_json_text(json, "found", mssl_found_text(seen->spot[i].found));
        mssl_json_int_or_null(json, "status", seen->spot[i].found == MSSL_FOUND_ELSEWHERE,
                              seen->spot[i].status);
        mssl_json_close(json);
    }
    mssl_json_close(json);
    mssl_json_close(json);
}
