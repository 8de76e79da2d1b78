/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "tools/msslctl/sources.h"

#include <apr_strings.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/base/material.h"
#include "lib/base/name.h"
#include "lib/explain/near.h"
#include "lib/pair/judge.h"

#define DAY apr_time_from_sec(86400)
/** Candidates of one name; what is beyond is not looked at, as it is last. */
#define MANY 64
#define PROGRESS_EVERY (APR_USEC_PER_SEC / 5)

/* What lies under one key, over all sources. */
typedef struct set_t {
    int n;
    unsigned char *excluded;     /* by source */
    mssl_candidate_t candidate[MANY];
    struct {
        const char *file, *reason, *exposed, *note;
        unsigned char sha256[MSSL_SHA256_LEN];
    } more[MANY];
} set_t;

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

static void count_certificate(ctl_walk_t *walk, ctl_found_store_t *found, const mssl_pair_t *pair)
{
    apr_hash_t *seen = walk->sources->certificates;
    apr_time_t end = mssl_pair_get_not_after(pair);
    const unsigned char *sha256 = mssl_pair_get_sha256(pair);

    if (apr_hash_get(seen, sha256, MSSL_SHA256_LEN) == NULL) {
        apr_hash_set(seen, apr_pmemdup(walk->pool, sha256, MSSL_SHA256_LEN), MSSL_SHA256_LEN, walk);
        found->certificates++;
    }
    if (found->soonest == 0 || end < found->soonest) {
        found->soonest = end;
    }
}

static void take_item(ctl_walk_t *walk, set_t *set, int number, const mssl_item_t *item,
                      const char *key, apr_pool_t *pool)
{
    const ctl_source_t *source = &APR_ARRAY_IDX(walk->sources->sources, number, ctl_source_t);
    ctl_found_store_t *found = ctl_sources_found(walk, source);
    mssl_candidate_t *candidate = &set->candidate[set->n];
    mssl_reason_t why = { "" };
    mssl_pair_t *pair;
    apr_status_t rv;

    if (set->n >= MANY) {
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
        set->more[set->n].note = more != NULL ? apr_pstrdup(walk->pool, more) : NULL;
        if (is_exposed(item->key_label, pool)) {
            set->more[set->n].exposed = apr_pstrdup(walk->pool, item->key_label);
        }
        count_certificate(walk, found, pair);
        mssl_pair_unref(pair);
    }
    set->n++;
}

static void look_in(ctl_walk_t *walk, set_t *set, int number, const char *key)
{
    const ctl_source_t *source = &APR_ARRAY_IDX(walk->sources->sources, number, ctl_source_t);
    mssl_material_t *material;
    mssl_reason_t why = { "" };
    mssl_question_t question;
    apr_pool_t *pool;
    apr_status_t rv;
    int i;

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
static void put_instead(ctl_walk_t *walk, set_t *set, int number)
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
    if (at == set->n && set->n < MANY) {
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

static set_t *look_for(ctl_walk_t *walk, const char *key, apr_pool_t *pool)
{
    set_t *set = apr_pcalloc(pool, sizeof(*set));
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

/* Patterns have many names; each is looked at once. */
static const set_t *look_for_pattern(ctl_walk_t *walk, const char *name)
{
    static const set_t nothing;
    char pattern[MSSL_NAME_SIZE];
    set_t *set, *kept;
    apr_pool_t *pool;

    if (name[0] == '*' || !mssl_name_pattern(pattern, name)) {
        return &nothing;
    }
    kept = apr_hash_get(walk->sources->patterns, pattern, APR_HASH_KEY_STRING);
    if (kept == NULL) {
        apr_pool_create(&pool, walk->pool);
        set = look_for(walk, pattern, pool);
        kept = set->n > 0 ? apr_pmemdup(walk->pool, set, sizeof(*set)) : (set_t *)&nothing;
        apr_hash_set(walk->sources->patterns, apr_pstrdup(walk->pool, pattern), APR_HASH_KEY_STRING,
                     kept);
        apr_pool_destroy(pool);
    }
    return kept;
}

/* What the pattern has stands behind what the name has, unless the name is taken out. */
static void add_pattern(set_t *set, const set_t *pattern)
{
    int i;

    for (i = 0; i < pattern->n && set->n < MANY; i++) {
        if (!set->excluded[pattern->candidate[i].source]) {
            set->candidate[set->n] = pattern->candidate[i];
            set->more[set->n++] = pattern->more[i];
        }
    }
}

/* Whether it is the certificate that was copied for the name. */
static int is_copied(const ctl_walk_t *walk, const char *name, const unsigned char *sha256)
{
    const char *text = walk->copied != NULL
                           ? apr_hash_get(walk->copied, name, APR_HASH_KEY_STRING) : NULL;
    char hex[2 * MSSL_SHA256_LEN + 1];
    int i;

    for (i = 0; text != NULL && i < MSSL_SHA256_LEN; i++) {
        apr_snprintf(hex + 2 * i, 3, "%02x", sha256[i]);
    }
    return text != NULL && strcmp(text, hex) == 0;
}

static void describe(ctl_walk_t *walk, ctl_finding_t *finding, const set_t *set,
                     const mssl_judged_t *judged)
{
    int at = judged->shown >= 0 ? judged->shown : judged->fault, type, i;

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
        finding->is_copied |= i >= 0 && is_copied(walk, finding->name, set->more[i].sha256);
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
    set_t *set;

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
static void tell_progress(const ctl_walk_t *walk, int done, apr_time_t *told)
{
    apr_time_t now = walk->has_progress ? apr_time_now() : 0;
    int all = walk->sources->keys->nelts, rate;

    if (!walk->has_progress || now - *told < PROGRESS_EVERY) {
        return;
    }
    rate = (int)(done * APR_USEC_PER_SEC / (now - walk->now + 1)) + 1;
    fprintf(stderr, "\r%d of %d names, %d a second, %d s left \x1b[K", done, all, rate,
            (all - done) / rate);
    *told = now;
}

void ctl_walk_run(ctl_walk_t *walk, const char *const *names, int n, const ctl_stop_t *stop)
{
    apr_array_header_t *keys = walk->sources->keys;
    apr_time_t told = walk->now;
    const char *last = NULL;
    int i;

    if (n == 0) {
        list_keys(walk);
    }
    for (i = 0; i < n; i++) {
        APR_ARRAY_PUSH(keys, const char *) = names[i];
    }
    qsort(keys->elts, (size_t)keys->nelts, sizeof(const char *), compare_keys);
    for (i = 0; i < keys->nelts && !stop->is_wanted; i++) {
        const char *key = APR_ARRAY_IDX(keys, i, const char *);

        if (last == NULL || strcmp(key, last) != 0) {
            look_at(walk, key);
        }
        last = key;
        tell_progress(walk, i, &told);
    }
    if (told != walk->now) {
        fputs("\r\x1b[K", stderr);
    }
    walk->is_complete = i == keys->nelts;
}

const char *ctl_walk_near(ctl_walk_t *walk, const char *name)
{
    const apr_array_header_t *keys = walk->sources->keys;
    int i;

    list_keys(walk);
    for (i = 0; i < keys->nelts; i++) {
        const char *key = APR_ARRAY_IDX(keys, i, const char *);

        if (strcmp(key, name) != 0 && mssl_near_is(name, key)) {
            return key;
        }
    }
    return NULL;
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
