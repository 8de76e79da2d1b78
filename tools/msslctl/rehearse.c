/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

/* msslctl doctor: what issuers say of themselves; --order: one order at a CA for trials, thrown away. */

#include <apr_strings.h>
#include <string.h>

#include "lib/base/text.h"
#include "lib/issue/rehearsal.h"
#include "tools/msslctl/args.h"
#include "tools/msslctl/doctor.h"

#define WHAT "order"
#define LETSENCRYPT "https://acme-staging-v02.api.letsencrypt.org/directory"
/** As the steward has it. */
#define PATIENCE apr_time_from_sec(600)
#define MERCY apr_time_from_sec(10)

/* One that is tried by itself; of the name's own choice, or the command line's. */
static const mssl_issuer_t *choose_issuer(const ctl_doctor_t *doctor, const mssl_permit_t *permit)
{
    const mssl_issuing_t *issuing = doctor->issuing.issuing;
    const char *named = doctor->issuing.ctl->value[CTL_OPT_ISSUER];
    int i;

    named = named != NULL ? named : permit->issuer;
    if (named != NULL) {
        return mssl_issuing_find(issuing, named);
    }
    for (i = 0; i < issuing->issuers->nelts; i++) {
        const mssl_issuer_t *issuer = &APR_ARRAY_IDX(issuing->issuers, i, mssl_issuer_t);

        if (!issuer->by_request) {
            return issuer;
        }
    }
    return issuing->issuers->nelts > 0 ? &APR_ARRAY_IDX(issuing->issuers, 0, mssl_issuer_t) : NULL;
}

/* Who may: the first by the alphabet, no wildcard. @return NULL: nobody */
static const mssl_permit_t *choose_name(const ctl_doctor_t *doctor)
{
    const mssl_permit_t *first = NULL;
    int i;

    for (i = 0; i < mssl_permits_count(doctor->permits); i++) {
        const mssl_permit_t *permit = mssl_permits_get(doctor->permits, i);

        if (permit->name[0] != '*' && (first == NULL || strcmp(permit->name, first->name) < 0)) {
            first = permit;
        }
    }
    return first;
}

/* Whether it has a CA for trials. What it has not is said, with the fix. */
static int has_staging(ctl_doctor_t *doctor, const mssl_issuer_t *issuer)
{
    apr_pool_t *pool = doctor->issuing.ctl->pool;

    if (issuer->staging == NULL && issuer->directory == NULL && issuer->by_request) {
        ctl_tell(doctor, CTL_ATTENTION, WHAT, apr_psprintf(pool, "the issuer '%s' asks a person, "
                 "or costs money: nothing is ordered of it by way of trial", issuer->name), NULL);
        return 0;
    }
    if (issuer->staging == NULL) {
        ctl_tell(doctor, CTL_BROKEN, WHAT, apr_psprintf(pool, "the issuer '%s' has no --staging, so "
                 "there is nowhere to order by way of trial", issuer->name),
                 apr_psprintf(pool, "name it in the configuration, and restart httpd: MSSLIssuer %s "
                              "... --staging URL (of Let's Encrypt: " LETSENCRYPT ")",
                              issuer->name));
        return 0;
    }
    if (issuer->directory != NULL && strcmp(issuer->staging, issuer->directory) == 0) {
        ctl_tell(doctor, CTL_BROKEN, WHAT, apr_psprintf(pool, "--staging of the issuer '%s' is its "
                 "--directory: an order there would be a real one", issuer->name),
                 "name the authority's own for trials (of Let's Encrypt: " LETSENCRYPT ")");
        return 0;
    }
    return 1;
}

/* What came of it, in the CA's own words where it said some. */
static void tell_end(ctl_doctor_t *doctor, const mssl_issuer_t *issuer, const char *name,
                     const mssl_rehearsal_t *rehearsal, const char *why)
{
    apr_pool_t *pool = doctor->issuing.ctl->pool;
    const char *head = apr_psprintf(pool, "%s at %s", name, issuer->staging);
    const mssl_result_t *result = &rehearsal->result;
    const char *said = result->text[0] != '\0'
                           ? apr_pstrcat(pool, "; the authority says: ", result->text, NULL) : "";

    switch (rehearsal->outcome) {
    case MSSL_OUTCOME_DONE:
        ctl_tell(doctor, CTL_FINE, WHAT, apr_psprintf(pool, "%s: a certificate was made in %d.%01d "
                 "s, good until %s; it was thrown away", head,
                 (int)apr_time_sec(rehearsal->took), (int)apr_time_msec(rehearsal->took) / 100,
                 ctl_print_time(pool, rehearsal->accepted.not_after)), NULL);
        break;
    case MSSL_OUTCOME_PENDING:
        ctl_tell(doctor, CTL_ATTENTION, WHAT, apr_psprintf(pool, "%s: the order waits for %s%s", head,
                 result->waits_for[0] != '\0' ? result->waits_for : "the authority", said),
                 "it is not waited for here, and a real one would be asked after by itself");
        break;
    case MSSL_OUTCOME_NO_VERB:
        ctl_tell(doctor, CTL_BROKEN, WHAT, apr_pstrcat(pool, issuer->argv[0], " cannot issue",
                 NULL), "see docs/issuers.md");
        break;
    case MSSL_OUTCOME_FAILED:
        ctl_tell(doctor, CTL_BROKEN, WHAT, apr_psprintf(pool, "%s: failed (%s): %s%s", head,
                 mssl_class_text(result->class), why, said), "docs/issuing.md, \"When it fails\", "
                 "has what to do for each of these words");
        break;
    default:
        ctl_tell(doctor, CTL_BROKEN, WHAT, apr_pstrcat(pool, head, ": declined", said, NULL), NULL);
    }
}

