/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "lib/inventory/find.h"

#include <apr_strings.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <string.h>

#include "lib/base/cover.h"
#include "lib/base/material.h"
#include "lib/broker/finder.h"
#include "lib/pair/passphrase.h"
#include "lib/store/catalog.h"

/** A look under way. */
typedef struct find_t {
    const mssl_look_t *look;
    const char *key;
    const mssl_finding_t *known; /* NULL, or with pairs that serve on */
    mssl_finding_t *finding;
    apr_pool_t *pool;
    int nbad, nusable;
} find_t;

static mssl_fact_t *add_fact(find_t *find)
{
    mssl_finding_t *finding = find->finding;

    if (finding->nfacts == MSSL_BOOK_FACTS_MAX) {
        return NULL;
    }
    memset(&finding->fact[finding->nfacts], 0, sizeof(finding->fact[0]));
    return &finding->fact[finding->nfacts++];
}

static int is_usable(const mssl_fact_t *fact)
{
    return !fact->is_bad;
}

/* The pair that a file held before, or NULL. */
static const mssl_fact_t *find_last(const find_t *find, const char *file)
{
    const mssl_fact_t *fact;
    int i;

    for (i = 0; find->known != NULL && i < find->known->nfacts; i++) {
        fact = &find->known->fact[i];
        if (is_usable(fact) && fact->file != NULL && strcmp(fact->file, file) == 0) {
            return fact;
        }
    }
    return NULL;
}

static void add_last(find_t *find, const mssl_fact_t *last)
{
    mssl_fact_t *fact = last != NULL ? add_fact(find) : NULL;

    if (fact != NULL) {
        *fact = *last;
        fact->is_last_good = 1;
        fact->file = apr_pstrdup(find->pool, last->file);
        find->nusable++;
    }
}

/* What is bad; and what served before, as lib/store/load.c keeps it. */
static void add_bad(find_t *find, const mssl_item_t *item, const mssl_reason_t *why)
{
    const mssl_fact_t *last = find_last(find, item->label);
    mssl_fact_t *fact;

    if (last == NULL && item->is_shared) {
        return; /* never was this key's */
    }
    fact = add_fact(find);
    if (fact != NULL) {
        fact->is_bad = 1;
        fact->file = apr_pstrdup(find->pool, item->label);
        fact->reason = apr_pstrdup(find->pool, why->text);
        find->nbad++;
    }
    if (item->rv != APR_SUCCESS && item->rv != APR_EINVAL) {
        find->finding->has_stamp = 0; /* it does not tell when to try again */
    }
    add_last(find, last);
}

static void add_good(find_t *find, const mssl_item_t *item, const mssl_brief_t *brief)
{
    const mssl_fact_t *last = find_last(find, item->label);
    apr_time_t now = apr_time_now();
    mssl_fact_t *fact;

    /* A valid pair whose file now holds one that is not goes on. */
    if (last != NULL && mssl_dates_get_rank(&brief->dates, now) == 0
        && mssl_dates_get_rank(&last->dates, now) > 0) {
        add_last(find, last);
    }
    fact = add_fact(find);
    if (fact != NULL) {
        fact->type = brief->type;
        fact->dates = brief->dates;
        memcpy(fact->sha256, brief->sha256, sizeof(fact->sha256));
        fact->signs_itself = brief->signs_itself;
        fact->file = apr_pstrdup(find->pool, item->label);
        fact->is_kept = last != NULL && last->is_kept
                        && memcmp(last->sha256, fact->sha256, sizeof(fact->sha256)) == 0;
        find->nusable++;
    }
}

/* What is said of the first that is bad, with what serves instead. */
static void say_kept(const find_t *find)
{
    mssl_fact_t *fact = find->finding->fact;
    int i;

    for (i = 0; i < find->finding->nfacts; i++) {
        if (fact[i].is_bad) {
            fact[i].reason = apr_pstrcat(find->pool, fact[i].reason, "; " MSSL_FINDER_KEPT, NULL);
            return;
        }
    }
}

/* Nobody saw what was good last: what the history has, as the broker asks it (finder.c). */
static void add_kept(find_t *find)
{
    const mssl_look_t *look = find->look;
    const char *source = mssl_store_identify(look->store, look->source, find->key, find->pool);
    mssl_material_t *kept = apr_pcalloc(find->pool, sizeof(*kept));
    mssl_reason_t why = { "" };
    mssl_fact_t fact = { 0 };
    mssl_brief_t brief;
    int i, n = 0;

    mssl_served_get(look->served, find->key, source, kept, find->pool);
    for (i = 0; i < kept->nitems; i++) {
        apr_status_t rv = mssl_briefs_judge(look->briefs, &kept->item[i], find->key, &brief, &why);

        if (rv == APR_SUCCESS) {
            fact.type = brief.type;
            fact.dates = brief.dates;
            memcpy(fact.sha256, brief.sha256, sizeof(fact.sha256));
            fact.signs_itself = brief.signs_itself;
            fact.file = kept->item[i].label;
            add_last(find, &fact);
            n++;
        }
        else if (rv == APR_EINVAL) {
            mssl_served_set_aside(look->served, find->key, kept->item[i].label, find->pool);
        }
    }
    mssl_material_wipe(kept);
    if (n > 0) {
        say_kept(find);
    }
}

