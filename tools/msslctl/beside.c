/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "tools/msslctl/beside.h"

#include <apr_strings.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/base/name.h"
#include "tools/msslctl/forms.h"

/* The walk knows that something takes it out; a store of folders says so by NAME.none (dirscan.h). */
static void find_none(mssl_explain_look_t *own, const ctl_server_t *server, apr_pool_t *pool)
{
    struct stat st;
    int i;

    for (i = 0; i < server->stores->nelts && own->filed == 0; i++) {
        const ctl_store_t *store = &APR_ARRAY_IDX(server->stores, i, ctl_store_t);
        const char *file = apr_pstrcat(pool, store->argument, "/", own->key, ".none", NULL);

        if (strcmp(store->provider, "dir") == 0 && stat(file, &st) == 0) {
            own->store = store->label;
            own->file = file;
            own->filed = apr_time_from_sec(st.st_mtime);
            own->uid = (long)st.st_uid;
        }
    }
}

/* A client's folder as if it was a store, the only one. */
static void look_at(mssl_explain_newer_t *newer, const ctl_program_t *program, const char *path,
                    const mssl_explain_facts_t *facts, const ctl_walk_t *stores,
                    const ctl_server_t *server, const ctl_stop_t *stop)
{
    ctl_store_t store = { .label = path, .provider = "dir", .argument = path, .path = path };
    ctl_server_t beside = *server;
    ctl_walk_t *walk;
    int i;

    beside.stores = apr_array_make(stores->pool, 1, sizeof(store));
    APR_ARRAY_PUSH(beside.stores, ctl_store_t) = store;
    beside.history_serves = 0;
    walk = ctl_walk_make(&beside, &APR_ARRAY_IDX(beside.stores, 0, ctl_store_t), &stores->warns,
                         stores->pool);
    if (walk == NULL) {
        return;
    }
    ctl_walk_run(walk, &facts->name, 1, stop);
    for (i = 0; i < walk->findings->nelts; i++) {
        const ctl_finding_t *finding = &APR_ARRAY_IDX(walk->findings, i, ctl_finding_t);
        int is_good = finding->state == MSSL_STATE_VALID || finding->state == MSSL_STATE_EXPIRING
                      || finding->state == MSSL_STATE_URGENT || finding->state == MSSL_STATE_SHADOWED;

        if (is_good && !finding->is_missing && finding->file != NULL
            && finding->not_after > newer->not_after) {
            newer->form = program->name;
            newer->command = apr_pstrcat(stores->pool, "msslctl import ", program->name, NULL);
            newer->file = finding->file;
            newer->not_after = finding->not_after;
        }
    }
}

static int is_store(const ctl_server_t *server, const char *path)
{
    int i;

    for (i = 0; i < server->stores->nelts; i++) {
        const ctl_store_t *store = &APR_ARRAY_IDX(server->stores, i, ctl_store_t);

        if (store->path != NULL && strcmp(store->path, path) == 0) {
            return 1;
        }
    }
    return 0;
}

static void find_newer(mssl_explain_facts_t *facts, const ctl_walk_t *stores, const ctl_server_t *server,
                       const ctl_stop_t *stop)
{
    mssl_explain_newer_t *newer = apr_pcalloc(stores->pool, sizeof(*newer));
    const ctl_program_t *program;
    const char *const *path;
    struct stat st;
    int i;

    for (i = 0; (program = ctl_forms_get(i)) != NULL; i++) {
        for (path = program->paths; program->kind == CTL_KEPT && *path != NULL; path++) {
            if (!stop->is_wanted && !is_store(server, *path) && stat(*path, &st) == 0
                && S_ISDIR(st.st_mode)) {
                look_at(newer, program, *path, facts, stores, server, stop);
            }
        }
    }
    facts->newer = newer->file != NULL ? newer : NULL;
}

void ctl_beside_look(mssl_explain_facts_t *facts, ctl_walk_t *walk, const ctl_server_t *server,
                     const ctl_stop_t *stop)
{
    mssl_explain_look_t *own = &facts->look[0];

    if (facts->nlooks > 0 && own->is_found && own->state == MSSL_STATE_EXCLUDED) {
        find_none(own, server, walk->pool);
    }
    if (mssl_explain_wants_newer(facts)) {
        find_newer(facts, walk, server, stop);
    }
}
