/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "lib/explain/why.h"

#include <apr_strings.h>

static const char *say_date(apr_time_t time, apr_pool_t *pool)
{
    apr_time_exp_t at;

    apr_time_exp_gmt(&at, time);
    return apr_psprintf(pool, "%04d-%02d-%02d", at.tm_year + 1900, at.tm_mon + 1, at.tm_mday);
}

static const mssl_explain_look_t *find(const mssl_explain_facts_t *facts)
{
    int i;

    for (i = 0; i < facts->nlooks; i++) {
        if (facts->look[i].is_found) {
            return &facts->look[i];
        }
    }
    return NULL;
}

int mssl_explain_wants_newer(const mssl_explain_facts_t *facts)
{
    const mssl_explain_look_t *found = find(facts);

    if (!facts->is_known || facts->name == NULL
        || (facts->site.by == MSSL_SITE_BY_NAME && !facts->site.is_guarded)) {
        return 0; /* no name, nobody has looked, or mod_ssl's: it may be what that serves */
    }
    return found == NULL ? facts->away == NULL
           : found->state != MSSL_STATE_VALID && found->state != MSSL_STATE_SHADOWED
             && found->state != MSSL_STATE_EXCLUDED;
}

static const mssl_explain_newer_t *get_newer(const mssl_explain_facts_t *facts)
{
    const mssl_explain_look_t *found = find(facts);

    return facts->newer != NULL && mssl_explain_wants_newer(facts)
                   && (found == NULL || facts->newer->not_after > found->not_after)
               ? facts->newer : NULL;
}

void mssl_explain_newer(mssl_explained_t *explained, const mssl_explain_facts_t *facts)
{
    const mssl_explain_newer_t *newer = get_newer(facts);

    if (newer == NULL) {
        return;
    }
    mssl_explain_put_fix(explained, "A better certificate is there, where no store looks. The line that makes "
                         "it a store, or the hook that files it, is said by:", newer->command);
}

const char *mssl_explain_excluded_text(const mssl_explained_t *explained,
                                       const mssl_explain_facts_t *facts, apr_pool_t *pool)
{
    const mssl_explain_look_t *own = &facts->look[0], *pattern = &facts->look[1];
    const char *by;

    if (explained->verdict != MSSL_EXPLAIN_EXCLUDED || own->file == NULL) {
        return NULL;
    }
    by = own->filed == 0 ? ""
         : own->uid == 0 ? apr_psprintf(pool, " (root, %s)", say_date(own->filed, pool))
                         : apr_psprintf(pool, " (user id %ld, %s)", own->uid, say_date(own->filed, pool));
    return apr_pstrcat(pool, own->file, " takes it out of ",
                       facts->nlooks > 1 && pattern->is_found ? pattern->key : "what a wildcard would cover",
                       by, NULL);
}

const char *mssl_explain_expired_text(const mssl_explained_t *explained,
                                      const mssl_explain_facts_t *facts, apr_pool_t *pool)
{
    const mssl_explain_look_t *own = &facts->look[0], *serving = explained->serving;
    const char *others;

    if (explained->verdict != MSSL_EXPLAIN_EXPIRED || serving == NULL) {
        return NULL;
    }
    others = serving != own ? "the name has no pair of its own"
             : facts->nlooks > 1 && facts->look[1].is_found ? "the wildcard is no better"
                                                            : "no wildcard covers it";
    return apr_pstrcat(pool, serving->file != NULL ? serving->file : serving->key, ": nothing better in any store",
                       facts->away != NULL ? " that can be read, " : ", ", others, NULL);
}

const char *mssl_explain_newer_text(const mssl_explain_facts_t *facts, apr_pool_t *pool)
{
    const mssl_explain_newer_t *newer = get_newer(facts);

    return newer == NULL ? NULL
           : apr_psprintf(pool, "%s (%s) is valid until %s, but in no store", newer->file, newer->form,
                          say_date(newer->not_after, pool));
}

void mssl_explain_newer_json(mssl_json_t *json, const mssl_explain_facts_t *facts)
{
    const mssl_explain_newer_t *newer = get_newer(facts);

    if (newer == NULL) {
        mssl_json_null(json, "newer");
        return;
    }
    mssl_json_open(json, "newer", '{');
    mssl_json_text(json, "form", newer->form);
    mssl_json_text(json, "file", newer->file);
    mssl_json_time(json, "not_after", newer->not_after);
    mssl_json_close(json);
}
