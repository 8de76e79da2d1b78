/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "lib/base/text.h"
#include "tools/msslctl/sources.h"

#include <apr_atomic.h>
#include <apr_strings.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/base/material.h"
#include "lib/base/name.h"
#include "lib/explain/near.h"
#include "lib/pair/judge.h"

#define DAY apr_time_from_sec(86400)
#define PROGRESS_EVERY (APR_USEC_PER_SEC / 5)

/* The key is the one thing in a store that is nobody else's business. */
static int is_exposed(const char *path, apr_pool_t *pool)
{
    char *part = apr_pstrdup(pool, path), *slash;
    struct stat st;

    if (stat(path, &st) != 0 || (st.st_mode & S_IROTH) == 0) {
        return 0;
    }
    while ((slash = strrchr(part, '/')) != NULL && slash != part) {
        *slash = '\0';
        if (stat(part, &st) != 0 || (st.st_mode & S_IXOTH) == 0) {
            return 0; /* nobody comes so far */
        }
    }
    return 1;
}

void ctl_walk_see(ctl_walk_t *walk, const ctl_seen_t *one)
{
    apr_hash_t *certificates = walk->sources->certificates;
    ctl_seen_t *seen = apr_hash_get(certificates, one->sha256, (apr_ssize_t)one->len);

    if (seen == NULL) {
        seen = apr_pmemdup(walk->pool, one, sizeof(*one));
        seen->sha256 = apr_pmemdup(walk->pool, one->sha256, one->len);
        apr_hash_set(certificates, seen->sha256, (apr_ssize_t)seen->len, seen);
    }
    else if (one->number < seen->number) {
        seen->number = one->number;
    }
}

void ctl_walk_count(ctl_walk_t *walk, int number, const unsigned char *sha256, size_t len,
                    apr_time_t end)
{
    const ctl_source_t *source = &APR_ARRAY_IDX(walk->sources->sources, number, ctl_source_t);
    ctl_found_store_t *found = ctl_sources_found(walk, source);
    const ctl_seen_t one = { number, sha256, len };

    ctl_walk_see(walk, &one);
    if (found->soonest == 0 || end < found->soonest) {
        found->soonest = end;
    }
}

/* Behind all: whoever looked first, and with how many threads. */
static void sum_certificates(ctl_walk_t *walk)
{
    apr_hash_index_t *at;

    for (at = apr_hash_first(walk->pool, walk->sources->certificates); at != NULL;
         at = apr_hash_next(at)) {
        const ctl_seen_t *seen = apr_hash_this_val(at);
        const ctl_source_t *source = &APR_ARRAY_IDX(walk->sources->sources, seen->number,
                                                    ctl_source_t);

        ctl_sources_found(walk, source)->certificates++;
    }
}

static void take_item(ctl_walk_t *walk, ctl_set_t *set, int number, const mssl_item_t *item,
                      const char *key, apr_pool_t *pool)
{
    const ctl_source_t *source = &APR_ARRAY_IDX(walk->sources->sources, number, ctl_source_t);
    ctl_found_store_t *found = ctl_sources_found(walk, source);
    mssl_candidate_t *candidate = &set->candidate[set->n];
    mssl_reason_t why = { "" };
    mssl_pair_t *pair;
    apr_status_t rv;

    if (set->n >= CTL_SET_MAX) {
        return;
    }
    rv = mssl_judge_item(&pair, item, key, walk->sources->chains, &why);
    if (rv == APR_NOTFOUND || (rv != APR_SUCCESS && item->is_shared)) {
        return; /* another name's, and told there */
    }
    memset(candidate, 0, sizeof(*candidate));
    candidate->is_wildcard = key[0] == '*';
    candidate->source = number;
    candidate->is_bad = rv != APR_SUCCESS;
    memset(&set->more[set->n], 0, sizeof(set->more[0]));
    set->more[set->n].file = apr_pstrdup(walk->pool, item->label);
    if (rv != APR_SUCCESS) {
        set->more[set->n].reason = apr_pstrdup(walk->pool, why.text);
        found->bad++;
    }
    else {
        const char *more = mssl_pair_get_note(pair);

        candidate->type = mssl_pair_get_type(pair);
        mssl_pair_get_dates(pair, &candidate->dates);
        memcpy(set->more[set->n].sha256, mssl_pair_get_sha256(pair), MSSL_SHA256_LEN);
        set->more[set->n].signs_itself = mssl_pair_signs_itself(pair);
        set->more[set->n].note = more != NULL ? apr_pstrdup(walk->pool, more) : NULL;
        set->more[set->n].cert = walk->has_details ? mssl_explain_cert_make(pair, item, walk->pool) : NULL;
        if (is_exposed(item->key_label, pool)) {
            set->more[set->n].exposed = apr_pstrdup(walk->pool, item->key_label);
        }
        ctl_walk_count(walk, number, mssl_pair_get_sha256(pair), MSSL_SHA256_LEN,
                       mssl_pair_get_not_after(pair));
        mssl_pair_unref(pair);
    }
    set->n++;
}

