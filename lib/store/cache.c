/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "lib/store/cache.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/hash.h"
#include "lib/base/monotonic.h"

/** Least number of keys without files that are remembered. */
#define NEGATIVE_MIN 1024
/** What was reported about keys that were pushed out, so that it is not reported again. */
#define TOLD_SLOTS 1024
/**
 * A load that takes longer is of a slow name: whoever comes later does not wait for it, and whoever
 * waits gives up after MAX. Reading a name takes 1 ms; a worker thread is worth more than that.
 */
#define FLIGHT_SLOW (APR_USEC_PER_SEC / 4)
#define FLIGHT_WAIT_MAX APR_USEC_PER_SEC
/** Bytes that a key may weigh on the average: a P-256 pair weighs some 12 KB. */
#define WEIGHT_A_KEY ((apr_size_t)32 * 1024)
/** Keys that weigh more share a budget apart, so that they push out each other only. */
#define HEAVY (2 * WEIGHT_A_KEY)
/** ... of that part of what the others may weigh, and at least MIN bytes. */
#define HEAVY_PART 4
#define HEAVY_MIN ((apr_size_t)1024 * 1024)
/** A file system's clock may be so far behind, and what tells of a file comes after it. */
#define FILED_SLACK APR_USEC_PER_SEC

typedef enum {
    LIST_NONE = 0, /* being, or to be, loaded as for the first time */
    LIST_FILES,    /* keys that have files */
    LIST_HEAVY,    /* ... that weigh much */
    LIST_NEGATIVE, /* keys that have none */
    LISTS
} list_id_t;

/** A load that others wait for. Freed by the last that leaves it. */
typedef struct flight_t {
    pthread_cond_t landed;
    apr_time_t began;        /* monotonic */
    int users;
    int is_done;
    mssl_state_t state;
} flight_t;

struct mssl_entry_t {
    mssl_entry_t *next;          /* in its bucket */
    mssl_entry_t *newer, *older; /* in its list */
    apr_uint64_t hash;
    flight_t *flight;            /* not NULL while it is loaded */
    mssl_state_t state;
    apr_time_t checked, stale_at;
    apr_size_t weight;           /* of its pairs, bytes */
    int source;
    unsigned char list;
    unsigned char was_good;      /* had pairs before */
    char key[];
};

typedef struct list_t {
    mssl_entry_t *newest, *oldest;
    apr_size_t count, max;
    apr_size_t weight, max_weight; /* bytes; 0: no bound */
} list_t;

typedef struct told_t {
    apr_uint64_t hash;
    apr_uint32_t bad, dates, note, busy;
} told_t;

struct mssl_cache_t {
    pthread_mutex_t lock;
    mssl_hash_seed_t seed;
    apr_interval_time_t check_interval, negative_timeout;
    list_t list[LISTS];
    mssl_entry_t **bucket;
    apr_uint64_t mask;
    apr_uint64_t hits, misses, negative_hits, evictions;
    mssl_counters_t *counters; /* of the whole server, or NULL */
    told_t told[TOLD_SLOTS];
};

/* Where the lists end. */
static void set_bounds(mssl_cache_t *cache, apr_size_t size, apr_size_t negative)
{
    list_t *files = &cache->list[LIST_FILES], *heavy = &cache->list[LIST_HEAVY];

    files->max = heavy->max = size;
    files->max_weight = size < ((apr_size_t)-1) / WEIGHT_A_KEY ? size * WEIGHT_A_KEY : 0;
    heavy->max_weight = files->max_weight / HEAVY_PART;
    if (files->max_weight != 0 && heavy->max_weight < HEAVY_MIN) {
        heavy->max_weight = HEAVY_MIN;
    }
    cache->list[LIST_NEGATIVE].max = negative;
}

