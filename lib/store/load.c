/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

/*
 * From the files of a key to its answer: what is usable is taken, what is bad keeps the last good
 * pair in service, and every change of state is told once. No lock is held here.
 */

#include <apr_strings.h>
#include <string.h>

#include "lib/base/material.h"
#include "lib/base/monotonic.h"
#include "lib/base/reason.h"
#include "lib/pair/judge.h"
#include "lib/store/recall.h"

/** A load that took longer is not repeated before so many times what it took, at most REST_MAX. */
#define SLOW (APR_USEC_PER_SEC / 20)
#define RESTS 20
#define REST_MAX (60 * APR_USEC_PER_SEC)

/** A load under way. */
typedef struct load_t {
    mssl_source_t *source;
    const char *key;
    apr_time_t now;
    apr_time_t as_of;               /* what was found was so then */
    mssl_state_t *state;            /* what was known, becomes what is known */
    mssl_answer_t *last;            /* what was good last, a reference; see get_last_good() */
    int has_last;                   /* it was asked for */
    mssl_reason_t from;             /* where that comes from, where it is worth telling */
    int is_kept_all;                /* nothing else serves */
    mssl_material_t *material;
    mssl_reason_t *bad;             /* of bad items, as many as may be. "": nothing to tell */
    mssl_pair_t *pair[MSSL_MATERIAL_MAX]; /* a reference each */
    int npairs;
    int nbad;                       /* items that are not usable */
    int is_retried;                 /* the stamp does not tell when to try again */
} load_t;

/* Never 0, which stands for "nothing was told". */
static apr_uint32_t hash_text(apr_uint32_t hash, const char *text)
{
    for (; *text != '\0'; text++) {
        hash = (hash ^ (unsigned char)*text) * 16777619u; /* FNV-1a */
    }
    return hash != 0 ? hash : 1;
}

