/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "lib/explain/job.h"

#include <apr_strings.h>
#include <string.h>

#include "lib/base/rfc3339.h"
#include "lib/explain/preflight.h"
#include "lib/issue/job.h"

static const char *say_time(apr_time_t time, apr_pool_t *pool)
{
    char text[MSSL_RFC3339_SIZE];

    mssl_rfc3339_print(text, time);
    return apr_pstrdup(pool, text);
}

/* "; tried again 2026-11-29T21:00:00Z" */
static const char *say_next(const mssl_job_t *job, const char *words, apr_pool_t *pool)
{
    return job->next != 0 ? apr_pstrcat(pool, "; ", words, " ", say_time(job->next, pool), NULL) : "";
}

void mssl_explain_put_fix(mssl_explained_t *explained, const char *text, const char *command)
{
    mssl_explain_fix_t *fix = explained->fix;
    int n = explained->nfixes < MSSL_EXPLAIN_FIXES_MAX ? explained->nfixes
                                                       : MSSL_EXPLAIN_FIXES_MAX - 1;

    memmove(fix + 1, fix, (size_t)n * sizeof(*fix));
    fix->text = text;
    fix->command = command;
    explained->nfixes = n + 1;
}

/* NULL: the name could not stand in a command. */
static const char *make_command(const mssl_explain_facts_t *facts, const char *verb, apr_pool_t *pool)
{
    const char *name = facts->job->name;

    if (name[0] == '*') {
        return mssl_explain_is_harmless(name + 1)
                   ? apr_psprintf(pool, "msslctl %s '%s'", verb, name) : NULL;
    }
    return mssl_explain_is_harmless(name) ? apr_psprintf(pool, "msslctl %s %s", verb, name) : NULL;
}

/* What somebody can do about a failure. */
static const char *say_cure(const mssl_job_t *job)
{
    switch (job->class) {
    case MSSL_CLASS_DNS:
    case MSSL_CLASS_ELSEWHERE:
        return "Point the DNS of the name to this server; it is looked at again within minutes. Or at "
               "once:";
    case MSSL_CLASS_CONNECTION:
    case MSSL_CLASS_UNAUTHORIZED:
        return "See that requests for /.well-known/acme-challenge/ of this name reach this server from "
               "outside, by IPv6 too: port 80, a firewall, a CDN. Then:";
    case MSSL_CLASS_CAA:
        return "Allow the certificate authority in the name's CAA records. Then:";
    case MSSL_CLASS_POLICY:
        return "The certificate authority makes none for this name; name another one with MSSLIssuer. "
               "Then:";
    case MSSL_CLASS_LIMIT:
        return "Nothing: it is tried again when the limit allows it.";
    case MSSL_CLASS_FUNDS:
        return "Pay at the reseller, or certificate authority; nothing is ordered there until then. Then:";
    case MSSL_CLASS_ACCOUNT:
        return "Mend the account at the certificate authority, or what MSSLIssuer says of it. Then:";
    case MSSL_CLASS_CA:
        if (job->next != 0) {
            return "Nothing, where the certificate authority is out: it is tried again by itself. Or at "
                   "once:";
        } /* fall through */
    default:
        return "Mend what is in the way; then it need not be waited for:";
    }
}

/* What the last look said, and what this one does: whether it is mended. */
static int is_mended(const mssl_explain_facts_t *facts)
{
    mssl_class_t class = facts->job->class;

    return mssl_explain_leads_here(facts)
           && (class == MSSL_CLASS_DNS || class == MSSL_CLASS_ELSEWHERE || class == MSSL_CLASS_CONNECTION);
}

static mssl_severity_t weigh(const mssl_explained_t *explained)
{
    return explained->serving != NULL ? MSSL_SEVERITY_ATTENTION : MSSL_SEVERITY_BROKEN;
}

static const char *say_class(const mssl_job_t *job)
{
    return job->class != MSSL_CLASS_NONE ? mssl_class_text(job->class) : "unknown";
}

/* It is being made, and somebody waits for it. */
static void tell_making(mssl_explained_t *explained, const mssl_explain_facts_t *facts,
                        apr_pool_t *pool)
{
    if (explained->serving != NULL || explained->verdict != MSSL_EXPLAIN_NO_CERTIFICATE) {
        return;
    }
    explained->sentence = "NO CERTIFICATE YET: it is being made. Visitors get a browser warning, then a "
                          "page that says so (421).";
    mssl_explain_put_fix(explained, "Wait; how far it is:", make_command(facts, "job", pool));
}

static void tell_failed(mssl_explained_t *explained, const mssl_explain_facts_t *facts,
                        apr_pool_t *pool)
{
    const mssl_job_t *job = facts->job;
    const char *cure = is_mended(facts) ? "It leads here now. Within minutes it is ordered by itself; or at "
                                          "once:" : say_cure(job);

    mssl_explain_add_problem(explained, "job_failed", weigh(explained),
                             apr_psprintf(pool, "its certificate could not be made (%s): %s%s",
                                          say_class(job), job->text,
                                          say_next(job, "tried again", pool)), NULL);
    mssl_explain_put_fix(explained, cure, job->class != MSSL_CLASS_LIMIT ? make_command(facts, "retry", pool)
                                                              : NULL);
}

