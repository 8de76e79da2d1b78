/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "lib/explain/itself.h"

#include <apr_strings.h>
#include <string.h>

#include "lib/issue/job.h"
#include "lib/store/store.h"

static int is_installed(const mssl_explain_facts_t *facts)
{
    return facts->job != NULL && facts->job->state == MSSL_JOB_INSTALLED;
}

/* Of an authority of the admin's own: which one it is says the job. */
static int is_issued_here(const mssl_explain_facts_t *facts, const mssl_explain_look_t *serving)
{
    return is_installed(facts)
           && apr_time_sec(facts->job->not_after) == apr_time_sec(serving->not_after);
}

/* Whether somebody has asked for an order, or one was made: then nobody need be told to. */
static int is_asked_for(const mssl_explain_facts_t *facts)
{
    return facts->job != NULL && facts->job->state != MSSL_JOB_GONE;
}

/* A file that is all of its form, and so is away when it is called otherwise. */
static int is_alone(const mssl_explain_look_t *serving)
{
    const char *name = strrchr(serving->file, '/');
    size_t len = strlen(serving->key);

    return name != NULL && strncmp(name + 1, serving->key, len) == 0
           && strcmp(name + 1 + len, ".pem") == 0;
}

/* What a store has goes before what is issued; the rest is behind it. */
static void add_away(mssl_explained_t *explained, const mssl_explain_facts_t *facts, apr_pool_t *pool)
{
    const mssl_explain_look_t *serving = explained->serving;
    const char *file = serving->file, *store = serving->store, *what, *command = NULL;

    if (serving->key[0] == '*' || store == NULL || strcmp(store, MSSL_STORE_OWN_LABEL) == 0) {
        return;
    }
    if (strncmp(store, "map:", 4) == 0) {
        what = apr_pstrcat(pool, "take its line out of ", store + 4, NULL);
    }
    else if (strncmp(store, "dir:", 4) != 0 || file == NULL) {
        what = apr_pstrcat(pool, "take it out of ", store, NULL);
    }
    else if (is_alone(serving) && mssl_explain_is_harmless(file)) {
        what = "take its file away";
        command = apr_psprintf(pool, "mv %s %s.away", file, file);
    }
    else {
        what = apr_pstrcat(pool, "take it away with its key: ", file, NULL);
    }
    mssl_explain_put_fix(explained, is_installed(facts)
                         ? apr_pstrcat(pool, "One is issued, and waits behind it: ", what, ".", NULL)
                         : apr_psprintf(pool, "Once 'msslctl job %s' says that it is installed, %s: then "
                                        "it serves, without a gap.", facts->name, what), command);
}

static void add_order(mssl_explained_t *explained, const mssl_explain_facts_t *facts, apr_pool_t *pool)
{
    if (!is_asked_for(facts)) {
        mssl_explain_put_fix(explained, "Have one issued all the same:",
                             mssl_explain_is_harmless(facts->name)
                             ? apr_psprintf(pool, "msslctl retry %s", facts->name) : NULL);
    }
}

void mssl_explain_itself(mssl_explained_t *explained, const mssl_explain_facts_t *facts,
                         apr_pool_t *pool)
{
    const mssl_explain_look_t *serving = explained->serving;

    if (serving == NULL || !serving->signs_itself || explained->severity >= MSSL_SEVERITY_BROKEN
        || is_issued_here(facts, serving)) {
        return;
    }
    if (explained->severity == MSSL_SEVERITY_FINE) {
        explained->sentence = "served, but ITS CERTIFICATE SIGNS ITSELF: browsers warn of it.";
    }
    mssl_explain_add_problem(explained, "signs_itself", MSSL_SEVERITY_ATTENTION,
                             facts->is_issuing && !is_asked_for(facts)
                             && serving->state != MSSL_STATE_URGENT
                             ? "No authority has signed its certificate. As somebody has filed it, it may "
                             "be meant: none is ordered before it is urgent."
                             : "No authority has signed its certificate.", NULL);
    if (facts->is_issuing) {
        add_away(explained, facts, pool);
        add_order(explained, facts, pool);
    }
    else {
        mssl_explain_add_fix(explained, "File one that an authority has signed.",
                             mssl_explain_is_harmless(facts->name)
                             ? apr_psprintf(pool, "msslctl install %s CERT KEY [CHAIN]", facts->name)
                             : NULL);
    }
}
