/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

/* A walk over what the inventory found last, by its file: no store is looked at. */

#include <apr_strings.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/reason.h"
#include "lib/files/folder.h"
#include "tools/msslctl/sources.h"

static void add_shelves(ctl_walk_t *walk, const mssl_book_t *book, const ctl_store_t *only)
{
    int i;

    for (i = 0; i < book->nshelves; i++) {
        const mssl_shelf_t *shelf = &book->shelf[i];
        ctl_source_t *source;

        if (only != NULL && strcmp(only->label, shelf->label) != 0) {
            continue;
        }
        source = ctl_sources_add(walk, shelf->label);
        source->id = i;
        ctl_sources_found(walk, source)->can_list = shelf->can_list;
        if (!shelf->is_reachable) {
            ctl_sources_give_up(walk, source, shelf->why.text);
        }
    }
}

apr_status_t ctl_walk_make_cached(ctl_walk_t **out, const ctl_server_t *server,
                                  const ctl_store_t *only, const mssl_warns_t *warns,
                                  apr_pool_t *pool, mssl_reason_t *why)
{
    struct ctl_sources_t *sources = ctl_sources_make(pool);
    const char *path = apr_pstrcat(pool, server->state_dir, "/" MSSL_BOOK_FOLDER, NULL);
    int dir = mssl_folder_open(AT_FDCWD, path);
    mssl_progress_t progress;
    apr_status_t rv = dir < 0 ? errno : mssl_book_load(&sources->book, &progress, dir, pool, why);

    *out = NULL;
    if (dir >= 0) {
        close(dir);
    }
    if (APR_STATUS_IS_ENOENT(rv)) {
        return mssl_reason_set(why, rv, "%s: the inventory has written nothing there (MSSLInventory); "
                               "without --cached the files are looked at", path);
    }
    if (rv != APR_SUCCESS) {
        return mssl_reason_set(why, rv, "%s/" MSSL_BOOK_FILE ": %s", path,
                               why->text[0] != '\0' ? apr_pstrdup(pool, why->text)
                                                    : "cannot be read");
    }
    *out = ctl_sources_make_walk(sources, warns, pool);
    (*out)->cached = progress.walk.ended;
    sources->is_partial = !progress.walk.is_complete;
    add_shelves(*out, sources->book, only);
    return APR_SUCCESS;
}

static void take_fact(ctl_walk_t *walk, ctl_set_t *set, int number, const mssl_entry_t *entry, int i,
                      const char *key)
{
    const ctl_source_t *source = &APR_ARRAY_IDX(walk->sources->sources, number, ctl_source_t);
    const mssl_book_t *book = walk->sources->book;
    mssl_candidate_t *candidate = &set->candidate[set->n];

    memset(candidate, 0, sizeof(*candidate));
    memset(&set->more[set->n], 0, sizeof(set->more[0]));
    mssl_entry_get_candidate(book, entry, i, candidate);
    candidate->is_wildcard = key[0] == '*';
    candidate->source = number;
    set->more[set->n].file = mssl_entry_get_file(book, source->id, entry, i, walk->pool);
    set->more[set->n].reason = mssl_entry_get_reason(entry, i);
    if (candidate->is_bad) {
        ctl_sources_found(walk, source)->bad++;
    }
    else {
        set->more[set->n].signs_itself = mssl_entry_signs_itself(entry, i);
        memcpy(set->more[set->n].sha256, mssl_entry_get_sha256(entry, i), MSSL_BOOK_SHA_LEN);
        ctl_walk_count(walk, number, mssl_entry_get_sha256(entry, i), MSSL_BOOK_SHA_LEN,
                       candidate->dates.until);
    }
    set->n++;
}

void ctl_cached_look(ctl_walk_t *walk, ctl_set_t *set, int number, const char *key)
{
    const ctl_source_t *source = &APR_ARRAY_IDX(walk->sources->sources, number, ctl_source_t);
    const mssl_shelf_t *shelf = &walk->sources->book->shelf[source->id];
    const mssl_entry_t *entry;
    apr_uint32_t place;
    int i;

    if (!mssl_book_find(shelf, key, &place)) {
        return;
    }
    entry = shelf->entry[place];
    set->excluded[number] = mssl_entry_is_excluded(entry) != 0;
    for (i = 0; i < mssl_entry_count_facts(entry) && set->n < CTL_SET_MAX; i++) {
        take_fact(walk, set, number, entry, i, key);
    }
    ctl_sources_found(walk, source)->names++;
}

void ctl_cached_list(ctl_walk_t *walk)
{
    apr_uint32_t k;
    int i;

    for (i = 0; i < walk->sources->sources->nelts; i++) {
        const ctl_source_t *source = &APR_ARRAY_IDX(walk->sources->sources, i, ctl_source_t);
        const mssl_shelf_t *shelf = &walk->sources->book->shelf[source->id];

        for (k = 0; k < shelf->n; k++) {
            APR_ARRAY_PUSH(walk->sources->keys, const char *) = mssl_entry_get_key(shelf->entry[k]);
        }
    }
}
