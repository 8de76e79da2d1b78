/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

/*
 * From the files of a key to its answer: what is usable is taken, and what is bad keeps the last good
 * pair in service.
 */

#include "lib/store/load.h"

#include <string.h>

#include "lib/base/material.h"
#include "lib/base/monotonic.h"
#include "lib/pair/judge.h"
#include "lib/store/recall.h"

/** A load that took longer is not repeated before so many times what it took, at most REST_MAX. */
#define SLOW (APR_USEC_PER_SEC / 20)
#define RESTS 20
#define REST_MAX (60 * APR_USEC_PER_SEC)

/* @param known the stamp of what is known, or NULL */
static apr_status_t fetch(mssl_load_t *load, const mssl_stamp_t *known, mssl_material_t *out,
                          apr_pool_t *pool, mssl_reason_t *why)
{
    const mssl_source_t *source = load->source;
    mssl_store_t *store = source->store;
    mssl_question_t question = { .key = load->key, .known = known, .pool = pool, .out = out,
                                 .why = why };
    apr_status_t rv;

    __atomic_add_fetch(&store->fetches, 1, __ATOMIC_RELAXED);
    mssl_counters_add(store->conf.counters, MSSL_COUNT_LOOKS);
    rv = store->opener != NULL ? store->opener(store->opener_baton, source->id, &question)
                               : mssl_store_fetch(store, source->id, &question);
    if (question.as_of != 0 && question.as_of < load->now) {
        load->as_of = question.as_of;
    }
    return rv;
}

/*
 * What was good last: for the whole server, as this process may have seen less or nothing of it;
 * where nobody says, for this process. Borrowed, may be NULL. Asked for once, when it is needed.
 */
static const mssl_answer_t *get_last_good(mssl_load_t *load)
{
    if (!load->has_last) {
        load->has_last = 1;
        load->last = mssl_recall(load->source, load->key, &load->from);
        if (load->last == NULL) {
            load->last = mssl_answer_ref(load->state->answer);
        }
    }
    return load->last;
}

/* One item that is no good: the pair that its files held before stays. */
static void keep_last_good(mssl_load_t *load, const mssl_item_t *item, const mssl_reason_t *why)
{
    mssl_pair_t *last = mssl_answer_find(get_last_good(load), item->label);

    /* APR_EINVAL is a verdict on what the files hold: they must change first. */
    if (item->rv != APR_SUCCESS && item->rv != APR_EINVAL) {
        load->is_retried = 1;
    }
    if (last == NULL && item->is_shared) {
        return; /* never was ours: the trouble of the key that it lies under */
    }
    if (last != NULL) {
        load->pair[load->npairs++] = mssl_pair_ref(last);
    }
    load->bad[load->nbad++] = *why;
}

static void take_item(mssl_load_t *load, const mssl_item_t *item)
{
    mssl_pair_t *pair;
    mssl_reason_t why = { "" };
    apr_status_t rv = mssl_judge_item(&pair, item, load->key, load->source->store->chains, &why);

    if (rv == APR_SUCCESS) {
        load->pair[load->npairs++] = pair;
    }
    else if (rv != APR_NOTFOUND) {
        keep_last_good(load, item, &why);
    }
}

/*
 * A pair that is valid, whose file now holds one that is not (a link that was turned the wrong way):
 * it goes on serving. One whose file is gone is gone.
 */
static void keep_valid(mssl_load_t *load)
{
    const mssl_answer_t *old;
    int i, n = load->npairs;

    if (n == 0 || mssl_answer_rank(load->pair, n, load->now) > 0) {
        return;
    }
    old = get_last_good(load);
    for (i = 0; i < n && load->npairs < MSSL_MATERIAL_MAX; i++) {
        mssl_pair_t *last = mssl_answer_find(old, mssl_pair_get_label(load->pair[i]));

        if (last != NULL && mssl_pair_is_valid_at(last, load->now)) {
            load->pair[load->npairs++] = load->pair[i];
            load->pair[i] = mssl_pair_ref(last); /* first, so that the next load finds it, too */
        }
    }
}

/* The same certificate once, whichever files it lies in. */
static void drop_twins(mssl_load_t *load)
{
    int i, j, kept = 0;

    for (i = 0; i < load->npairs; i++) {
        mssl_pair_t *pair = load->pair[i];

        for (j = 0; j < kept && memcmp(mssl_pair_get_sha256(load->pair[j]),
                                       mssl_pair_get_sha256(pair), MSSL_SHA256_LEN) != 0; j++) {
            continue;
        }
        if (j < kept) {
            mssl_pair_unref(pair);
        }
        else {
            load->pair[kept++] = pair;
        }
    }
    load->npairs = kept;
}

/* Nothing usable in new places, something bad, and pairs that served: they go on. */
static void keep_all(mssl_load_t *load)
{
    const mssl_answer_t *old;

    if (load->npairs > 0 || load->nbad == 0) {
        return;
    }
    old = get_last_good(load);
    load->is_kept_all = 1;
    while (old != NULL && load->npairs < old->npairs) {
        load->pair[load->npairs] = mssl_pair_ref(old->pair[load->npairs]);
        load->npairs++;
    }
}

static void judge(mssl_load_t *load)
{
    const mssl_material_t *material = load->material;
    int i;

    __atomic_add_fetch(&load->source->store->loads, 1, __ATOMIC_RELAXED);
    mssl_counters_add(load->source->store->conf.counters, MSSL_COUNT_LOADS);
    for (i = 0; i < material->nitems && i < MSSL_MATERIAL_MAX; i++) {
        take_item(load, &material->item[i]);
    }
    keep_all(load);
    keep_valid(load);
    drop_twins(load);
}