static apr_status_t fetch(load_t *load, apr_pool_t *pool, mssl_reason_t *why)
{
    const mssl_source_t *source = load->source;
    mssl_store_t *store = source->store;
    mssl_question_t question = { .key = load->key, .pool = pool, .out = load->material,
                                 .why = why };
    apr_status_t rv;

    question.known = load->state->has_stamp ? &load->state->stamp : NULL;
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
static const mssl_answer_t *get_last_good(load_t *load)
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
static void keep_last_good(load_t *load, const mssl_item_t *item, const mssl_reason_t *why)
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

static void take_item(load_t *load, const mssl_item_t *item)
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
static void keep_valid(load_t *load)
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
static void drop_twins(load_t *load)
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
static void keep_all(load_t *load)
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

/* Whether nobody trusts a pair by its dates, and what to say then. */
static int is_invalid(const mssl_pair_t *pair, apr_time_t now, mssl_reason_t *text)
{
    int is_expired = now >= mssl_pair_get_not_before(pair);
    char date[APR_RFC822_DATE_LEN];

    if (mssl_pair_is_valid_at(pair, now)) {
        return 0;
    }
    apr_rfc822_date(date, is_expired ? mssl_pair_get_not_after(pair)
                                     : mssl_pair_get_not_before(pair));
    mssl_reason_set(text, APR_SUCCESS, "%s: the certificate %s %s; %s", mssl_pair_get_label(pair),
                    is_expired ? "expired on" : "is not valid before", date,
                    is_expired ? "renew it" : "check the clock");
    return 1;
}

/* Whether nobody told it yet. */
static int is_news(const load_t *load, mssl_told_kind_t kind, apr_uint32_t what)
{
    return mssl_told_is_news(load->source->store->conf.told, kind, load->source->label, load->key,
                             what);
}

static void tell_dates(load_t *load)
{
    const mssl_answer_t *answer = load->state->answer;
    apr_uint32_t dates = 0;
    mssl_reason_t text;
    int i, has_news;

    for (i = 0; answer != NULL && i < answer->npairs; i++) {
        if (is_invalid(answer->pair[i], load->now, &text)) {
            dates = hash_text(dates, text.text);
        }
    }
    has_news = dates != 0 && dates != load->state->told_dates
               && is_news(load, MSSL_TOLD_DATES, dates);
    for (i = 0; has_news && i < answer->npairs; i++) {
        if (is_invalid(answer->pair[i], load->now, &text)) {
            mssl_source_report(load->source, MSSL_REPORT_EXPIRED, load->key, text.text);
        }
    }
    load->state->told_dates = dates;
}

/* With what serves meanwhile, where that is worth telling. */
static void report_bad(const load_t *load, const mssl_reason_t *bad)
{
    int has_more = load->is_kept_all && load->from.text[0] != '\0';
    mssl_reason_t text;

    mssl_reason_set(&text, APR_SUCCESS, "%s%s%s", bad->text, has_more ? "; " : "",
                    has_more ? load->from.text : "");
    mssl_source_report(load->source, MSSL_REPORT_BAD_PAIR, load->key, text.text);
}

static void tell_bad(load_t *load)
{
    apr_uint32_t bad = 0;
    int i, has_news;

    for (i = 0; i < load->nbad; i++) {
        if (load->bad[i].text[0] != '\0') {
            bad = hash_text(bad, load->bad[i].text);
        }
    }
    has_news = bad != 0 && bad != load->state->told_bad && is_news(load, MSSL_TOLD_BAD, bad);
    for (i = 0; has_news && i < load->nbad; i++) {
        if (load->bad[i].text[0] != '\0') {
            report_bad(load, &load->bad[i]);
        }
    }
    if (bad != 0 || load->nbad == 0) {
        load->state->told_bad = bad;
    }
}

/*
 * What is worth knowing of a pair: nothing, the note that was made with it, or what time has done
 * since.
 */
static const char *note_of(const mssl_pair_t *pair, apr_time_t now, mssl_reason_t *outdated)
{
    const char *note = mssl_pair_get_note(pair);

    if (note == NULL && mssl_pair_is_staple_outdated(pair, now, outdated)) {
        note = outdated->text;
    }
    return note;
}

static void tell_notes(load_t *load)
{
    const mssl_answer_t *answer = load->state->answer;
    const char *note;
    apr_uint32_t hash = 0;
    mssl_reason_t outdated;
    int i, has_news;

    for (i = 0; answer != NULL && i < answer->npairs; i++) {
        note = note_of(answer->pair[i], load->now, &outdated);
        hash = note != NULL ? hash_text(hash, note) : hash;
    }
    has_news = hash != 0 && hash != load->state->told_note && is_news(load, MSSL_TOLD_NOTE, hash);
    for (i = 0; has_news && i < answer->npairs; i++) {
        note = note_of(answer->pair[i], load->now, &outdated);
        if (note != NULL) {
            mssl_source_report(load->source, MSSL_REPORT_NOTE, load->key, note);
        }
    }
    load->state->told_note = hash;
}

/*
 * What was wrong is not any more: by what this process knows, or by what any told. Another one may
 * have met the trouble, and be gone.
 */
static int has_recovered(const load_t *load, int was_wrong)
{
    const mssl_told_t *told = load->source->store->conf.told;
    int busy = is_news(load, MSSL_TOLD_BUSY, 0), bad, dates;

    if ((load->state->told_bad | load->state->told_dates) != 0) {
        return 0;
    }
    if (told == NULL) {
        return was_wrong;
    }
    bad = is_news(load, MSSL_TOLD_BAD, 0);
    dates = is_news(load, MSSL_TOLD_DATES, 0);
    return busy || bad || dates;
}

/* Tell what changed since the last time: there was an answer. */
static void tell(load_t *load, int is_new)
{
    mssl_state_t *state = load->state;
    int was_wrong = (state->told_bad | state->told_dates | state->told_busy) != 0;

    state->told_busy = 0;
    if (is_new) {
        tell_bad(load);
    }
    tell_notes(load);
    tell_dates(load);
    if ((is_new || was_wrong) && has_recovered(load, was_wrong)) {
        mssl_source_report(load->source, MSSL_REPORT_RECOVERED, load->key,
                           "its certificate is in service");
    }
}

static void take_material(load_t *load)
{
    mssl_state_t *state = load->state;
    const mssl_material_t *material = load->material;
    mssl_answer_t *answer = NULL;
    int i;

    __atomic_add_fetch(&load->source->store->loads, 1, __ATOMIC_RELAXED);
    mssl_counters_add(load->source->store->conf.counters, MSSL_COUNT_LOADS);
    for (i = 0; i < material->nitems && i < MSSL_MATERIAL_MAX; i++) {
        take_item(load, &material->item[i]);
    }
    keep_all(load);
    keep_valid(load);
    drop_twins(load);
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
    tell(load, 1);
    for (i = 0; i < load->npairs; i++) {
        mssl_pair_unref(load->pair[i]);
    }
}

static void forget(mssl_state_t *state)
{
    mssl_answer_unref(state->answer);
    memset(state, 0, sizeof(*state));
    state->rv = APR_NOTFOUND;
}

static void tell_reach(mssl_source_t *source, apr_status_t rv, const mssl_reason_t *why)
{
    int failed = rv != APR_SUCCESS && rv != APR_NOTFOUND && rv != APR_EEXIST;

    if (__atomic_load_n(&source->is_unreachable, __ATOMIC_RELAXED) == failed
        || __atomic_exchange_n(&source->is_unreachable, failed, __ATOMIC_RELAXED) == failed) {
        return;
    }
    if (!mssl_told_is_news(source->store->conf.told, MSSL_TOLD_SOURCE, source->label, "",
                           (apr_uint32_t)failed)) {
        return;
    }
    mssl_source_report(source, failed ? MSSL_REPORT_UNREACHABLE : MSSL_REPORT_REACHABLE, NULL,
                       failed ? why->text : "answers again");
}

/*
 * A name that is slow by itself: that is said of the name, and not of its source; nor of its files,
 * which may be found as they were known.
 */
static void tell_busy(load_t *load, const mssl_reason_t *why)
{
    mssl_reason_t text;
    apr_uint32_t busy;

    if (why->text[0] == '\0') {
        return;
    }
    mssl_reason_set(&text, APR_EBUSY, "%s: %s", load->key, why->text);
    busy = hash_text(0, text.text);
    if (busy != load->state->told_busy && is_news(load, MSSL_TOLD_BUSY, busy)) {
        report_bad(load, &text);
    }
    load->state->told_busy = busy;
}

/*
 * What has no stamp to go by (a link that is refused beside a costly file) is read again and again:
 * where that takes long, not soon.
 */
static void set_rest(load_t *load, apr_time_t began)
{
    apr_interval_time_t took = mssl_monotonic_now() - began;

    load->state->rest = !load->is_retried || took < SLOW ? 0
        : took > REST_MAX / RESTS ? REST_MAX : took * RESTS;
}

static void load_key(load_t *load)
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
        __atomic_add_fetch(&store->fetches, 1, __ATOMIC_RELAXED);
        mssl_counters_add(store->conf.counters, MSSL_COUNT_LOOKS);
        rv = fetch(load, scratch->pool, &why);
        if (rv == APR_EBUSY) {
            tell_busy(load, &why);
        }
        else {
            tell_reach(load->source, rv, &why);
        }
        if (rv == APR_SUCCESS) {
            take_material(load);
        }
        else if (rv == APR_EEXIST) {
            tell(load, 0);
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
    load_t load;

    *answer = NULL;
    if (source->kind == MSSL_SOURCE_PAIRS) {
        *answer = mssl_answer_ref(apr_hash_get(source->table, key, APR_HASH_KEY_STRING));
        return *answer != NULL ? APR_SUCCESS : APR_NOTFOUND;
    }
    if (source->has != NULL && !source->has(source->instance, key)) {
        return APR_NOTFOUND;
    }
    if (mssl_cache_begin(cache, source->id, key, now, &state, &entry) == MSSL_CACHE_LOAD) {
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
