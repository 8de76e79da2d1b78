/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "lib/issue/advice.h"

#include <apr_hash.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/heap.h"
#include "lib/issue/plan.h"

/** No issuer. */
#define NOBODY (-1)

typedef struct entry_t {
    mssl_heap_node_t due; /* first, so that one is the other */
    const char *name;     /* behind this */
    int issuer;           /* its place */
} entry_t;

struct mssl_advice_t {
    const mssl_issuing_t *issuing;
    apr_hash_t *entries;  /* name -> entry_t *: those that are asked for */
    mssl_heap_t heap;
    char *is_mute;        /* of each issuer: it has no such verb */
    int asked;            /* the place of the issuer that is asked now; NOBODY */
    apr_time_t last;      /* when one was asked last */
};

static apr_status_t free_entries(void *data)
{
    mssl_advice_t *advice = data;
    apr_hash_index_t *hi;

    for (hi = apr_hash_first(NULL, advice->entries); hi != NULL; hi = apr_hash_next(hi)) {
        free(apr_hash_this_val(hi));
    }
    mssl_heap_free(&advice->heap);
    return APR_SUCCESS;
}

mssl_advice_t *mssl_advice_make(const mssl_issuing_t *issuing, apr_pool_t *pool)
{
    mssl_advice_t *advice = apr_pcalloc(pool, sizeof(*advice));

    advice->issuing = issuing;
    advice->entries = apr_hash_make(pool);
    advice->is_mute = apr_pcalloc(pool, (apr_size_t)issuing->issuers->nelts + 1);
    advice->asked = NOBODY;
    apr_pool_cleanup_register(pool, advice, free_entries, apr_pool_cleanup_null);
    return advice;
}

/* Who may be asked. @return NOBODY */
static int get_issuer(const mssl_advice_t *advice, const mssl_job_t *job)
{
    const mssl_issuer_t *issuer = mssl_issuing_find(advice->issuing, job->issuer);
    int place;

    if (issuer == NULL || job->state != MSSL_JOB_INSTALLED
        || mssl_issuer_is_another_ca(issuer, job->directory)) {
        return NOBODY;
    }
    place = (int)(issuer - (const mssl_issuer_t *)advice->issuing->issuers->elts);
    return advice->is_mute[place] ? NOBODY : place;
}

/* The name's next time behind now. With more names than have room in it, their round is longer. */
static apr_time_t find_time(const mssl_advice_t *advice, const char *name, apr_time_t now)
{
    apr_int64_t rounds = (apr_int64_t)advice->heap.n * MSSL_ADVICE_SPAN / MSSL_ADVICE_EACH + 1;
    apr_int64_t round = rounds * apr_time_sec(MSSL_ADVICE_EACH), seconds = apr_time_sec(now);
    apr_int64_t at = seconds - seconds % round + mssl_plan_spread(name, (unsigned int)round);

    return apr_time_from_sec(at > seconds ? at : at + round);
}

static void settle(mssl_advice_t *advice, entry_t *entry, apr_time_t now)
{
    mssl_heap_remove(&advice->heap, &entry->due);
    entry->due.at = find_time(advice, entry->name, now);
    /* Without memory it is not asked for, which costs nobody a certificate. */
    (void)mssl_heap_add(&advice->heap, &entry->due);
}

static void drop(mssl_advice_t *advice, entry_t *entry)
{
    mssl_heap_remove(&advice->heap, &entry->due);
    apr_hash_set(advice->entries, entry->name, APR_HASH_KEY_STRING, NULL);
    free(entry);
}

void mssl_advice_put(mssl_advice_t *advice, const mssl_job_t *job, apr_time_t now)
{
    entry_t *entry = apr_hash_get(advice->entries, job->name, APR_HASH_KEY_STRING);
    int issuer = get_issuer(advice, job);
    size_t len = strlen(job->name) + 1;

    if (issuer == NOBODY) {
        mssl_advice_forget(advice, job->name);
        return;
    }
    if (entry == NULL && (entry = calloc(1, sizeof(*entry) + len)) != NULL) {
        entry->name = memcpy(entry + 1, job->name, len);
        apr_hash_set(advice->entries, entry->name, APR_HASH_KEY_STRING, entry);
        settle(advice, entry, now);
    }
    if (entry != NULL) {
        entry->issuer = issuer;
    }
}

void mssl_advice_forget(mssl_advice_t *advice, const char *name)
{
    entry_t *entry = apr_hash_get(advice->entries, name, APR_HASH_KEY_STRING);

    if (entry != NULL) {
        drop(advice, entry);
    }
}

apr_time_t mssl_advice_get_next(const mssl_advice_t *advice)
{
    const mssl_heap_node_t *first = mssl_heap_get(&advice->heap);
    apr_time_t soonest;

    if (first == NULL || advice->asked != NOBODY) {
        return 0;
    }
    soonest = advice->last + MSSL_ADVICE_SPAN;
    return first->at > soonest ? first->at : soonest;
}

int mssl_advice_take(mssl_advice_t *advice, apr_time_t now, mssl_turn_t *turn)
{
    apr_time_t next = mssl_advice_get_next(advice);
    entry_t *entry = (entry_t *)(void *)mssl_heap_get(&advice->heap);

    if (next == 0 || next > now) {
        return 0;
    }
    *turn = (mssl_turn_t){ .name = entry->name, .task = MSSL_TASK_ADVISE,
                           .state = MSSL_JOB_INSTALLED };
    advice->asked = entry->issuer;
    advice->last = now;
    settle(advice, entry, now);
    return 1;
}

void mssl_advice_end(mssl_advice_t *advice, int has_verb)
{
    int mute = has_verb ? NOBODY : advice->asked;
    apr_hash_index_t *hi;

    advice->asked = NOBODY;
    if (mute == NOBODY) {
        return;
    }
    advice->is_mute[mute] = 1;
    for (hi = apr_hash_first(NULL, advice->entries); hi != NULL; hi = apr_hash_next(hi)) {
        entry_t *entry = apr_hash_this_val(hi);

        if (entry->issuer == mute) {
            drop(advice, entry); /* the one that the walk stands at may go */
        }
    }
}
