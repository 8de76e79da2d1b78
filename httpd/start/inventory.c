/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "httpd/start/inventory.h"

#include <apr_strings.h>
#include <errno.h>
#include <fcntl.h>
#include <http_log.h>
#include <signal.h>
#include <unistd.h>

#include "httpd/server/address.h"
#include "httpd/start/broker.h"
#include "httpd/start/process.h"
#include "httpd/start/statedir.h"
#include "httpd/start/statefolder.h"
#include "httpd/start/user.h"
#include "lib/base/tags.h"
#include "lib/inventory/folders.h"
#include "lib/inventory/history.h"
#include "lib/inventory/walk.h"
#include "lib/providers/namefolder.h"

APLOG_USE_MODULE(mssl);

/** The first walk waits so long, where httpd was just started: it has more urgent things to do. */
#define FIRST_WAIT apr_time_from_sec(60)
/** A store that comes no further for so long is given up. */
#define PATIENCE apr_time_from_sec(60)
/** Keys that are looked at in a second, at most: a tenth of a processor where nothing changed. */
#define RATE 1000

/** Folders of names are looked at so often. */
#define FOLDERS_EVERY apr_time_from_sec(60)

struct mssl_inventory_t {
    mssl_walk_conf_t conf;
    mssl_folders_conf_t folders;
    mssl_ways_t ways;
    apr_array_header_t *addrs;  /* const mssl_addr_t *: the ways */
    apr_array_header_t *views;  /* const mssl_view_t *: where no address is guarded, one way each */
    mssl_process_t *process;
    pid_t parent;
    int ends[2];                /* the parent writes into the second when it is to end */
};

/* In the inventory: the same, from the kernel, when the parent is gone. */
static int stop_end = -1;

static void stop(int number)
{
    (void)number;
    (void)!write(stop_end, "", 1);
}

static void report(void *baton, mssl_walk_event_t event, const char *label, const char *text)
{
    server_rec *s = baton;

    switch (event) {
    case MSSL_WALK_UNREACHABLE:
        ap_log_error(APLOG_MARK, APLOG_WARNING, 0, s, MSSLNO(0204) "inventory: %s was not read to "
                     "its end, what was known of it counts as old: %s", label, text);
        break;
    case MSSL_WALK_REACHABLE:
    case MSSL_WALK_DONE:
        ap_log_error(APLOG_MARK, APLOG_DEBUG, 0, s, "inventory: %s%s%s",
                     label != NULL ? label : "", label != NULL ? " was read to its end again" : "",
                     text);
        break;
    case MSSL_WALK_DAMAGED:
        ap_log_error(APLOG_MARK, APLOG_WARNING, 0, s, MSSLNO(0206) "inventory: what was kept in "
                     "MSSLStateDir is set aside as inventory.bad, all stores are looked at anew: "
                     "%s", text);
        break;
    case MSSL_WALK_UNSAVED:
        ap_log_error(APLOG_MARK, APLOG_WARNING, 0, s, MSSLNO(0207) "inventory: what it knows "
                     "cannot be kept in MSSLStateDir, the next one begins anew: %s", text);
        break;
    case MSSL_WALK_UNPUBLISHED:
        ap_log_error(APLOG_MARK, APLOG_WARNING, 0, s, MSSLNO(0208) "inventory: what it knows "
                     "cannot be shown: %s", text);
        break;
    }
}

