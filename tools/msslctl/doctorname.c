/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

/* msslctl doctor NAME: who vouches for it, whose certificate serves, and whether an authority would find its way. */

#include <apr_strings.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/text.h"
#include "lib/files/folder.h"
#include "lib/issue/choice.h"
#include "lib/issue/ledger.h"
#include "lib/issue/permit.h"
#include "lib/issue/shown.h"
#include "lib/issue/suffix.h"
#include "lib/issue/vhosts.h"
#include "tools/msslctl/dns.h"
#include "tools/msslctl/doctor.h"
#include "tools/msslctl/preflight.h"

#define CAA_MAX 300

static const char *list_sources(const mssl_permit_t *permit, apr_pool_t *pool)
{
    return apr_pstrcat(pool, (permit->sources & MSSL_FROM_VHOSTS) != 0 ? " virtual hosts" : "",
                       (permit->sources & MSSL_FROM_LIST) != 0 ? " a list" : "",
                       (permit->sources & MSSL_FROM_FOLDERS) != 0 ? " a folder" : "",
                       (permit->sources & MSSL_FROM_ASK) != 0 ? " a panel's program" : "",
                       (permit->sources & MSSL_FROM_REQUESTS) != 0 ? " a request" : "", NULL);
}

/* Its program has second thoughts. */
static void look_at_noes(ctl_doctor_t *doctor, const char *name)
{
    const mssl_consent_t *consent = mssl_consents_find(doctor->consents, name);
    apr_pool_t *pool = doctor->issuing.ctl->pool;

    if (consent != NULL && consent->noes > 0) {
        ctl_tell(doctor, CTL_ATTENTION, name,
                 apr_psprintf(pool, "%s has said no since, on %d of %d days: nothing is "
                              "ordered for it", doctor->issuing.issuing->ask, consent->noes,
                              MSSL_CONSENT_NOES),
                 apr_psprintf(pool, "none, if the name is to go; else have the panel say yes, and run: "
                              "msslctl retry '%s'", name));
    }
}

/* @return whether somebody vouches for it */
static int look_at_permission(ctl_doctor_t *doctor, const char *name)
{
    const mssl_permit_t *permit = mssl_permits_find(doctor->permits, name);
    const mssl_issuing_t *issuing = doctor->issuing.issuing;
    apr_pool_t *pool = doctor->issuing.ctl->pool;

    if (permit != NULL) {
        ctl_tell(doctor, CTL_FINE, name, apr_pstrcat(pool, "may have a certificate, by",
                                                     list_sources(permit, pool), NULL), NULL);
        look_at_noes(doctor, name);
    }
    else if (mssl_permits_is_excluded(doctor->permits, name)) {
        ctl_tell(doctor, CTL_BROKEN, name, "is taken out by a line '!' of a list", "take that line out");
    }
    else if (!mssl_suffix_is_plain(name)) {
        ctl_tell(doctor, CTL_BROKEN, name, "no authority signs a name with '_', or with '-' at the end of a "
                 "label", NULL);
    }
    else if (!mssl_suffix_is_public(name)
             && (issuing->for_vhosts || !apr_is_empty_array(issuing->folders)
                 || issuing->ask != NULL)) {
        ctl_tell(doctor, CTL_BROKEN, name, "nobody vouches for it: names of virtual hosts, folders and a "
                 "panel's program count below a public suffix alone", "put it into a list (MSSLIssueFor list:FILE), for an authority of "
                 "your own");
    }
    else if (issuing->ask != NULL && mssl_permits_may_ask(doctor->permits, name)) {
        ctl_tell(doctor, CTL_BROKEN, name, apr_pstrcat(pool, "nobody vouches for it: ", issuing->ask,
                 " did not say yes yet", NULL), apr_psprintf(pool, "let the panel know the name, and run: "
                 "msslctl retry '%s'; else it is asked when a visitor comes, where the name leads here", name));
    }
    else {
        ctl_tell(doctor, CTL_BROKEN, name, "nobody vouches for it", apr_psprintf(pool, "add a virtual host "
                 "with that ServerName on an address with MSSLEngine, a line in a list, or run: msslctl "
                 "request '%s'", name));
    }
    return permit != NULL;
}