static void tell_pending(mssl_explained_t *explained, const mssl_explain_facts_t *facts,
                         apr_pool_t *pool)
{
    const mssl_job_t *job = facts->job;

    if (explained->verdict == MSSL_EXPLAIN_NO_CERTIFICATE) {
        explained->sentence = "NO CERTIFICATE YET: it waits for somebody. Visitors get a browser "
                              "warning, then a page that says so (421).";
    }
    mssl_explain_add_problem(explained, "job_pending", MSSL_SEVERITY_ATTENTION,
                             apr_psprintf(pool, "its certificate waits for %s%s%s",
                                          job->waits_for[0] != '\0' ? job->waits_for : "somebody",
                                          job->until != 0 ? ", until " : "",
                                          job->until != 0 ? say_time(job->until, pool) : ""), NULL);
    mssl_explain_put_fix(explained, "See who has to do what:", make_command(facts, "job", pool));
}

void mssl_explain_job(mssl_explained_t *explained, const mssl_explain_facts_t *facts,
                      apr_pool_t *pool)
{
    const mssl_job_t *job = facts->job;

    if (job == NULL) {
        return;
    }
    switch (job->state) {
    case MSSL_JOB_WANTED:
    case MSSL_JOB_ORDERED:
        tell_making(explained, facts, pool);
        break;
    case MSSL_JOB_PENDING:
        tell_pending(explained, facts, pool);
        break;
    case MSSL_JOB_FAILED:
        tell_failed(explained, facts, pool);
        break;
    case MSSL_JOB_DECLINED:
        mssl_explain_add_problem(explained, "job_declined", weigh(explained),
                                 apr_psprintf(pool, "its certificate was declined, and is not tried "
                                              "again by itself: %s", job->text), NULL);
        mssl_explain_put_fix(explained, "Ask anew:", make_command(facts, "retry", pool));
        break;
    case MSSL_JOB_GONE:
        mssl_explain_add_problem(explained, "job_gone", MSSL_SEVERITY_ATTENTION,
                                 apr_psprintf(pool, "nothing of MSSLIssueFor has the name any more: its "
                                              "certificate is not renewed%s",
                                              say_next(job, "out of service", pool)), NULL);
        break;
    default:
        break;
    }
}

const char *mssl_explain_job_text(const mssl_explain_facts_t *facts, apr_pool_t *pool)
{
    const mssl_job_t *job = facts->job;
    const char *text;

    if (job == NULL) {
        return NULL;
    }
    text = apr_psprintf(pool, "%s%s%s since %s", job->name[0] == '*' ? job->name : "",
                        job->name[0] == '*' ? ": " : "", mssl_job_state_text(job->state),
                        say_time(job->since, pool));
    if (job->issuer[0] != '\0') {
        text = apr_pstrcat(pool, text, ", by ", job->issuer, NULL);
    }
    if (job->state == MSSL_JOB_INSTALLED && job->renew != 0) {
        return apr_pstrcat(pool, text, ", renewed ", say_time(job->renew, pool), NULL);
    }
    if (job->failures > 0) {
        text = apr_psprintf(pool, "%s, %d failure%s", text, job->failures,
                            job->failures == 1 ? "" : "s");
    }
    return job->said[0] != '\0' ? apr_pstrcat(pool, text, ": ", job->said, NULL) : text;
}

/* null where it is empty. */
static const char *or_null(const char *text)
{
    return text[0] != '\0' ? text : NULL;
}

void mssl_explain_job_json(mssl_json_t *json, const mssl_explain_facts_t *facts)
{
    const mssl_job_t *job = facts->job;

    if (job == NULL) {
        mssl_json_null(json, "job");
        return;
    }
    mssl_json_open(json, "job", '{');
    mssl_json_text(json, "name", job->name);
    mssl_json_text(json, "state", mssl_job_state_text(job->state));
    mssl_json_time(json, "since", job->since);
    mssl_json_time(json, "next", job->next);
    mssl_json_text(json, "source", or_null(job->source));
    mssl_json_text(json, "issuer", or_null(job->issuer));
    mssl_json_int(json, "failures", job->failures);
    mssl_json_text(json, "class", or_null(mssl_class_text(job->class)));
    mssl_json_text(json, "text", or_null(job->text));
    mssl_json_text(json, "said", or_null(job->said));
    mssl_json_text(json, "waits_for", or_null(job->waits_for));
    mssl_json_time(json, "until", job->until);
    mssl_json_time(json, "not_after", job->not_after);
    mssl_json_time(json, "renew", job->renew);
    mssl_json_close(json);
}