static void report_folders(void *baton, mssl_folders_event_t event, const char *pattern,
                           const char *text)
{
    server_rec *s = baton;

    switch (event) {
    case MSSL_FOLDERS_UNREAD:
        ap_log_error(APLOG_MARK, APLOG_WARNING, 0, s, MSSLNO(0244) "MSSLIssueFor folders:%s: %s; "
                     "the names that it had stay in force, new ones are not seen", pattern, text);
        break;
    case MSSL_FOLDERS_READ:
        ap_log_error(APLOG_MARK, APLOG_NOTICE, 0, s, MSSLNO(0245) "MSSLIssueFor folders:%s: was "
                     "listed again", pattern);
        break;
    case MSSL_FOLDERS_CUT:
        ap_log_error(APLOG_MARK, APLOG_WARNING, 0, s, MSSLNO(0246) "MSSLIssueFor folders:%s: has "
                     "more names than %d, the others are passed over", pattern,
                     MSSL_NAMEFOLDER_MAX);
        break;
    case MSSL_FOLDERS_UNSAVED:
        ap_log_error(APLOG_MARK, APLOG_WARNING, 0, s, MSSLNO(0247) "MSSLIssueFor folders: what was "
                     "listed cannot be kept in MSSLStateDir: %s; names that are new get no "
                     "certificate", text);
        break;
    }
}

/* What the address asks for a name, in order. */
static const mssl_view_t *get_view(void *baton, int way, const char *name, int i)
{
    const mssl_inventory_t *inventory = baton;

    if (way < inventory->addrs->nelts) {
        return mssl_addr_get_view(APR_ARRAY_IDX(inventory->addrs, way, const mssl_addr_t *), name,
                                  i);
    }
    return i > 0 ? NULL : APR_ARRAY_IDX(inventory->views, way - inventory->addrs->nelts,
                                        const mssl_view_t *);
}

/* Whether children ask the broker for it. */
static int is_used(void *watch, int source, const char *key)
{
    return mssl_watch_is_used(watch, source, key);
}

/* Names in use are looked at first. */
static void take_watch(mssl_inventory_t *inventory, const mssl_global_t *global,
                       mssl_kept_t *kept)
{
    const mssl_watch_t *watch = global->broker != NULL
                                    ? mssl_broker_process_get_watch(global->broker) : NULL;

    if (watch != NULL) {
        inventory->conf.is_used = is_used;
        inventory->conf.used_baton = (void *)watch;
        mssl_watch_keep_reading(watch, kept);
    }
}

static void add_view(apr_array_header_t *views, const mssl_view_t *view)
{
    int i;

    for (i = 0; i < views->nelts; i++) {
        if (APR_ARRAY_IDX(views, i, const mssl_view_t *) == view) {
            return;
        }
    }
    APR_ARRAY_PUSH(views, const mssl_view_t *) = view;
}

/* Each way once: addresses that look into one view alone are told apart by that. */
static void find_ways(mssl_inventory_t *inventory, const mssl_global_t *global, server_rec *s,
                      apr_pool_t *pconf)
{
    apr_hash_index_t *at;

    inventory->addrs = apr_array_make(pconf, 4, sizeof(const mssl_addr_t *));
    inventory->views = apr_array_make(pconf, 4, sizeof(const mssl_view_t *));
    for (at = apr_hash_first(pconf, global->addrs); at != NULL; at = apr_hash_next(at)) {
        mssl_addr_t *addr = apr_hash_this_val(at);

        if (addr->guarded && addr->all->nelts > 1) {
            APR_ARRAY_PUSH(inventory->addrs, const mssl_addr_t *) = addr;
        }
        else if (addr->guarded) {
            add_view(inventory->views, APR_ARRAY_IDX(addr->all, 0, const mssl_view_t *));
        }
    }
    for (; !global->has_engine && s != NULL; s = s->next) {
        if (mssl_conf_get(s)->plain_view != NULL) {
            add_view(inventory->views, mssl_conf_get(s)->plain_view);
        }
    }
    inventory->ways.n = inventory->addrs->nelts + inventory->views->nelts;
    inventory->ways.get = get_view;
    inventory->ways.baton = inventory;
}

static void close_one(int *fd)
{
    if (*fd >= 0) {
        close(*fd);
        *fd = -1;
    }
}

