/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

/* What of the history serves while the files of a name are bad, as of a server that was just started. */

#include <apr_strings.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/material.h"
#include "lib/broker/finder.h"
#include "lib/files/folder.h"
#include "lib/inventory/history.h"
#include "lib/pair/judge.h"
#include "tools/msslctl/sources.h"

static apr_status_t close_folder(void *data)
{
    mssl_served_t *served = data;

    close(served->dir);
    return APR_SUCCESS;
}

void ctl_kept_open(struct ctl_sources_t *sources, const ctl_server_t *server, apr_pool_t *pool)
{
    mssl_served_t *served = apr_palloc(pool, sizeof(*served));

    if (!server->history_serves) {
        return;
    }
    served->path = apr_pstrcat(pool, server->state_dir, "/" MSSL_HISTORY_FOLDER, NULL);
    served->dir = mssl_folder_open(AT_FDCWD, served->path);
    if (served->dir >= 0) {
        apr_pool_cleanup_register(pool, served, close_folder, apr_pool_cleanup_null);
        sources->served = served;
    }
}

/* @return the first of those from a place on that is bad; -1: none is, or one is usable */
static int find_bad(const ctl_set_t *set, int first)
{
    int i, bad = -1;

    for (i = set->n - 1; i >= first; i--) {
        if (!set->candidate[i].is_bad) {
            return -1;
        }
        bad = i;
    }
    return bad;
}

static void add(ctl_walk_t *walk, ctl_set_t *set, int number, const char *key,
                const mssl_item_t *item, const mssl_pair_t *pair)
{
    mssl_candidate_t *candidate = &set->candidate[set->n];

    memset(candidate, 0, sizeof(*candidate));
    memset(&set->more[set->n], 0, sizeof(set->more[0]));
    candidate->is_wildcard = key[0] == '*';
    candidate->source = number;
    candidate->is_last_good = 1;
    candidate->type = mssl_pair_get_type(pair);
    mssl_pair_get_dates(pair, &candidate->dates);
    memcpy(set->more[set->n].sha256, mssl_pair_get_sha256(pair), MSSL_SHA256_LEN);
    set->more[set->n].file = apr_pstrdup(walk->pool, item->label);
    set->more[set->n].cert = walk->has_details ? mssl_explain_cert_make(pair, item, walk->pool) : NULL;
    set->n++;
}

void ctl_kept_look(ctl_walk_t *walk, ctl_set_t *set, int number, const char *key, int first,
                   apr_pool_t *pool)
{
    const struct ctl_sources_t *sources = walk->sources;
    int id = APR_ARRAY_IDX(sources->sources, number, ctl_source_t).id, bad = find_bad(set, first);
    const char *source = bad >= 0 ? mssl_store_identify(sources->store, id, key, pool) : NULL;
    mssl_material_t *kept;
    int i, n = set->n;

    /* Where something is about to be put in place of what is bad, that serves. */
    if (source == NULL || sources->served == NULL || walk->instead != NULL) {
        return;
    }
    kept = apr_pcalloc(pool, sizeof(*kept));
    mssl_served_get(sources->served, key, source, kept, pool);
    for (i = 0; i < kept->nitems && set->n < CTL_SET_MAX; i++) {
        mssl_reason_t why = { "" };
        mssl_pair_t *pair;

        if (mssl_judge_item(&pair, &kept->item[i], key, sources->chains, &why) == APR_SUCCESS) {
            add(walk, set, number, key, &kept->item[i], pair);
            mssl_pair_unref(pair);
        }
    }
    if (set->n > n) {
        set->more[bad].reason = apr_pstrcat(walk->pool, set->more[bad].reason,
                                            "; " MSSL_FINDER_KEPT, NULL);
    }
    mssl_material_wipe(kept);
}

int ctl_kept_count(const ctl_server_t *server, const char *name, apr_pool_t *pool)
{
    int dir = mssl_folder_open(AT_FDCWD, apr_pstrcat(pool, server->state_dir, "/" MSSL_HISTORY_FOLDER, NULL));
    apr_array_header_t *versions = NULL;
    mssl_reason_t why;
    int n = 0;

    if (dir >= 0) {
        n = mssl_history_list(dir, name, &versions, pool, &why) == APR_SUCCESS ? versions->nelts : 0;
        close(dir);
    }
    return n;
}