mssl_cache_t *mssl_cache_new(const mssl_store_conf_t *conf)
{
    mssl_cache_t *cache = calloc(1, sizeof(*cache));
    apr_size_t negative = conf->cache_size > NEGATIVE_MIN ? conf->cache_size : NEGATIVE_MIN;
    apr_size_t size = 1024;

    if (cache == NULL) {
        return NULL;
    }
    while (size < conf->cache_size + negative && size <= ((apr_size_t)-1) / 4) {
        size *= 2;
    }
    cache->bucket = calloc(size, sizeof(*cache->bucket));
    if (cache->bucket == NULL) {
        free(cache);
        return NULL;
    }
    cache->mask = size - 1;
    cache->check_interval = conf->check_interval;
    cache->negative_timeout = conf->negative_timeout;
    cache->counters = conf->counters;
    set_bounds(cache, conf->cache_size, negative);
    mssl_hash_seed_init(&cache->seed);
    if (pthread_mutex_init(&cache->lock, NULL) != 0) {
        free(cache->bucket);
        free(cache);
        return NULL;
    }
    return cache;
}

static void free_entries(mssl_entry_t *entry)
{
    mssl_entry_t *next;

    for (; entry != NULL; entry = next) {
        next = entry->next;
        mssl_answer_unref(entry->state.answer);
        free(entry);
    }
}

void mssl_cache_free(mssl_cache_t *cache)
{
    apr_uint64_t i;

    for (i = 0; i <= cache->mask; i++) {
        free_entries(cache->bucket[i]);
    }
    free(cache->bucket);
    pthread_mutex_destroy(&cache->lock);
    free(cache);
}

/* All below: the lock is held, but where it says otherwise. */

static void count(mssl_cache_t *cache, apr_uint64_t *ours, mssl_count_t of_all)
{
    ++*ours;
    mssl_counters_add(cache->counters, of_all);
}

static void unlist(mssl_cache_t *cache, mssl_entry_t *entry)
{
    list_t *list = &cache->list[entry->list];

    if (entry->list == LIST_NONE) {
        return;
    }
    *(entry->newer != NULL ? &entry->newer->older : &list->newest) = entry->older;
    *(entry->older != NULL ? &entry->older->newer : &list->oldest) = entry->newer;
    list->count--;
    list->weight -= entry->weight;
    entry->list = LIST_NONE;
}

static void enlist(mssl_cache_t *cache, mssl_entry_t *entry, list_id_t id)
{
    list_t *list = &cache->list[id];

    unlist(cache, entry);
    if (id == LIST_NONE) {
        return;
    }
    entry->newer = NULL;
    entry->older = list->newest;
    *(list->newest != NULL ? &list->newest->newer : &list->oldest) = entry;
    list->newest = entry;
    list->count++;
    list->weight += entry->weight;
    entry->list = id;
}

static told_t *told_slot(mssl_cache_t *cache, const mssl_entry_t *entry)
{
    return &cache->told[(entry->hash >> 32) % TOLD_SLOTS];
}

/* Take an entry out and put it on the list of those to free. */
static void take_out(mssl_cache_t *cache, mssl_entry_t *entry, mssl_entry_t **dead)
{
    mssl_entry_t **at = &cache->bucket[entry->hash & cache->mask];
    const mssl_state_t *state = &entry->state;
    told_t *told = told_slot(cache, entry);

    if ((state->told_bad | state->told_dates | state->told_note | state->told_busy) != 0
        || told->hash == entry->hash) { /* it may be over */
        told->hash = entry->hash;
        told->bad = state->told_bad;
        told->dates = state->told_dates;
        told->note = state->told_note;
        told->busy = state->told_busy;
    }
    unlist(cache, entry);
    while (*at != entry) {
        at = &(*at)->next;
    }
    *at = entry->next;
    entry->next = *dead;
    *dead = entry;
}

static void shrink(mssl_cache_t *cache, list_id_t id, mssl_entry_t **dead)
{
    list_t *list = &cache->list[id];
    apr_size_t passed = 0;

    while ((list->count > list->max
            || (list->max_weight != 0 && list->weight > list->max_weight))
           && passed < list->count) {
        if (list->oldest->flight != NULL) {
            /* It is being refreshed, so somebody asked for it. */
            enlist(cache, list->oldest, id);
            passed++;
            continue;
        }
        if (id != LIST_NEGATIVE) {
            count(cache, &cache->evictions, MSSL_COUNT_EVICTIONS);
        }
        take_out(cache, list->oldest, dead);
    }
}

static mssl_entry_t *find(const mssl_cache_t *cache, apr_uint64_t hash, int source,
                          const char *key)
{
    mssl_entry_t *entry;

    for (entry = cache->bucket[hash & cache->mask]; entry != NULL; entry = entry->next) {
        if (entry->hash == hash && entry->source == source && strcmp(entry->key, key) == 0) {
            return entry;
        }
    }
    return NULL;
}

