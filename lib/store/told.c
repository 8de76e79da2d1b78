/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "lib/store/told.h"

#include <string.h>

/** Places, in sets of WAYS: a power of two. */
#define SETS 4096
#define WAYS 4

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

/* Where it stands, or NULL. @param now out: what is there */
static apr_uint64_t *find(apr_uint64_t *set, apr_uint32_t tag, apr_uint64_t *now)
{
    int i;

    for (i = 0; i < WAYS; i++) {
        *now = __atomic_load_n(&set[i], __ATOMIC_RELAXED);
        if (*now >> 32 == tag) {
            return &set[i];
        }
    }
    return NULL;
}

/* A place to put it: an empty one, else the one whose turn it is. */
static apr_uint64_t *make_room(mssl_told_t *told, apr_uint64_t *set, apr_uint64_t *now)
{
    apr_uint64_t *place = find(set, 0, now);

    if (place == NULL) {
        place = &set[__atomic_fetch_add(&told->next, 1, __ATOMIC_RELAXED) % WAYS];
        *now = __atomic_load_n(place, __ATOMIC_RELAXED);
    }
    return place;
}

int mssl_told_is_news(mssl_told_t *told, mssl_told_kind_t kind, const char *source,
                      const char *key, apr_uint32_t what)
{
    apr_uint64_t hash = hash_of(told, kind, source, key), now = 0;
    apr_uint64_t *set = told->place[hash % SETS];
    apr_uint32_t tag = (apr_uint32_t)(hash >> 32) | 1;
    apr_uint64_t *place = find(set, tag, &now);

    if (place == NULL && what == 0) {
        return 0;
    }
    if (place == NULL) {
        place = make_room(told, set, &now);
    }
    else if (what != 0 && (apr_uint32_t)now == what) {
        return 0;
    }
    /* Of two that come at the same moment one writes, and tells. */
    return __atomic_compare_exchange_n(place, &now, what != 0 ? (apr_uint64_t)tag << 32 | what : 0,
                                       0, __ATOMIC_RELAXED, __ATOMIC_RELAXED);
}