/* One that covers the name. */
static void tell_shown(ctl_doctor_t *doctor, const char *name, const char *address,
                       const mssl_shown_t *shown, int is_own)
{
    apr_pool_t *pool = doctor->issuing.ctl->pool;
    const char *text = apr_pstrcat(pool, "at ", address, " a certificate for it is in service, until ",
                                   ctl_print_time(pool, shown->not_after),
                                   is_own ? ": the one that was made here"
                                   : ": somebody else's, which is not replaced before it is urgent", NULL);

    if (is_own || !shown->signs_itself) {
        ctl_tell(doctor, CTL_FINE, name, text, NULL);
        return;
    }
    ctl_tell(doctor, CTL_ATTENTION, name,
             apr_pstrcat(pool, text, ". It signs itself, so browsers warn of it", NULL),
             apr_psprintf(pool, "where it is a virtual host's own (SSLCertificateFile): msslctl retry '%s': "
                          "what is issued serves before it. Where a store has it (msslctl explain says "
                          "which file): take that file away, and one is ordered by itself", name));
}

/* @param own of the job's; "": nothing was made here */
static void look_at_certificate(ctl_doctor_t *doctor, const char *name, const char *own)
{
    const char *const *address = mssl_vhosts_list_addresses(doctor->issuing.dir,
                                                            doctor->issuing.ctl->pool);
    apr_pool_t *pool = doctor->issuing.ctl->pool;
    mssl_shown_t shown;

    for (; *address != NULL; address++) {
        mssl_shown_get(&shown, *address, name, apr_time_from_sec(5));
        if (shown.has_certificate && shown.covers) {
            tell_shown(doctor, name, *address, &shown, strcmp(shown.sha256, own) == 0);
            continue;
        }
        ctl_tell(doctor, shown.has_certificate ? CTL_FINE : CTL_ATTENTION, name,
                 apr_pstrcat(pool, "at ", *address, shown.has_certificate ? " none is in service yet" : ": ",
                             shown.has_certificate ? "" : shown.failure, NULL), NULL);
    }
}

static int judge_found(mssl_job_found_t found)
{
    return found == MSSL_FOUND_OURS ? CTL_FINE : found == MSSL_FOUND_UNKNOWN ? CTL_ATTENTION : CTL_BROKEN;
}

/* The values of "issue", and for a wildcard "issuewild", which goes before it (RFC 8659 section 4.3). */
static apr_array_header_t *list_authorities(const apr_array_header_t *records, int is_wildcard,
                                            apr_pool_t *pool)
{
    apr_array_header_t *values = apr_array_make(pool, 2, sizeof(const char *));
    const char *tag = is_wildcard ? "issuewild " : "issue ";
    int i;

    for (i = 0; i < records->nelts; i++) {
        const char *record = APR_ARRAY_IDX(records, i, const char *);

        if (strncmp(record, tag, strlen(tag)) == 0) {
            const char *value = record + strlen(tag);

            value += strspn(value, " ");
            APR_ARRAY_PUSH(values, const char *) = apr_pstrndup(pool, value, strcspn(value, " ;"));
        }
    }
    return values->nelts == 0 && is_wildcard ? list_authorities(records, 0, pool) : values;
}

/* Whether an authority is called as the directory of an issuer is: letsencrypt.org, of acme-v02.api... */
static int is_known(const mssl_issuing_t *issuing, const char *authority)
{
    size_t len = strlen(authority);
    int i;

    for (i = 0; len > 0 && i < issuing->issuers->nelts; i++) {
        const char *url = APR_ARRAY_IDX(issuing->issuers, i, mssl_issuer_t).directory;
        const char *host = url != NULL ? strstr(url, "://") : NULL;
        size_t n = host != NULL ? strcspn(host + 3, ":/") : 0;

        if (n >= len && strncasecmp(host + 3 + n - len, authority, len) == 0
            && (n == len || host[3 + n - len - 1] == '.')) {
            return 1;
        }
    }
    return 0;
}