static void look_in(ctl_walk_t *walk, ctl_set_t *set, int number, const char *key)
{
    const ctl_source_t *source = &APR_ARRAY_IDX(walk->sources->sources, number, ctl_source_t);
    mssl_material_t *material;
    mssl_reason_t why = { "" };
    mssl_question_t question;
    apr_pool_t *pool;
    int i, first = set->n;
    apr_status_t rv;

    if (walk->sources->book != NULL) {
        ctl_cached_look(walk, set, number, key);
        return;
    }
    if (source->id < 0) {
        return;
    }
    apr_pool_create(&pool, walk->pool);
    material = apr_pcalloc(pool, sizeof(*material));
    question = (mssl_question_t){ .key = key, .pool = pool, .out = material, .why = &why };
    rv = mssl_store_fetch(walk->sources->store, source->id, &question);
    for (i = 0; rv == APR_SUCCESS && i < material->nitems; i++) {
        take_item(walk, set, number, &material->item[i], key, pool);
    }
    ctl_kept_look(walk, set, number, key, first, pool);
    if (rv == APR_SUCCESS) {
        set->excluded[number] = material->excluded != 0;
        ctl_sources_found(walk, source)->names++;
    }
    else if (rv != APR_NOTFOUND) {
        ctl_sources_give_up(walk, source, why.text);
    }
    mssl_material_wipe(material);
    apr_pool_destroy(pool);
}

/* What would lie there: in the place of the file, or before all others of its source. */
static void put_instead(ctl_walk_t *walk, ctl_set_t *set, int number)
{
    const ctl_instead_t *instead = walk->instead;
    const ctl_source_t *source = &APR_ARRAY_IDX(walk->sources->sources, number, ctl_source_t);
    int at, first = set->n;

    if (strcmp(ctl_sources_found(walk, source)->label, instead->store) != 0) {
        return;
    }
    for (at = 0; at < set->n && strcmp(set->more[at].file, instead->file) != 0; at++) {
        first = set->candidate[at].source == number && at < first ? at : first;
    }
    if (at == set->n && set->n < CTL_SET_MAX) {
        at = first;
        memmove(&set->candidate[at + 1], &set->candidate[at],
                (size_t)(set->n - at) * sizeof(set->candidate[0]));
        memmove(&set->more[at + 1], &set->more[at], (size_t)(set->n - at) * sizeof(set->more[0]));
        set->n++;
    }
    if (at < set->n) {
        set->candidate[at] = instead->candidate;
        set->candidate[at].source = number;
        memset(&set->more[at], 0, sizeof(set->more[0]));
        set->more[at].file = instead->file;
    }
}

static ctl_set_t *look_for(ctl_walk_t *walk, const char *key, apr_pool_t *pool)
{
    ctl_set_t *set = apr_pcalloc(pool, sizeof(*set));
    int i, n = walk->sources->sources->nelts;

    set->excluded = apr_pcalloc(pool, (apr_size_t)n + 1);
    for (i = 0; i < n; i++) {
        look_in(walk, set, i, key);
        if (walk->instead != NULL && strcmp(walk->instead->key, key) == 0) {
            put_instead(walk, set, i);
        }
    }
    return set;
}

/* Patterns have many names; each is looked at once, by whoever comes first. */
static const ctl_set_t *look_for_pattern(ctl_walk_t *walk, const char *name)
{
    static const ctl_set_t nothing;
    char pattern[MSSL_NAME_SIZE];
    ctl_set_t *set, *kept;
    apr_pool_t *pool;

    if (name[0] == '*' || !mssl_name_pattern(pattern, name)) {
        return &nothing;
    }
    ctl_sources_lock(walk->sources);
    kept = apr_hash_get(walk->sources->patterns, pattern, APR_HASH_KEY_STRING);
    if (kept == NULL) {
        apr_pool_create(&pool, walk->pool);
        set = look_for(walk, pattern, pool);
        kept = set->n > 0 ? apr_pmemdup(walk->pool, set, sizeof(*set)) : (ctl_set_t *)&nothing;
        apr_hash_set(walk->sources->patterns, apr_pstrdup(walk->pool, pattern), APR_HASH_KEY_STRING,
                     kept);
        apr_pool_destroy(pool);
    }
    ctl_sources_unlock(walk->sources);
    return kept;
}

