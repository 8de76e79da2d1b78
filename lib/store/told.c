/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "lib/store/told.h"

#include <string.h>

/** Places, in sets of WAYS: a power of two. */
#define SETS 4096
#define WAYS 4
/** Who is overtaken so often leaves it to the others. */
#define TRIES 16

/**
 * A place is one number, so that it is read and written whole: the upper half says of what
 * (never 0), the lower half what was told.
 */
struct mssl_told_t {
    mssl_hash_seed_t seed;
    apr_uint32_t next; /* which way gives way, in turns */
    apr_uint64_t place[SETS][WAYS];
};

size_t mssl_told_size(void)
{
    return sizeof(mssl_told_t);
}

mssl_told_t *mssl_told_make(void *memory)
{
    mssl_told_t *told = memory;

    mssl_hash_seed_init(&told->seed);
    return told;
}

static apr_uint64_t hash_of(const mssl_told_t *told, mssl_told_kind_t kind, const char *source,
                            const char *key)
{
    apr_uint64_t hash = mssl_hash_bytes(&told->seed, source, strlen(source));

    hash = hash * APR_UINT64_C(0x9e3779b97f4a7c15) + (apr_uint64_t)kind;
    return hash ^ mssl_hash_bytes(&told->seed, key, strlen(key));
}

/*
 * Where it stands, or else a place for it: the first empty one, so that all who look at the same
 * moment take the same; in a full set the one whose turn it is.
 * @param now out: what is there
 */
static apr_uint64_t *find_place(mssl_told_t *told, apr_uint64_t *set, apr_uint32_t tag,
                                apr_uint64_t *now)
{
    apr_uint64_t *empty = NULL, *turn;
    int i;

    for (i = 0; i < WAYS; i++) {
        *now = __atomic_load_n(&set[i], __ATOMIC_RELAXED);
        if (*now >> 32 == tag) {
            return &set[i];
        }
        empty = *now == 0 && empty == NULL ? &set[i] : empty;
    }
    if (empty != NULL) {
        *now = 0;
        return empty;
    }
    turn = &set[__atomic_fetch_add(&told->next, 1, __ATOMIC_RELAXED) % WAYS];
    *now = __atomic_load_n(turn, __ATOMIC_RELAXED);
    return turn;
}

int mssl_told_is_news(mssl_told_t *told, mssl_told_kind_t kind, const char *source,
                      const char *key, apr_uint32_t what)
{
    apr_uint64_t hash, now, *set;
    apr_uint32_t tag;
    int tries;

    if (told == NULL) {
        return 1;
    }
    hash = hash_of(told, kind, source, key);
    set = told->place[hash % SETS];
    tag = (apr_uint32_t)(hash >> 32) | 1;
    /* Who is overtaken looks again: by another who tells the same, or who took the place. */
    for (tries = 0; tries < TRIES; tries++) {
        apr_uint64_t *place = find_place(told, set, tag, &now);
        int is_there = now >> 32 == tag;

        if (is_there ? what != 0 && (apr_uint32_t)now == what : what == 0) {
            return 0;
        }
        if (__atomic_compare_exchange_n(place, &now,
                                        what != 0 ? (apr_uint64_t)tag << 32 | what : 0, 0,
                                        __ATOMIC_RELAXED, __ATOMIC_RELAXED)) {
            return 1;
        }
    }
    return 0;
}