static void drop_pairs(mssl_load_t *load)
{
    while (load->npairs > 0) {
        mssl_pair_unref(load->pair[--load->npairs]);
    }
}

/*
 * New trouble is looked at once more, which is no reading where nothing has changed: the files may
 * have been mended while they were read, and another process may have told so.
 */
static void look_again(mssl_load_t *load, mssl_scratch_t *scratch)
{
    mssl_material_t *again = apr_pcalloc(scratch->pool, sizeof(*again));
    mssl_reason_t why = { "" };

    if (fetch(load, &load->material->stamp, again, scratch->pool, &why) == APR_SUCCESS) {
        mssl_material_wipe(load->material);
        load->material = again;
        drop_pairs(load);
        load->nbad = load->is_retried = load->is_kept_all = 0;
        judge(load);
    }
}

static void take_material(mssl_load_t *load, mssl_scratch_t *scratch)
{
    mssl_state_t *state = load->state;
    const mssl_material_t *material;
    mssl_answer_t *answer = NULL;

    judge(load);
    if (mssl_load_has_trouble(load)) {
        look_again(load, scratch);
    }
    material = load->material;
    if (load->npairs > 0 || load->nbad > 0 || material->excluded) {
        answer = mssl_answer_new(load->pair, load->npairs, material->excluded);
        if (answer != NULL) {
            mssl_answer_unref(state->answer);
            state->answer = answer;
            state->rv = APR_SUCCESS;
        }
    }
    else {
        mssl_answer_unref(state->answer); /* only what belongs to other keys */
        state->answer = NULL;
        state->rv = APR_NOTFOUND;
    }
    state->stamp = material->stamp;
    state->has_stamp = !load->is_retried;
    mssl_load_tell(load, 1);
    drop_pairs(load);
}

static void forget(mssl_state_t *state)
{
    mssl_answer_unref(state->answer);
    memset(state, 0, sizeof(*state));
    state->rv = APR_NOTFOUND;
}

/*
 * What has no stamp to go by (a link that is refused beside a costly file) is read again and again:
 * where that takes long, not soon.
 */
static void set_rest(mssl_load_t *load, apr_time_t began)
{
    apr_interval_time_t took = mssl_monotonic_now() - began;

    load->state->rest = !load->is_retried || took < SLOW ? 0
        : took > REST_MAX / RESTS ? REST_MAX : took * RESTS;
}

static void load_key(mssl_load_t *load)
{
    apr_time_t began = mssl_monotonic_now();
    mssl_state_t *state = load->state;
    mssl_store_t *store = load->source->store;
    mssl_scratch_t *scratch = mssl_scratch_take(store->scratches);
    mssl_reason_t why = { "" };
    apr_status_t rv = APR_ENOMEM;

    if (scratch != NULL) {
        load->material = &scratch->material;
        load->bad = scratch->reason;
        rv = fetch(load, state->has_stamp ? &state->stamp : NULL, load->material, scratch->pool,
                   &why);
        if (rv == APR_EBUSY) {
            mssl_load_tell_busy(load, &why);
        }
        else {
            mssl_load_tell_reach(load->source, rv, &why);
        }
        if (rv == APR_SUCCESS) {
            take_material(load, scratch);
        }
        else if (rv == APR_EEXIST) {
            mssl_load_tell(load, 0);
        }
        else if (rv == APR_NOTFOUND) {
            forget(state);
        }
        mssl_material_wipe(load->material);
        mssl_scratch_give(store->scratches, scratch);
    }
    if (rv != APR_SUCCESS && rv != APR_EEXIST && rv != APR_NOTFOUND && state->answer == NULL) {
        state->answer = mssl_recall(load->source, load->key, &why);
        state->rv = state->answer != NULL ? APR_SUCCESS : rv;
        state->has_stamp = 0;
    }
    mssl_answer_unref(load->last);
    set_rest(load, began);
}

apr_status_t mssl_source_ask(mssl_source_t *source, const char *key, apr_time_t now,
                             mssl_answer_t **answer)
{
    mssl_cache_t *cache = source->store->cache;
    mssl_state_t state;
    mssl_entry_t *entry;
    mssl_reason_t from;
    mssl_load_t load;

    *answer = NULL;
    if (source->kind == MSSL_SOURCE_PAIRS) {
        *answer = mssl_answer_ref(apr_hash_get(source->table, key, APR_HASH_KEY_STRING));
        return *answer != NULL ? APR_SUCCESS : APR_NOTFOUND;
    }
    if (source->has != NULL && !source->has(source->instance, key)) {
        return APR_NOTFOUND;
    }
    if (mssl_cache_begin(cache, source->id, key, now, mssl_source_filed(source, now), &state, &entry)
        == MSSL_CACHE_LOAD) {
        memset(&load, 0, sizeof(load));
        load.source = source;
        load.key = key;
        load.now = load.as_of = now;
        load.state = &state;
        load_key(&load);
        mssl_cache_end(cache, entry, load.as_of, &state);
    }
    else if (state.rv == APR_EBUSY && state.answer == NULL) { /* it hangs, for another thread */
        state.answer = mssl_recall(source, key, &from);
        state.rv = state.answer != NULL ? APR_SUCCESS : APR_EBUSY;
    }
    *answer = state.answer;
    return state.rv;
}
