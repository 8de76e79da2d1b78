/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include <apr_strings.h>

#include "lib/store/load.h"

/* Never 0, which stands for "nothing was told". */
static apr_uint32_t hash_text(apr_uint32_t hash, const char *text)
{
    for (; *text != '\0'; text++) {
        hash = (hash ^ (unsigned char)*text) * 16777619u; /* FNV-1a */
    }
    return hash != 0 ? hash : 1;
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
static int is_news(const mssl_load_t *load, mssl_told_kind_t kind, apr_uint32_t what)
{
    return mssl_told_is_news(load->source->store->conf.told, kind, load->source->label, load->key,
                             what);
}

/* What there is to tell of the dates of pairs, as a hash; 0: nothing. */
static apr_uint32_t hash_dates(mssl_pair_t *const *pair, int npairs, apr_time_t now)
{
    apr_uint32_t hash = 0;
    mssl_reason_t text;
    int i;

    for (i = 0; i < npairs; i++) {
        if (is_invalid(pair[i], now, &text)) {
            hash = hash_text(hash, text.text);
        }
    }
    return hash;
}

static void tell_dates(mssl_load_t *load)
{
    const mssl_answer_t *answer = load->state->answer;
    apr_uint32_t dates = answer != NULL ? hash_dates(answer->pair, answer->npairs, load->now) : 0;
    mssl_reason_t text;
    int i, has_news;

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
static void report_bad(const mssl_load_t *load, const mssl_reason_t *bad)
{
    int has_more = load->is_kept_all && load->from.text[0] != '\0';
    mssl_reason_t text;

    mssl_reason_set(&text, APR_SUCCESS, "%s%s%s", bad->text, has_more ? "; " : "",
                    has_more ? load->from.text : "");
    mssl_source_report(load->source, MSSL_REPORT_BAD_PAIR, load->key, text.text);
}

/* What there is to tell of bad items, as a hash; 0: nothing. */
static apr_uint32_t hash_bad(const mssl_load_t *load)
{
    apr_uint32_t hash = 0;
    int i;

    for (i = 0; i < load->nbad; i++) {
        if (load->bad[i].text[0] != '\0') {
            hash = hash_text(hash, load->bad[i].text);
        }
    }
    return hash;
}

int mssl_load_has_trouble(const mssl_load_t *load)
{
    apr_uint32_t bad = hash_bad(load), dates = hash_dates(load->pair, load->npairs, load->now);

    return (bad != 0 && bad != load->state->told_bad)
           || (dates != 0 && dates != load->state->told_dates);
}

static void tell_bad(mssl_load_t *load)
{
    apr_uint32_t bad = hash_bad(load);
    int i, has_news;

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

static void tell_notes(mssl_load_t *load)
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
static int has_recovered(const mssl_load_t *load, int was_wrong)
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

void mssl_load_tell(mssl_load_t *load, int is_new)
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

void mssl_load_tell_reach(mssl_source_t *source, apr_status_t rv, const mssl_reason_t *why)
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

void mssl_load_tell_busy(mssl_load_t *load, const mssl_reason_t *why)
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
