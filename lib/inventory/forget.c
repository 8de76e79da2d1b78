/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "lib/inventory/forget.h"

#include <apr_strings.h>

static void drop_last(mssl_finding_t *finding)
{
    int i, kept = 0;

    for (i = 0; i < finding->nfacts; i++) {
        if (!finding->fact[i].is_last_good) {
            finding->fact[kept++] = finding->fact[i];
        }
    }
    finding->nfacts = kept;
}

static int has_last(const mssl_finding_t *finding)
{
    int i, found = 0;

    for (i = 0; i < finding->nfacts; i++) {
        found |= finding->fact[i].is_last_good;
    }
    return found;
}

/* Of a name whose last good pair served. */
static void forget_last_of(const mssl_desk_t *desk, int source, const char *key,
                           mssl_finding_t *finding, apr_uint32_t walk, apr_pool_t *pool)
{
    if (desk->serving != NULL
        && mssl_served_get(desk->serving, key, mssl_store_identify(desk->store, source, key, pool),
                           NULL, pool) == APR_SUCCESS) {
        finding->has_stamp = 0; /* one of the history does now: it is looked at anew */
    }
    else {
        drop_last(finding);
    }
    mssl_book_put(desk->book, source, key, finding, walk);
}

void mssl_forget_last(const mssl_desk_t *desk, apr_pool_t *pool)
{
    mssl_finding_t *finding = apr_palloc(pool, sizeof(*finding));
    const mssl_book_t *book = desk->book;
    char key[MSSL_NAME_SIZE];
    apr_uint32_t i;
    int source;

    for (source = 0; source < book->nshelves; source++) {
        for (i = 0; i < book->shelf[source].n; i++) {
            const mssl_entry_t *entry = book->shelf[source].entry[i];

            mssl_entry_get_finding(book, source, entry, finding, pool);
            if (has_last(finding)) {
                apr_cpystrn(key, mssl_entry_get_key(entry), sizeof(key));
                forget_last_of(desk, source, key, finding, mssl_entry_get_walk(entry), pool);
            }
        }
        apr_pool_clear(pool);
        finding = apr_palloc(pool, sizeof(*finding));
    }
}
