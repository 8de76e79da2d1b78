/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "lib/inventory/states.h"

#include <string.h>

/** Below the rank of any pair. */
#define NO_RANK (-1)

static const char *const words[MSSL_STATES] = {
    [MSSL_STATE_BAD] = "bad",
    [MSSL_STATE_EXPIRED] = "expired",
    [MSSL_STATE_NOT_YET_VALID] = "not_yet_valid",
    [MSSL_STATE_AT_RISK] = "at_risk",
    [MSSL_STATE_URGENT] = "urgent",
    [MSSL_STATE_DEGRADED] = "degraded",
    [MSSL_STATE_EXPIRING] = "expiring",
    [MSSL_STATE_SHADOWED] = "shadowed",
    [MSSL_STATE_VALID] = "valid",
    [MSSL_STATE_EXCLUDED] = "excluded",
};

const char *mssl_states_get_word(mssl_name_state_t state)
{
    return words[state];
}

int mssl_states_parse_word(mssl_name_state_t *state, const char *word)
{
    int i;

    for (i = 0; i < MSSL_STATES; i++) {
        if (strcmp(words[i], word) == 0) {
            *state = (mssl_name_state_t)i;
            return 1;
        }
    }
    return 0;
}

apr_time_t mssl_states_get_until(const mssl_dates_t *dates)
{
    return dates->chain_until < dates->until ? dates->chain_until : dates->until;
}

static int rank_of(const mssl_candidate_t *candidate, apr_time_t now)
{
    return candidate->is_bad ? NO_RANK : mssl_dates_get_rank(&candidate->dates, now);
}

/* How many from there on are of the same key and source: a level, as lookups have it. */
static int count_level(const mssl_candidate_t *candidate, int n)
{
    int i;

    for (i = 1; i < n && candidate[i].source == candidate[0].source
         && candidate[i].is_wildcard == candidate[0].is_wildcard; i++) {
        continue;
    }
    return i;
}

/* As mssl_answer_weigh() does: the first level of the best rank, in it the first of each type. */
static void choose(mssl_judged_t *judged, const mssl_candidate_t *candidate, int n, apr_time_t now)
{
    int best = NO_RANK, at, i, end;

    for (at = 0; at < n; at = end) {
        int rank = NO_RANK;

        end = at + count_level(candidate + at, n - at);
        for (i = at; i < end; i++) {
            rank = rank_of(&candidate[i], now) > rank ? rank_of(&candidate[i], now) : rank;
        }
        if (rank <= best) {
            continue;
        }
        best = rank;
        memset(judged->chosen, -1, sizeof(judged->chosen));
        for (i = at; i < end; i++) {
            if (rank_of(&candidate[i], now) == rank && judged->chosen[candidate[i].type] < 0) {
                judged->chosen[candidate[i].type] = i;
            }
        }
    }
}

/* The state of one pair that is shown, by itself. */
static mssl_name_state_t state_of(const mssl_candidate_t *candidate, const mssl_warns_t *warns,
                                  apr_time_t now)
{
    const mssl_dates_t *dates = &candidate->dates;
    apr_interval_time_t lifetime = dates->until - dates->from;
    apr_time_t until = mssl_states_get_until(dates);

    if (mssl_dates_get_rank(dates, now) != MSSL_RANK_BEST) {
        return now < dates->from || (now < dates->chain_from && now <= dates->until)
               ? MSSL_STATE_NOT_YET_VALID : MSSL_STATE_EXPIRED;
    }
    if (candidate->is_last_good) {
        return MSSL_STATE_AT_RISK;
    }
    return until - now < mssl_warns_get_urgent(warns, lifetime)     ? MSSL_STATE_URGENT
           : until - now < mssl_warns_get_expiring(warns, lifetime) ? MSSL_STATE_EXPIRING
                                                                    : MSSL_STATE_VALID;
}

/* A pair of the same kind that was made later and lasts longer, behind the one that is shown. */
static int find_hidden(const mssl_candidate_t *candidate, int n, int shown, apr_time_t now)
{
    const mssl_candidate_t *old = &candidate[shown], *other;
    int i;

    for (i = 0; i < n; i++) {
        other = &candidate[i];
        if (!other->is_bad && !other->is_last_good && other->type == old->type
            && other->is_wildcard == old->is_wildcard
            && rank_of(other, now) >= rank_of(old, now) && other->dates.from > old->dates.from
            && mssl_states_get_until(&other->dates) > mssl_states_get_until(&old->dates)) {
            return i;
        }
    }
    return -1;
}

static void add_state(mssl_judged_t *judged, mssl_name_state_t state)
{
    judged->state = state < judged->state ? state : judged->state;
}

static void judge_chosen(mssl_judged_t *judged, const mssl_candidate_t *candidate, int n,
                         const mssl_warns_t *warns, apr_time_t now)
{
    int type, at;

    for (type = 0; type < MSSL_KEY_TYPES; type++) {
        at = judged->chosen[type];
        if (at < 0) {
            continue;
        }
        add_state(judged, state_of(&candidate[at], warns, now));
        if (judged->shown < 0 || mssl_states_get_until(&candidate[at].dates)
                                     < mssl_states_get_until(&candidate[judged->shown].dates)) {
            judged->shown = at;
        }
        if (judged->hidden < 0) {
            judged->hidden = find_hidden(candidate, n, at, now);
        }
    }
}

void mssl_states_judge(mssl_judged_t *judged, const mssl_candidate_t *candidate, int n,
                       const mssl_warns_t *warns, apr_time_t now)
{
    int i;

    memset(judged->chosen, -1, sizeof(judged->chosen));
    judged->state = n == 0 ? MSSL_STATE_EXCLUDED : MSSL_STATE_VALID;
    judged->shown = judged->fault = judged->hidden = -1;
    choose(judged, candidate, n, now);
    for (i = 0; i < n && judged->fault < 0; i++) {
        judged->fault = candidate[i].is_bad ? i : -1;
    }
    judge_chosen(judged, candidate, n, warns, now);
    if (n > 0 && judged->shown < 0) {
        judged->state = MSSL_STATE_BAD;
    }
    if (judged->shown >= 0 && candidate[judged->shown].is_wildcard && judged->fault >= 0
        && !candidate[judged->fault].is_wildcard) {
        add_state(judged, MSSL_STATE_DEGRADED);
    }
    if (judged->hidden >= 0) {
        add_state(judged, MSSL_STATE_SHADOWED);
    }
}