/* What the pattern has stands behind what the name has, unless the name is taken out. */
static void add_pattern(ctl_set_t *set, const ctl_set_t *pattern)
{
    int i;

    for (i = 0; i < pattern->n && set->n < CTL_SET_MAX; i++) {
        if (!set->excluded[pattern->candidate[i].source]) {
            set->candidate[set->n] = pattern->candidate[i];
            set->more[set->n++] = pattern->more[i];
        }
    }
}

/* Whether it is the certificate that was copied for the name; the inventory has its beginning. */
static int is_copied(const ctl_walk_t *walk, const char *name, const unsigned char *sha256)
{
    const char *text = walk->copied != NULL
                           ? apr_hash_get(walk->copied, name, APR_HASH_KEY_STRING) : NULL;
    const int len = walk->sources->book != NULL ? MSSL_BOOK_SHA_LEN : MSSL_SHA256_LEN;
    char hex[2 * MSSL_SHA256_LEN + 1];

    mssl_text_hex(hex, sha256, (size_t)len);
    return text != NULL && strncmp(text, hex, 2 * (size_t)len) == 0;
}

static void describe(ctl_walk_t *walk, ctl_finding_t *finding, const ctl_set_t *set,
                     const mssl_judged_t *judged)
{
    /* While the last good pair serves it is its files that are told, and to be mended. */
    int at = judged->shown >= 0 && judged->state != MSSL_STATE_AT_RISK ? judged->shown
                                                                      : judged->fault, type, i;

    if (at >= 0) {
        const ctl_source_t *source = &APR_ARRAY_IDX(walk->sources->sources, set->candidate[at].source,
                                                ctl_source_t);

        finding->store = ctl_sources_found(walk, source)->label;
        finding->file = set->more[at].file;
        finding->note = set->more[at].note;
    }
    if (judged->shown >= 0) {
        finding->not_after = set->candidate[judged->shown].dates.until;
        finding->until = mssl_states_get_until(&set->candidate[judged->shown].dates);
    }
    for (type = 0; type < MSSL_KEY_TYPES; type++) {
        i = judged->chosen[type];
        finding->types |= i >= 0 ? 1u << type : 0;
        finding->signs_itself |= i >= 0 && set->more[i].signs_itself;
        finding->is_copied |= i >= 0 && is_copied(walk, finding->name, set->more[i].sha256);
        finding->cert[type] = i >= 0 ? set->more[i].cert : NULL;
        finding->chosen[type] = i >= 0 ? set->more[i].file : NULL;
        finding->sha256[type] = i >= 0 ? apr_pmemdup(walk->pool, set->more[i].sha256,
                                                     MSSL_SHA256_LEN) : NULL;
        if (i >= 0 && set->more[i].exposed != NULL) {
            finding->exposed = set->more[i].exposed;
        }
    }
    if (judged->hidden >= 0) {
        finding->reason = apr_psprintf(walk->pool, "it hides the newer %s; remove the older one",
                                       set->more[judged->hidden].file);
    }
    if (judged->fault >= 0) {
        finding->reason = set->more[judged->fault].reason;
    }
}

static void look_at(ctl_walk_t *walk, const char *name)
{
    ctl_finding_t finding = { .name = name };
    mssl_judged_t judged;
    apr_pool_t *pool;
    int i, excluded = 0;
    ctl_set_t *set;

    apr_pool_create(&pool, walk->pool);
    set = look_for(walk, name, pool);
    for (i = 0; i < walk->sources->sources->nelts; i++) {
        excluded |= set->excluded[i];
    }
    finding.has_own = set->n > 0 || excluded;
    add_pattern(set, look_for_pattern(walk, name));
    finding.is_missing = set->n == 0 && !excluded;
    mssl_states_judge(&judged, set->candidate, set->n, &walk->warns, walk->now);
    finding.state = judged.state;
    describe(walk, &finding, set, &judged);
    APR_ARRAY_PUSH(walk->findings, ctl_finding_t) = finding;
    apr_pool_destroy(pool);
}

static apr_status_t take_key(void *baton, const char *key)
{
    ctl_walk_t *walk = baton;

    APR_ARRAY_PUSH(walk->sources->keys, const char *) = apr_pstrdup(walk->pool, key);
    return APR_SUCCESS;
}

