/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "lib/base/recent.h"

#include <apr_thread_mutex.h>
#include <string.h>

#include "lib/base/hash.h"

/** A name has one place of these, which the next name for it takes over. */
#define PLACES 512

typedef struct place_t {
    apr_uint64_t hash;
    apr_time_t seen; /* 0: nobody has it */
} place_t;

struct mssl_recent_t {
    mssl_hash_seed_t seed;
    apr_thread_mutex_t *mutex; /* of the places */
    place_t place[PLACES];
};

mssl_recent_t *mssl_recent_make(apr_pool_t *pool)
{
    mssl_recent_t *recent = apr_pcalloc(pool, sizeof(*recent));

    mssl_hash_seed_init(&recent->seed);
    return apr_thread_mutex_create(&recent->mutex, APR_THREAD_MUTEX_DEFAULT, pool) == APR_SUCCESS
               ? recent : NULL;
}

int mssl_recent_is_news(mssl_recent_t *recent, const char *name, apr_time_t now)
{
    apr_uint64_t hash = mssl_hash_bytes(&recent->seed, name, strlen(name));
    place_t *place = &recent->place[hash % PLACES];
    int is_news;

    apr_thread_mutex_lock(recent->mutex);
    /* A clock that was set back makes news of it, too. */
    is_news = place->seen == 0 || place->hash != hash || now < place->seen
              || now - place->seen >= MSSL_RECENT_AGE;
    if (is_news) {
        place->hash = hash;
        place->seen = now;
    }
    apr_thread_mutex_unlock(recent->mutex);
    return is_news;
}