static void order(ctl_doctor_t *doctor, const mssl_issuer_t *issuer, const mssl_permit_t *permit)
{
    const mssl_work_conf_t conf = {
        .dir = doctor->issuing.dir, .state_dir = doctor->issuing.server->state_dir,
        .issuing = doctor->issuing.issuing, .patience = PATIENCE, .mercy = MERCY, .issuer = issuer,
        .key = permit->key,
    };
    ctl_t *ctl = doctor->issuing.ctl;
    mssl_rehearsal_t rehearsal;
    mssl_reason_t why = { "" };

    if (ctl->has_progress) {
        fprintf(stderr, "msslctl doctor: ordering a certificate for %s by way of trial ...\n",
                permit->name);
    }
    if (mssl_rehearse(&rehearsal, &conf, permit->name, ctl->pool, &why) == APR_SUCCESS) {
        tell_end(doctor, issuer, permit->name, &rehearsal, why.text);
        ctl_tell(doctor, CTL_FINE, WHAT, apr_psprintf(ctl->pool, "nothing went into service, and the "
                 "account of real orders was not used; it counts in no MSSLIssueLimit, and at the "
                 "authority in the limits of %s alone", issuer->staging), NULL);
    }
    else {
        ctl_tell(doctor, CTL_BROKEN, WHAT, why.text, NULL);
    }
}

void ctl_doctor_order(ctl_doctor_t *doctor, const char *name)
{
    const mssl_permit_t *permit = name != NULL ? mssl_permits_find(doctor->permits, name)
                                               : choose_name(doctor);
    apr_pool_t *pool = doctor->issuing.ctl->pool;
    const mssl_issuer_t *issuer;

    if (permit == NULL) {
        ctl_tell(doctor, CTL_BROKEN, WHAT, name != NULL
                 ? apr_pstrcat(pool, "nothing is ordered for ", name, ", not even by way of trial: "
                               "nobody vouches for it", NULL)
                 : "there is no name that may have a certificate", NULL);
        return;
    }
    issuer = choose_issuer(doctor, permit);
    if (issuer == NULL) {
        ctl_tell(doctor, CTL_BROKEN, WHAT, "there is no such issuer", "name one of the "
                 "configuration: MSSLIssuer");
    }
    else if (has_staging(doctor, issuer)) {
        order(doctor, issuer, permit);
    }
}

/* "one; two" */
static const char *join_lines(const mssl_tail_t *said, apr_pool_t *pool)
{
    char *state, *line = apr_strtok(apr_pstrmemdup(pool, said->text, said->len), "\n", &state);
    const char *text = line != NULL ? line : "";

    while (line != NULL && (line = apr_strtok(NULL, "\n", &state)) != NULL) {
        text = apr_pstrcat(pool, text, "; ", line, NULL);
    }
    return text;
}

void ctl_doctor_check(ctl_doctor_t *doctor, const mssl_issuer_t *issuer, const char *what)
{
    const mssl_work_conf_t conf = {
        .dir = doctor->issuing.dir, .state_dir = doctor->issuing.server->state_dir,
        .issuing = doctor->issuing.issuing, .patience = apr_time_from_sec(30),
        .mercy = apr_time_from_sec(2), .issuer = issuer,
    };
    apr_pool_t *pool = doctor->issuing.ctl->pool;
    mssl_tail_t said = { .len = 0 };
    mssl_reason_t why = { "" };
    mssl_outcome_t outcome;
    const char *text;

    if (mssl_rehearse_check(&outcome, &said, &conf, pool, &why) != APR_SUCCESS) {
        ctl_tell(doctor, CTL_ATTENTION, what,
                 apr_pstrcat(pool, "its check was not run: ", why.text, NULL),
                 "run msslctl doctor again");
        return;
    }
    text = mssl_text_shown(pool, join_lines(&said, pool), 400);
    if (outcome != MSSL_OUTCOME_FAILED) {
        ctl_tell(doctor, CTL_FINE, what, outcome == MSSL_OUTCOME_DONE && *text != '\0'
                 ? text : issuer->argv[0], NULL);
    }
    else {
        ctl_tell(doctor, CTL_BROKEN, what, *text != '\0' ? text : why.text,
                 "see docs/issuing.md");
    }
}