static mssl_entry_t *add(mssl_cache_t *cache, apr_uint64_t hash, int source, const char *key)
{
    size_t len = strlen(key) + 1;
    mssl_entry_t *entry = calloc(1, sizeof(*entry) + len);
    mssl_entry_t **bucket = &cache->bucket[hash & cache->mask];
    const told_t *told;

    if (entry == NULL) {
        return NULL;
    }
    memcpy(entry->key, key, len);
    entry->hash = hash;
    entry->source = source;
    entry->state.rv = APR_NOTFOUND;
    told = told_slot(cache, entry);
    if (told->hash == hash) {
        entry->state.told_bad = told->bad;
        entry->state.told_dates = told->dates;
        entry->state.told_note = told->note;
        entry->state.told_busy = told->busy;
    }
    entry->next = *bucket;
    *bucket = entry;
    return entry;
}

static mssl_cache_verdict_t give(const mssl_state_t *from, mssl_state_t *state)
{
    *state = *from;
    mssl_answer_ref(state->answer);
    return MSSL_CACHE_ANSWER;
}

static void leave(flight_t *flight)
{
    if (--flight->users == 0) {
        mssl_answer_unref(flight->state.answer);
        pthread_cond_destroy(&flight->landed);
        free(flight);
    }
}

/* Wait until a load lands, for a while. @return whether it did */
static int is_landed(mssl_cache_t *cache, flight_t *flight)
{
    apr_time_t until = flight->began + FLIGHT_WAIT_MAX;

    if (!flight->is_done && mssl_monotonic_now() - flight->began >= FLIGHT_SLOW) {
        return 0; /* slow already */
    }
    while (!flight->is_done
           && mssl_monotonic_wait(&flight->landed, &cache->lock, until) != ETIMEDOUT) {
        continue;
    }
    return flight->is_done;
}

static mssl_cache_verdict_t wait_for(mssl_cache_t *cache, flight_t *flight, mssl_state_t *state)
{
    flight->users++;
    if (is_landed(cache, flight)) {
        give(&flight->state, state);
    }
    else {
        memset(state, 0, sizeof(*state));
        state->rv = APR_EBUSY;
    }
    leave(flight);
    return MSSL_CACHE_ANSWER;
}

static flight_t *make_flight(void)
{
    flight_t *flight = calloc(1, sizeof(*flight));

    if (flight != NULL && mssl_monotonic_init_cond(&flight->landed) != 0) {
        free(flight);
        return NULL;
    }
    if (flight != NULL) {
        flight->users = 1;
        flight->began = mssl_monotonic_now();
    }
    return flight;
}

/* Make the caller the one that loads. */
static mssl_cache_verdict_t take_off(mssl_cache_t *cache, mssl_entry_t *entry, mssl_state_t *state)
{
    flight_t *flight = make_flight();
    mssl_entry_t *dead = NULL;

    if (flight == NULL) {
        if (entry->list == LIST_NONE) {
            take_out(cache, entry, &dead);
            free_entries(dead);
        }
        memset(state, 0, sizeof(*state));
        state->rv = APR_ENOMEM;
        return MSSL_CACHE_ANSWER;
    }
    entry->flight = flight;
    give(&entry->state, state);
    return MSSL_CACHE_LOAD;
}

/* A clock that was set back makes an answer stale, too; so does what was filed since one of "nothing". */
static int is_fresh(const mssl_cache_t *cache, const mssl_entry_t *entry, apr_time_t now,
                    apr_time_t filed)
{
    if (now < entry->checked || now >= entry->stale_at) {
        return 0;
    }
    return entry->state.rv != APR_NOTFOUND || entry->state.rest > 0
           || filed + FILED_SLACK <= entry->checked || now < entry->checked + cache->check_interval;
}