/* In the inventory. */
static apr_status_t run(void *baton)
{
    mssl_inventory_t *inventory = baton;
    mssl_index_summary_t *summary;
    mssl_folders_t *folders;
    apr_pool_t *pool;
    apr_status_t rv = apr_pool_create(&pool, NULL);

    if (rv != APR_SUCCESS) {
        return rv;
    }
    stop_end = inventory->ends[1];
    signal(SIGTERM, stop);
    /* One that died was at work: nothing was stopped. */
    inventory->conf.is_restart |= mssl_index_read(inventory->conf.index, 0, &summary, pool)
                                  == APR_SUCCESS;
    folders = mssl_folders_begin(&inventory->folders, pool);
    rv = mssl_walk_run(&inventory->conf, pool);
    mssl_folders_end(folders);
    return rv;
}

/* The parent's configuration ends: so does the inventory. */
static apr_status_t end(void *data)
{
    mssl_inventory_t *inventory = data;

    /* A process that the parent forked may clean up its copy of all this. */
    if (getpid() == inventory->parent) {
        (void)!write(inventory->ends[1], "", 1);
    }
    mssl_inventory_child_init(inventory);
    return APR_SUCCESS;
}

/* Who issues has to know whose pairs serve already. */
static int is_wanted(const mssl_global_t *global, int has_broker)
{
    mssl_flag_t is_on = global->inventory.is_on;

    return global->is_issuing
           || (is_on != MSSL_UNSET ? is_on == MSSL_ON : has_broker || geteuid() != 0);
}

/* The parent's configuration ends. */
static apr_status_t close_history(void *data)
{
    mssl_served_t *history = data;

    close_one(&history->dir);
    return APR_SUCCESS;
}

int mssl_inventory_keeps(const mssl_global_t *global, int has_broker)
{
    return global->inventory.keep > 0 && is_wanted(global, has_broker);
}

void mssl_inventory_open_history(mssl_global_t *global, int has_broker, server_rec *s,
                                 apr_pool_t *pconf)
{
    mssl_served_t *history;
    mssl_reason_t why = { "" };
    pid_t owner;
    int dir;

    if (!mssl_inventory_keeps(global, has_broker)
        || !mssl_statefolder_lock(global, s, &owner)) {
        return;
    }
    if (mssl_statefolder_open_history(global, &dir, pconf, &why) != APR_SUCCESS) {
        report(s, MSSL_WALK_UNSAVED, NULL, why.text);
    }
    if (dir < 0) {
        return;
    }
    history = apr_palloc(pconf, sizeof(*history));
    history->dir = dir;
    history->path = apr_pstrcat(pconf, mssl_statedir_get(global, pconf), "/" MSSL_HISTORY_FOLDER,
                                NULL);
    apr_pool_cleanup_register(pconf, history, close_history, apr_pool_cleanup_null);
    global->history = history;
}

void mssl_inventory_close_history(mssl_global_t *global)
{
    if (global->history != NULL) {
        close_one(&global->history->dir);
        global->history = NULL;
    }
}

/* Those of MSSLIssueFor, where anything is issued. */
static void take_folders(mssl_inventory_t *inventory, const mssl_global_t *global, server_rec *s,
                         apr_pool_t *pconf)
{
    apr_interval_time_t interval = global->inventory.interval;

    inventory->folders = (mssl_folders_conf_t){
        .patterns = global->is_issuing ? global->issuing.folders
                                       : apr_array_make(pconf, 1, sizeof(const char *)),
        .web = mssl_user_get_web(), .dir = inventory->conf.dir,
        .every = interval < FOLDERS_EVERY ? interval : FOLDERS_EVERY, .relist = interval,
        .report = report_folders, .baton = s
    };
}