static int compare_keys(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void list_keys(ctl_walk_t *walk)
{
    int i;

    if (walk->sources->book != NULL) {
        ctl_cached_list(walk);
        return;
    }
    for (i = 0; i < walk->sources->sources->nelts; i++) {
        const ctl_source_t *source = &APR_ARRAY_IDX(walk->sources->sources, i, ctl_source_t);
        mssl_reason_t why = { "" };
        apr_pool_t *pool;

        if (source->provider != NULL && source->provider->list != NULL
            && source->instance != NULL) {
            apr_pool_create(&pool, walk->pool);
            if (source->provider->list(source->instance, NULL, take_key, walk, pool, &why)
                != APR_SUCCESS) {
                ctl_sources_give_up(walk, source, why.text);
            }
            apr_pool_destroy(pool);
        }
    }
}

/* On a terminal, at most five times a second. */
static void tell_progress(ctl_walk_t *walk)
{
    apr_time_t now = walk->has_progress ? apr_time_now() : 0;
    int all = walk->sources->keys->nelts, done, rate;

    if (!walk->has_progress || now - walk->told < PROGRESS_EVERY) {
        return;
    }
    done = (int)apr_atomic_read32(walk->sources->done);
    rate = (int)(done * APR_USEC_PER_SEC / (now - walk->now + 1)) + 1;
    fprintf(stderr, "\r%d of %d names, %d a second, %d s left \x1b[K", done, all, rate,
            (all - done) / rate);
    walk->told = now;
}

void ctl_walk_look(ctl_walk_t *walk, int from, int to, const ctl_stop_t *stop)
{
    int i;

    for (i = from; i < to && !stop->is_wanted; i++) {
        look_at(walk, APR_ARRAY_IDX(walk->sources->keys, i, const char *));
        apr_atomic_inc32(walk->sources->done);
        tell_progress(walk);
    }
    walk->is_complete = i == to;
}

/* Each once, in order. */
static void sort_keys(apr_array_header_t *keys)
{
    int i, n = 0;

    qsort(keys->elts, (size_t)keys->nelts, sizeof(const char *), compare_keys);
    for (i = 0; i < keys->nelts; i++) {
        const char *key = APR_ARRAY_IDX(keys, i, const char *);

        if (n == 0 || strcmp(key, APR_ARRAY_IDX(keys, n - 1, const char *)) != 0) {
            APR_ARRAY_IDX(keys, n++, const char *) = key;
        }
    }
    keys->nelts = n;
}

void ctl_walk_run(ctl_walk_t *walk, const char *const *names, int n, const ctl_stop_t *stop)
{
    apr_array_header_t *keys = walk->sources->keys;
    int i;

    if (n == 0) {
        list_keys(walk);
    }
    for (i = 0; i < n; i++) {
        APR_ARRAY_PUSH(keys, const char *) = names[i];
    }
    sort_keys(keys);
    walk->told = walk->now;
    if (walk->jobs > 1) {
        ctl_jobs_run(walk, stop);
    }
    else {
        ctl_walk_look(walk, 0, keys->nelts, stop);
    }
    sum_certificates(walk);
    walk->is_complete &= !walk->sources->is_partial;
    if (walk->told != walk->now) {
        fputs("\r\x1b[K", stderr);
    }
}

const char *ctl_walk_near(ctl_walk_t *walk, const char *name)
{
    const apr_array_header_t *keys = walk->sources->keys;
    mssl_near_t near;
    int i;

    mssl_near_begin(&near, name);
    list_keys(walk);
    for (i = 0; i < keys->nelts; i++) {
        const char *key = APR_ARRAY_IDX(keys, i, const char *);

        mssl_near_offer(&near, key, strlen(key));
    }
    return near.found[0] != '\0' ? apr_pstrdup(walk->pool, near.found) : NULL;
}

const char *ctl_walk_types(apr_pool_t *pool, unsigned types)
{
    const char *text = "";
    int type;

    for (type = 0; type < MSSL_KEY_TYPES; type++) {
        if ((types >> type & 1) != 0) {
            text = apr_pstrcat(pool, text, *text != '\0' ? "+" : "",
                               mssl_key_type_name((mssl_key_type_t)type), NULL);
        }
    }
    return *text != '\0' ? text : "-";
}

int ctl_walk_days(const ctl_walk_t *walk, apr_time_t until)
{
    return (int)((until - walk->now) / DAY);
}