static void judge_caa(ctl_doctor_t *doctor, const char *domain, const apr_array_header_t *records)
{
    apr_pool_t *pool = doctor->issuing.ctl->pool;
    apr_array_header_t *values = list_authorities(records, doctor->name[0] == '*', pool);
    const char *text = "";
    int i, allowed = 0, known = 0;

    for (i = 0; i < values->nelts; i++) {
        const char *value = APR_ARRAY_IDX(values, i, const char *);

        allowed += *value != '\0';
        known |= is_known(doctor->issuing.issuing, value);
        text = apr_pstrcat(pool, text, *text != '\0' && *value != '\0' ? ", " : "", value, NULL);
    }
    text = mssl_text_shown(pool, text, CAA_MAX);
    if (values->nelts == 0 || known) {
        ctl_tell(doctor, CTL_FINE, doctor->name, apr_pstrcat(pool, "CAA of ", domain, values->nelts == 0
                 ? ": every authority may" : ": lets ", text, NULL), NULL);
    }
    else {
        ctl_tell(doctor, allowed > 0 ? CTL_ATTENTION : CTL_BROKEN, doctor->name,
                 apr_pstrcat(pool, "CAA of ", domain, allowed > 0 ? " lets these authorities alone: "
                             : " lets no authority", text, NULL),
                 "if yours is not among them, as its documentation calls it, add a CAA record for it");
    }
}

/* The records that count are those nearest to the name (RFC 8659 section 3). */
static void look_at_caa(ctl_doctor_t *doctor)
{
    const char *at = doctor->name[0] == '*' ? doctor->name + 2 : doctor->name;
    mssl_buffer_t conf = { .max = 0 };
    apr_array_header_t *records = NULL;
    int is_answered = 1;

    ctl_dns_read_conf(&conf);
    for (; at != NULL && is_answered; at = strchr(at, '.') != NULL ? strchr(at, '.') + 1 : NULL) {
        is_answered = ctl_dns_list(&records, at, CTL_DNS_CAA, &conf, doctor->issuing.ctl->pool);
        if (records->nelts > 0) {
            break;
        }
    }
    mssl_buffer_free(&conf);
    if (!is_answered) {
        ctl_tell(doctor, CTL_ATTENTION, doctor->name, "DNS does not say whether a CAA record forbids the "
                 "authority", NULL);
    }
    else if (at != NULL) {
        judge_caa(doctor, at, records);
    }
    else {
        ctl_tell(doctor, CTL_FINE, doctor->name, "no CAA record: every authority may", NULL);
    }
}

/* What each address answered: a CA may take any of them, IPv6 first. */
static void look_at_dns(ctl_doctor_t *doctor, const char *name)
{
    apr_pool_t *pool = doctor->issuing.ctl->pool;
    mssl_explain_preflight_t seen;
    int i;

    ctl_preflight_look(&seen, doctor->issuing.issuing, name, apr_time_from_sec(10), pool);
    for (i = 0; i < seen.n; i++) {
        ctl_tell(doctor, judge_found(seen.spot[i].found), name,
                 mssl_explain_spot_text(&seen.spot[i], pool), NULL);
    }
    ctl_tell(doctor, judge_found(seen.found), name, seen.text[0] != '\0' ? seen.text : "it leads here",
             mssl_explain_preflight_fix(seen.found));
}