/* Nothing usable in new places, something bad: what served goes on. */
static void keep_all(find_t *find)
{
    int i, n = 0;

    for (i = 0; find->known != NULL && i < find->known->nfacts; i++) {
        if (is_usable(&find->known->fact[i])) {
            add_last(find, &find->known->fact[i]);
            n++;
        }
    }
    if (n == 0 && find->look->served != NULL) {
        add_kept(find);
    }
}

/* Whether a file lies in a folder of the key's, KEY/, KEY_ecc/ or KEY-0001/. */
static int lies_in_folder(const char *label, const char *key)
{
    size_t len = strlen(key);
    const char *end = strrchr(label, '/'), *at = end;

    while (at != NULL && at > label && at[-1] != '/') {
        at--;
    }
    if (at == NULL || (size_t)(end - at) < len || strncmp(at, key, len) != 0) {
        return 0;
    }
    at += len;
    return at == end || (end - at == 4 && strncmp(at, "_ecc", 4) == 0)
           || (end - at == 5 && *at == '-' && strspn(at + 1, "0123456789") == 4);
}

/* "b.KEY", "c.b.KEY"; of patterns, "*.KEY" alone. */
static int is_below(const char *name, const char *key)
{
    size_t len = strlen(name), n = strlen(key);

    return len > n + 1 && name[len - n - 1] == '.' && strcmp(name + len - n, key) == 0
           && (name[0] != '*' || len == n + 2);
}

static void tell_names(const find_t *find, const mssl_item_t *item)
{
    const mssl_look_t *look = find->look;
    mssl_cover_t *cover;
    size_t i, told = 0;
    X509 *cert;
    BIO *bio;

    if (look->take_name == NULL || item->rv != APR_SUCCESS || item->is_shared
        || item->format != MSSL_FORMAT_PEM || item->cert.data == NULL
        || !lies_in_folder(item->label, find->key)) {
        return;
    }
    bio = BIO_new_mem_buf(item->cert.data, (int)item->cert.len);
    cert = bio != NULL ? PEM_read_bio_X509(bio, NULL, mssl_passphrase_refuse, NULL) : NULL;
    cover = cert != NULL ? mssl_cover_new(cert) : NULL;
    for (i = 0; cover != NULL && i < mssl_cover_count(cover) && told < MSSL_FIND_NAMES_MAX; i++) {
        if (is_below(mssl_cover_get_name(cover, i), find->key)) {
            look->take_name(look->baton, mssl_cover_get_name(cover, i));
            told++;
        }
    }
    mssl_cover_free(cover);
    X509_free(cert);
    BIO_free(bio);
    ERR_clear_error();
}

static void judge(find_t *find, const mssl_material_t *material)
{
    mssl_brief_t brief;
    mssl_reason_t why;
    apr_status_t rv;
    int i;

    for (i = 0; i < material->nitems && i < MSSL_MATERIAL_MAX; i++) {
        why.text[0] = '\0';
        tell_names(find, &material->item[i]);
        rv = mssl_briefs_judge(find->look->briefs, &material->item[i], find->key, &brief, &why);
        if (rv == APR_SUCCESS) {
            add_good(find, &material->item[i], &brief);
        }
        else if (rv != APR_NOTFOUND) {
            add_bad(find, &material->item[i], &why);
        }
    }
    if (find->nusable == 0 && find->nbad > 0) {
        keep_all(find);
    }
}

/* Vhosts' own certificates, as they were loaded. */
static apr_status_t take_pairs(find_t *find, mssl_pair_t *const *pair, int n)
{
    mssl_brief_t brief;
    mssl_item_t item = { 0 };
    int i;

    for (i = 0; i < n; i++) {
        brief.type = mssl_pair_get_type(pair[i]);
        mssl_pair_get_dates(pair[i], &brief.dates);
        memcpy(brief.sha256, mssl_pair_get_sha256(pair[i]), sizeof(brief.sha256));
        brief.signs_itself = mssl_pair_signs_itself(pair[i]);
        item.label = mssl_pair_get_label(pair[i]);
        add_good(find, &item, &brief);
    }
    return n > 0 ? APR_SUCCESS : APR_NOTFOUND;
}

apr_status_t mssl_find_key(const mssl_look_t *look, const char *key, const mssl_finding_t *known,
                           int has_last, mssl_finding_t *finding, apr_pool_t *pool,
                           mssl_reason_t *why)
{
    find_t find = { look, key, has_last ? known : NULL, finding, pool, 0, 0 };
    mssl_pair_t *const *pairs;
    mssl_material_t *material;
    mssl_question_t question;
    apr_status_t rv;
    int npairs;

    memset(finding, 0, offsetof(mssl_finding_t, fact));
    if (known != NULL) {
        finding->state = known->state;
        finding->since = known->since;
    }
    npairs = mssl_catalog_get_pairs(look->store, look->source, key, &pairs);
    if (npairs >= 0) {
        find.known = NULL;
        return take_pairs(&find, pairs, npairs);
    }
    material = apr_pcalloc(pool, sizeof(*material));
    question = (mssl_question_t){ .key = key, .pool = pool, .out = material, .why = why,
                                  .known = known != NULL && known->has_stamp ? &known->stamp
                                                                            : NULL };
    rv = mssl_catalog_fetch(look->store, look->source, &question);
    if (rv == APR_SUCCESS) {
        finding->stamp = material->stamp;
        finding->has_stamp = 1;
        finding->is_excluded = material->excluded;
        judge(&find, material);
    }
    mssl_material_wipe(material);
    return rv == APR_SUCCESS && finding->nfacts == 0 && !finding->is_excluded ? APR_NOTFOUND : rv;
}
