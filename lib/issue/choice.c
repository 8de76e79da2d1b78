/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "lib/issue/choice.h"

/** Of the orders that are let, one in so many may be for a name of which preflight says nothing. */
#define UNKNOWN_SHARE 10
/** An issuer that fails so often in a row gives way to the next one. */
#define PATIENCE 2
/** What has no bit is never stopped. */
#define BITS 32

/* -1: there is none of that name. */
static int get_place(const mssl_choice_t *choice, const char *issuer)
{
    const mssl_issuer_t *found = mssl_issuing_find(choice->issuing, issuer);

    return found == NULL ? -1 : (int)(found - (const mssl_issuer_t *)choice->issuing->issuers->elts);
}

void mssl_choice_stop(mssl_choice_t *choice, const char *issuer)
{
    int place = get_place(choice, issuer);

    if (place >= 0 && place < BITS) {
        choice->stopped |= 1u << place;
    }
}

/* @return 0: now; else when */
static apr_time_t get_free(const mssl_choice_t *choice, const mssl_need_t *need,
                           const mssl_issuer_t *issuer, apr_time_t now)
{
    mssl_issuing_t tenth = *choice->issuing;
    mssl_limit_t *orders = &tenth.limit[MSSL_LIMIT_ORDERS];
    apr_time_t free = mssl_ledger_get_free(choice->ledger, choice->issuing, issuer->name,
                                           need->name, need->cause, now, NULL);

    if (free != 0 || need->cause != MSSL_WHY_FIRST || !need->is_unknown) {
        return free;
    }
    orders->n = orders->n > UNKNOWN_SHARE ? orders->n / UNKNOWN_SHARE : 1;
    return mssl_ledger_get_free_orders(choice->unknown, &tenth, issuer->name, now);
}

static int is_able(const mssl_choice_t *choice, const mssl_need_t *need, int place)
{
    const mssl_issuer_t *issuer = &APR_ARRAY_IDX(choice->issuing->issuers, place, mssl_issuer_t);

    return (need->named != NULL || !issuer->by_request)
           && (need->name[0] != '*' || !issuer->has_no_wildcards);
}

static int is_usable(const mssl_choice_t *choice, const mssl_need_t *need, int place)
{
    return is_able(choice, need, place)
           && (place >= BITS || (choice->stopped & 1u << place) == 0);
}

const mssl_issuer_t *mssl_choice_first(const mssl_choice_t *choice, const mssl_need_t *need)
{
    const apr_array_header_t *issuers = choice->issuing->issuers;
    int i, place = need->named != NULL ? get_place(choice, need->named) : -1;

    for (i = 0; i < issuers->nelts; i++) {
        if ((need->named == NULL || i == place) && is_able(choice, need, i)) {
            return &APR_ARRAY_IDX(issuers, i, mssl_issuer_t);
        }
    }
    return NULL;
}

int mssl_choice_is_there(const mssl_choice_t *choice, const mssl_need_t *need)
{
    return mssl_choice_first(choice, need) != NULL;
}

const mssl_issuer_t *mssl_choice_make(const mssl_choice_t *choice,
                                      const mssl_need_t *need, apr_time_t now,
                                      apr_time_t *at)
{
    const apr_array_header_t *issuers = choice->issuing->issuers;
    int is_named = need->named != NULL;
    int is_others = need->class == MSSL_CLASS_LIMIT || need->class == MSSL_CLASS_CA;
    int i, from = is_named ? get_place(choice, need->named)
                           : is_others ? need->refusals / PATIENCE : 0;

    *at = MSSL_NEVER;
    for (i = 0; from >= 0 && i < (is_named ? 1 : issuers->nelts); i++) {
        int place = (from + i) % issuers->nelts;
        const mssl_issuer_t *issuer = &APR_ARRAY_IDX(issuers, place, mssl_issuer_t);

        if (is_usable(choice, need, place)) {
            apr_time_t free = get_free(choice, need, issuer, now);

            if (free == 0) {
                return issuer;
            }
            *at = free < *at ? free : *at;
        }
    }
    return NULL;
}

int mssl_choice_is_asked_for(const mssl_choice_t *choice, const mssl_permit_t *permit)
{
    int is_requested = (permit->sources & MSSL_FROM_REQUESTS) != 0 && permit->issuer != NULL;
    const mssl_issuer_t *issuer = is_requested ? mssl_issuing_find(choice->issuing, permit->issuer)
                                               : NULL;

    return issuer != NULL && issuer->by_request;
}

int mssl_choice_is_apart(const mssl_choice_t *choice, const mssl_permit_t *permit)
{
    const mssl_issuer_t *issuer;

    if (permit == NULL || permit->issuer == NULL) {
        return 0;
    }
    issuer = mssl_issuing_find(choice->issuing, permit->issuer);
    return issuer != NULL ? issuer->by_request : (permit->sources & MSSL_FROM_REQUESTS) != 0;
}

void mssl_choice_note(const mssl_choice_t *choice, const mssl_need_t *need,
                      const mssl_issuer_t *issuer, apr_time_t now)
{
    if (need->is_unknown) {
        mssl_ledger_note(choice->unknown, issuer->name, need->name, need->cause, now, NULL);
    }
}