/* @param rv how its file was read, with why */
static void look_at_job(ctl_doctor_t *doctor, const char *name, apr_status_t rv,
                        const mssl_job_t *job, const mssl_reason_t *why)
{
    if (APR_STATUS_IS_ENOENT(rv)) {
        ctl_tell(doctor, CTL_FINE, name, "has no job yet", NULL);
    }
    else if (rv != APR_SUCCESS) {
        ctl_tell(doctor, CTL_BROKEN, name, why->text, NULL);
    }
    else {
        ctl_tell(doctor, ctl_issuing_judge(job), name,
                 apr_pstrcat(doctor->issuing.ctl->pool, "its job: ", mssl_job_state_text(job->state),
                             job->text[0] != '\0' ? ", " : "", job->text, NULL), NULL);
    }
}

static void look_at_issuers(ctl_doctor_t *doctor, const char *name)
{
    const mssl_permit_t *permit = mssl_permits_find(doctor->permits, name);
    const mssl_choice_t choice = { .issuing = doctor->issuing.issuing };
    const mssl_need_t need = { .name = name, .named = permit != NULL ? permit->issuer : NULL };

    if (!mssl_choice_is_there(&choice, &need)) {
        ctl_tell(doctor, CTL_BROKEN, name, "no issuer makes wildcards, which are proved by the DNS", "set one "
                 "up that can write there, for example 'MSSLIssuer NAME lego --dns PROVIDER ...'");
    }
}

/* What is left of the limits that are its own, at the first issuer that may be asked for it. */
static void look_at_limits(ctl_doctor_t *doctor, const char *name)
{
    const mssl_permit_t *permit = mssl_permits_find(doctor->permits, name);
    const mssl_issuing_t *issuing = doctor->issuing.issuing;
    const mssl_choice_t choice = { .issuing = issuing };
    const mssl_need_t need = { .name = name, .named = permit != NULL ? permit->issuer : NULL };
    const mssl_issuer_t *issuer = mssl_choice_first(&choice, &need);
    apr_pool_t *pool = doctor->issuing.ctl->pool;
    mssl_ledger_t *ledger;
    int folder;

    if (issuer == NULL) {
        return;
    }
    folder = mssl_folder_open(doctor->issuing.dir, MSSL_LEDGERS_DIR);
    ledger = mssl_ledger_make(folder, pool);
    if (folder >= 0) {
        apr_time_t now = apr_time_now();
        int domain, own;

        (void)mssl_ledger_load(ledger, issuer->name, now - MSSL_LEDGER_SPAN, NULL); /* said of the issuer */
        domain = mssl_ledger_get_left(ledger, issuing, MSSL_LIMIT_DOMAIN, issuer->name, name, now);
        own = mssl_ledger_get_left(ledger, issuing, MSSL_LIMIT_NAME, issuer->name, name, now);
        ctl_tell(doctor, domain > 0 && own > 0 ? CTL_FINE : CTL_ATTENTION, name,
                 apr_psprintf(pool, "at %s %d of %d first certificates of its domain are left, and %d of %d "
                              "out of turn of its own (MSSLIssueLimit domain, name)", issuer->name, domain,
                              issuing->limit[MSSL_LIMIT_DOMAIN].n, own, issuing->limit[MSSL_LIMIT_NAME].n),
                 NULL);
        close(folder);
    }
}

void ctl_doctor_look_at_name(ctl_doctor_t *doctor, const char *text)
{
    char name[MSSL_NAME_SIZE];
    mssl_reason_t why = { "" };
    mssl_job_t job;
    apr_status_t rv;

    mssl_name_canon_pattern(name, text, strlen(text));
    rv = mssl_job_load(&job, doctor->issuing.jobs, name, geteuid(), &why);
    doctor->name = apr_pstrdup(doctor->issuing.ctl->pool, name);
    if (look_at_permission(doctor, name)) {
        look_at_job(doctor, name, rv, &job, &why);
        look_at_limits(doctor, name);
    }
    look_at_certificate(doctor, name, rv == APR_SUCCESS ? job.sha256 : "");
    (name[0] != '*' ? look_at_dns : look_at_issuers)(doctor, name);
    look_at_caa(doctor);
}

