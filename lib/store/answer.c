/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "lib/store/answer.h"

#include <stdlib.h>
#include <string.h>

mssl_answer_t *mssl_answer_new(mssl_pair_t *const *pairs, int npairs, int is_excluded)
{
    mssl_answer_t *answer = malloc(sizeof(*answer) + (size_t)npairs * sizeof(answer->pair[0]));
    int i;

    if (answer == NULL) {
        return NULL;
    }
    answer->refs = 1;
    answer->is_excluded = is_excluded;
    answer->npairs = npairs;
    for (i = 0; i < npairs; i++) {
        answer->pair[i] = mssl_pair_ref(pairs[i]);
    }
    return answer;
}

mssl_answer_t *mssl_answer_ref(mssl_answer_t *answer)
{
    if (answer != NULL) {
        __atomic_add_fetch(&answer->refs, 1, __ATOMIC_RELAXED);
    }
    return answer;
}

void mssl_answer_unref(mssl_answer_t *answer)
{
    int i;

    if (answer == NULL || __atomic_sub_fetch(&answer->refs, 1, __ATOMIC_ACQ_REL) > 0) {
        return;
    }
    for (i = 0; i < answer->npairs; i++) {
        mssl_pair_unref(answer->pair[i]);
    }
    free(answer);
}

mssl_pair_t *mssl_answer_find(const mssl_answer_t *answer, const char *label)
{
    int i;

    for (i = 0; answer != NULL && i < answer->npairs; i++) {
        if (strcmp(mssl_pair_get_label(answer->pair[i]), label) == 0) {
            return answer->pair[i];
        }
    }
    return NULL;
}

/* Rank of what nothing was chosen in: below that of any pair. */
#define NO_RANK (-1)
/* Valid with all of the chain: nothing is better. */
#define BEST_RANK 2

int mssl_answer_rank(mssl_pair_t *const *pair, int n, apr_time_t now)
{
    int i, best = NO_RANK;

    for (i = 0; i < n; i++) {
        int rank = pair[i] != NULL ? mssl_pair_get_rank(pair[i], now) : NO_RANK;

        best = rank > best ? rank : best;
    }
    return best;
}

/* Take the first pair of each key type that has a rank. */
static void take(mssl_choice_t *choice, const mssl_answer_t *answer, apr_time_t now, int rank)
{
    mssl_pair_t **place;
    int i;

    for (i = 0; i < answer->npairs; i++) {
        place = &choice->pair[mssl_pair_get_type(answer->pair[i])];
        if (*place == NULL && mssl_pair_get_rank(answer->pair[i], now) == rank) {
            *place = mssl_pair_ref(answer->pair[i]);
        }
    }
}

int mssl_answer_weigh(mssl_choice_t *choice, const mssl_answer_t *answer, apr_time_t now)
{
    int rank;

    if (answer == NULL) {
        return 0;
    }
    rank = mssl_answer_rank(answer->pair, answer->npairs, now);
    if (rank > mssl_answer_rank(choice->pair, MSSL_KEY_TYPES, now)) {
        mssl_choice_release(choice);
        take(choice, answer, now, rank);
    }
    return rank == BEST_RANK;
}

void mssl_choice_release(mssl_choice_t *choice)
{
    int i;

    for (i = 0; i < MSSL_KEY_TYPES; i++) {
        mssl_pair_unref(choice->pair[i]);
        choice->pair[i] = NULL;
    }
}
