/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "lib/steward/owners.h"

#include <apr_hash.h>
#include <apr_strings.h>

/** A clock that was set back by more: what is waited for came from its future. */
#define WAIT_MAX apr_time_from_sec(2 * 3600)

typedef struct owner_t {
    apr_time_t told[MSSL_EVENTS]; /* 0: never */
    apr_time_t next;
    int failures;
} owner_t;

struct mssl_owners_t {
    apr_pool_t *parent, *pool;
    apr_hash_t *all;
};

static void clear(mssl_owners_t *owners)
{
    apr_pool_create(&owners->pool, owners->parent);
    owners->all = apr_hash_make(owners->pool);
}

mssl_owners_t *mssl_owners_make(apr_pool_t *pool)
{
    mssl_owners_t *owners = apr_pcalloc(pool, sizeof(*owners));

    owners->parent = pool;
    clear(owners);
    return owners;
}

static owner_t *find(const mssl_owners_t *owners, const char *address)
{
    return apr_hash_get(owners->all, address, APR_HASH_KEY_STRING);
}

static owner_t *put(mssl_owners_t *owners, const char *address, const owner_t *as)
{
    owner_t *owner = apr_pmemdup(owners->pool, as, sizeof(*as));

    apr_hash_set(owners->all, apr_pstrdup(owners->pool, address), APR_HASH_KEY_STRING, owner);
    return owner;
}

/* Those that fail stay, where they are not too many themselves. */
static void make_room(mssl_owners_t *owners)
{
    apr_hash_t *before = owners->all;
    apr_pool_t *pool = owners->pool;
    apr_hash_index_t *hi;

    clear(owners);
    for (hi = apr_hash_first(pool, before); hi != NULL; hi = apr_hash_next(hi)) {
        const owner_t *owner = apr_hash_this_val(hi);

        if (owner->failures > 0 && apr_hash_count(owners->all) < MSSL_OWNERS_MAX / 2) {
            put(owners, apr_hash_this_key(hi), owner);
        }
    }
    apr_pool_destroy(pool);
}

static owner_t *get(mssl_owners_t *owners, const char *address)
{
    static const owner_t none;
    owner_t *owner = find(owners, address);

    if (owner != NULL) {
        return owner;
    }
    if (apr_hash_count(owners->all) >= MSSL_OWNERS_MAX) {
        make_room(owners);
    }
    return put(owners, address, &none);
}

int mssl_owners_may(const mssl_owners_t *owners, const char *address, mssl_event_t event,
                    apr_time_t now, apr_interval_time_t every)
{
    const owner_t *owner = find(owners, address);
    apr_time_t told = owner != NULL ? owner->told[event] : 0;

    if (owner != NULL && now < owner->next && owner->next - now <= WAIT_MAX) {
        return 0;
    }
    return told == 0 || now < told || now - told >= every;
}

void mssl_owners_told(mssl_owners_t *owners, const char *address, mssl_event_t event,
                      apr_time_t now)
{
    owner_t *owner = get(owners, address);

    owner->told[event] = now;
    owner->next = 0;
    owner->failures = 0;
}

int mssl_owners_failed(mssl_owners_t *owners, const char *address)
{
    return ++get(owners, address)->failures;
}

void mssl_owners_wait(mssl_owners_t *owners, const char *address, apr_time_t until)
{
    get(owners, address)->next = until;
}

void mssl_owners_forget(mssl_owners_t *owners, const char *address)
{
    apr_hash_set(owners->all, address, APR_HASH_KEY_STRING, NULL);
}