static mssl_cache_verdict_t begin(mssl_cache_t *cache, mssl_entry_t *entry, apr_time_t now,
                                  apr_time_t filed, mssl_state_t *state)
{
    if (entry->list == LIST_NONE && entry->flight != NULL) {
        return wait_for(cache, entry->flight, state);
    }
    if (entry->list != LIST_NONE) {
        enlist(cache, entry, entry->list); /* to the front */
        if (entry->flight != NULL || is_fresh(cache, entry, now, filed)) {
            if (entry->list == LIST_NEGATIVE) {
                count(cache, &cache->negative_hits, MSSL_COUNT_NEGATIVE_HITS);
            }
            else {
                count(cache, &cache->hits, MSSL_COUNT_HITS);
            }
            return give(&entry->state, state);
        }
    }
    return take_off(cache, entry, state);
}

mssl_cache_verdict_t mssl_cache_begin(mssl_cache_t *cache, int source, const char *key,
                                      apr_time_t now, apr_time_t filed, mssl_state_t *state,
                                      mssl_entry_t **out)
{
    apr_uint64_t hash = mssl_hash_bytes(&cache->seed, key, strlen(key))
                        + (apr_uint64_t)source * 0x9e3779b97f4a7c15ULL;
    mssl_cache_verdict_t verdict = MSSL_CACHE_ANSWER;
    mssl_entry_t *entry;

    memset(state, 0, sizeof(*state));
    state->rv = APR_ENOMEM;
    *out = NULL;
    pthread_mutex_lock(&cache->lock);
    entry = find(cache, hash, source, key);
    if (entry == NULL) {
        count(cache, &cache->misses, MSSL_COUNT_MISSES);
        entry = add(cache, hash, source, key);
    }
    if (entry != NULL) {
        verdict = begin(cache, entry, now, filed, state);
    }
    if (verdict == MSSL_CACHE_LOAD) {
        *out = entry;
    }
    pthread_mutex_unlock(&cache->lock);
    return verdict;
}

static apr_size_t weigh(const mssl_answer_t *answer)
{
    apr_size_t weight = 0;
    int i;

    for (i = 0; answer != NULL && i < answer->npairs; i++) {
        weight += mssl_pair_get_weight(answer->pair[i]);
    }
    return weight;
}

/* How long the answer may be believed. */
static apr_interval_time_t life_of(const mssl_cache_t *cache, const mssl_entry_t *entry)
{
    if (entry->state.rest > cache->check_interval) {
        return entry->state.rest;
    }
    /* What was there a moment ago is likely to be back soon: a renewal that removes first. */
    if (entry->state.rv == APR_NOTFOUND
        && (!entry->was_good || cache->negative_timeout < cache->check_interval)) {
        return cache->negative_timeout;
    }
    return cache->check_interval;
}

void mssl_cache_end(mssl_cache_t *cache, mssl_entry_t *entry, apr_time_t now,
                    const mssl_state_t *state)
{
    mssl_answer_t *old;
    mssl_entry_t *dead = NULL;
    flight_t *flight;
    apr_size_t weight = weigh(state->answer);
    list_id_t id = state->answer == NULL ? LIST_NEGATIVE
                   : weight <= HEAVY     ? LIST_FILES
                                         : LIST_HEAVY;

    pthread_mutex_lock(&cache->lock);
    old = entry->state.answer;
    entry->state = *state;
    mssl_answer_ref(state->answer);
    unlist(cache, entry);
    entry->weight = weight;
    entry->was_good |= state->answer != NULL && state->answer->npairs > 0;
    entry->checked = now;
    entry->stale_at = now + life_of(cache, entry);
    flight = entry->flight;
    entry->flight = NULL;
    give(state, &flight->state);
    flight->is_done = 1;
    pthread_cond_broadcast(&flight->landed);
    leave(flight);
    enlist(cache, entry, id);
    shrink(cache, LIST_FILES, &dead);
    shrink(cache, LIST_HEAVY, &dead);
    shrink(cache, LIST_NEGATIVE, &dead);
    pthread_mutex_unlock(&cache->lock);
    mssl_answer_unref(old);
    free_entries(dead);
}

void mssl_cache_get_stats(mssl_cache_t *cache, mssl_store_stats_t *stats)
{
    pthread_mutex_lock(&cache->lock);
    stats->hits = cache->hits;
    stats->misses = cache->misses;
    stats->negative_hits = cache->negative_hits;
    stats->evictions = cache->evictions;
    stats->entries = cache->list[LIST_FILES].count + cache->list[LIST_HEAVY].count;
    stats->negative_entries = cache->list[LIST_NEGATIVE].count;
    pthread_mutex_unlock(&cache->lock);
}