static apr_status_t make(mssl_inventory_t *inventory, mssl_global_t *global, server_rec *s,
                         apr_pool_t *pconf)
{
    const mssl_inventory_conf_t *directives = &global->inventory;
    apr_status_t rv = mssl_index_make(&global->index, pconf);

    if (rv != APR_SUCCESS) {
        return rv;
    }
    inventory->parent = getpid();
    if (pipe2(inventory->ends, O_CLOEXEC | O_NONBLOCK) != 0) {
        return errno;
    }
    apr_pool_cleanup_register(pconf, inventory, end, apr_pool_cleanup_null);
    find_ways(inventory, global, s, pconf);
    inventory->conf = (mssl_walk_conf_t){
        .store = global->store, .ways = &inventory->ways, .index = global->index, .dir = -1,
        .history = global->history,
        .history_serves = global->finder != NULL && global->finder->kept != NULL,
        .versions = directives->keep,
        .warns = directives->warns, .interval = directives->interval,
        .wait = directives->interval < FIRST_WAIT ? directives->interval : FIRST_WAIT,
        .is_awaited = global->is_issuing, /* no first order is made before a walk has ended */
        .is_restart = mssl_conf_is_restarting(), .patience = PATIENCE, .rate = RATE,
        .stop = inventory->ends[0], .report = report, .baton = s
    };
    return APR_SUCCESS;
}

/* @return whether MSSLStateDir is ours */
static int take_state(mssl_global_t *global, server_rec *s)
{
    pid_t owner = 0;

    if (mssl_statefolder_lock(global, s, &owner)) {
        return 1;
    }
    ap_log_error(APLOG_MARK, APLOG_NOTICE, 0, s, MSSLNO(0205) "no inventory: MSSLStateDir '%s' is "
                 "in use by another httpd (process %ld); name another one for this",
                 global->state_dir, (long)owner);
    return 0;
}

static void add_place(mssl_process_kind_t *kind, int fd)
{
    if (fd >= 0) {
        kind->place[kind->nplaces++] = fd;
    }
}

void mssl_inventory_start(mssl_global_t *global, server_rec *s, apr_pool_t *pconf)
{
    mssl_inventory_t *inventory = apr_pcalloc(pconf, sizeof(*inventory));
    mssl_process_kind_t kind = {
        .role = MSSL_ROLE_INVENTORY, .label = "inventory",
        .loss = "the status shows what it knew", .end = "its generation is over", .run = run,
        .baton = inventory, .deaths = MSSL_COUNTS, .can_be_missing = 1
    };
    mssl_reason_t why = { "" };
    mssl_kept_t kept = { 0 };
    apr_status_t rv;

    if (global->finder == NULL || !is_wanted(global, global->broker != NULL)
        || !take_state(global, s)) { /* without a finder there is nothing to look at */
        return;
    }
    rv = make(inventory, global, s, pconf);
    if (rv != APR_SUCCESS) {
        ap_log_error(APLOG_MARK, APLOG_WARNING, rv, s, MSSLNO(0209) "no inventory: no memory or "
                     "descriptors for it");
        global->index = NULL;
        return;
    }
    if (mssl_statefolder_open(global, &inventory->conf.dir, pconf, &why) != APR_SUCCESS) {
        report(s, MSSL_WALK_UNSAVED, NULL, why.text);
    }
    take_folders(inventory, global, s, pconf);
    add_place(&kind, inventory->conf.dir);
    if (global->history != NULL) {
        add_place(&kind, global->history->dir);
    }
    take_watch(inventory, global, &kept);
    mssl_index_keep(global->index, &kept);
    mssl_kept_add_fd(&kept, inventory->ends[0]);
    mssl_kept_add_fd(&kept, inventory->ends[1]);
    if (mssl_process_start(&inventory->process, &kind, &kept, s, pconf) == APR_SUCCESS) {
        global->inventory_process = inventory;
    }
}

void mssl_inventory_tick(mssl_inventory_t *inventory)
{
    if (inventory != NULL) {
        mssl_process_tick(inventory->process);
    }
}

void mssl_inventory_child_init(mssl_inventory_t *inventory)
{
    if (inventory == NULL) {
        return;
    }
    if (inventory->conf.index != NULL) {
        mssl_index_close(inventory->conf.index);
    }
    close_one(&inventory->ends[0]);
    close_one(&inventory->ends[1]);
    close_one(&inventory->conf.dir);
}
