/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

/*
 * msslctl state: what is known of the server, and from where; and how the steward is, by what that
 * wrote itself, which is read by a worker.
 */

#include <apr_strings.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "lib/base/json.h"
#include "lib/base/text.h"
#include "lib/notify/standing.h"
#include "tools/msslctl/args.h"
#include "tools/msslctl/print.h"
#include "tools/msslctl/server.h"
#include "tools/msslctl/url.h"
#include "tools/msslctl/worker.h"

typedef struct state_t {
    const ctl_server_t *server;
    int is_running;
    uid_t steward;                   /* who writes of itself */
    const mssl_standing_t *standing; /* NULL: nothing is known of it */
    const char *why;                 /* ... and why; NULL: there is none, and needs not be */
    int is_old;
} state_t;

/* In the worker: what another user wrote. */
static void read_standing(state_t *state, ctl_t *ctl)
{
    int dir = state->server->state_dir != NULL
                  ? open(state->server->state_dir, O_PATH | O_DIRECTORY | O_CLOEXEC) : -1;
    mssl_standing_t *standing = NULL;
    mssl_reason_t why = { "" };
    apr_status_t rv;

    if (dir < 0) {
        return;
    }
    rv = mssl_standing_read(&standing, dir, state->steward, ctl->pool, &why);
    close(dir);
    state->standing = standing;
    state->is_old = standing != NULL && mssl_standing_is_old(standing, apr_time_now());
    if (rv != APR_SUCCESS && !APR_STATUS_IS_ENOENT(rv)) {
        state->why = mssl_text_shown(ctl->pool, why.text, 300);
    }
}

static void write_command(mssl_json_t *json, const mssl_standing_command_t *command)
{
    mssl_json_open(json, NULL, '{');
    mssl_json_text(json, "program", command->program);
    mssl_standing_put_outcome(json, command, command->next);
    mssl_json_close(json);
}

static void write_notification(mssl_json_t *json, const state_t *state)
{
    const mssl_standing_t *standing = state->standing;
    int i;

    mssl_json_open(json, "notification", '{');
    mssl_json_text(json, "reason", state->why);
    if (standing != NULL) {
        mssl_json_bool(json, "alive", !state->is_old);
        mssl_json_int(json, "pid", standing->pid);
        mssl_json_time(json, "started", standing->started);
        mssl_json_time(json, "seen", standing->seen);
        mssl_json_open(json, "commands", '[');
        for (i = 0; i < standing->n; i++) {
            write_command(json, &standing->command[i]);
        }
        mssl_json_close(json);
        mssl_json_int(json, "cut", standing->cut);
    }
    else {
        mssl_json_null(json, "alive");
    }
    mssl_json_close(json);
}

static int print_json(const state_t *state, FILE *out)
{
    const ctl_server_t *server = state->server;
    mssl_json_t json;
    int i;

    mssl_json_init(&json, ctl_print_sink, out, 2);
    mssl_json_open(&json, NULL, '{');
    mssl_json_text(&json, "schema", "mssl-state/1");
    mssl_json_text(&json, "origin", server->origin);
    mssl_json_bool(&json, "running", state->is_running);
    mssl_json_text(&json, "version", server->version);
    mssl_json_text(&json, "hostname", server->hostname);
    mssl_json_text(&json, "state_dir", server->state_dir);
    mssl_json_text(&json, "user", server->user);
    mssl_json_text(&json, "steward", server->steward);
    mssl_json_open(&json, "stores", '[');
    for (i = 0; i < server->stores->nelts; i++) {
        mssl_json_text(&json, NULL, APR_ARRAY_IDX(server->stores, i, ctl_store_t).label);
    }
    mssl_json_close(&json);
    mssl_json_open(&json, "addresses", '[');
    for (i = 0; i < server->sockets->nelts; i++) {
        const ctl_socket_t *socket = &APR_ARRAY_IDX(server->sockets, i, ctl_socket_t);

        mssl_json_open(&json, NULL, '{');
        mssl_json_text(&json, "address", socket->address);
        mssl_json_int(&json, "port", socket->port);
        mssl_json_close(&json);
    }
    mssl_json_close(&json);
    write_notification(&json, state);
    mssl_json_close(&json);
    return mssl_json_end(&json) == APR_SUCCESS ? CTL_FINE : CTL_FAULT;
}

static const char *say_command(const mssl_standing_command_t *command, apr_pool_t *pool)
{
    const char *program = mssl_text_shown(pool, command->program, MSSL_STANDING_PROGRAM);

    if (command->event == MSSL_EVENTS) {
        return apr_pstrcat(pool, program, ": nothing was due yet", NULL);
    }
    return apr_pstrcat(pool, program,
                       command->result == MSSL_RESULT_TOLD     ? ": told '"
                       : command->result == MSSL_RESULT_FAILED ? ": could not be told '"
                                                               : ": is being told '",
                       mssl_event_get_word(command->event), "' ",
                       ctl_print_time(pool, command->tried),
                       command->failures > 0
                           ? apr_psprintf(pool, ", %d failures, tried again %s; why: msslctl check "
                                          "--notify-test", command->failures,
                                          ctl_print_time(pool, command->next)) : "", NULL);
}

static void print_notification(const ctl_print_t *print, const state_t *state, apr_pool_t *pool)
{
    const mssl_standing_t *standing = state->standing;
    int i;

    if (state->why != NULL) {
        ctl_print_pair(print, "Steward", apr_pstrcat(pool, "wrote nothing that can be believed: ",
                                                     state->why, NULL));
    }
    if (standing == NULL) {
        return;
    }
    ctl_print_pair(print, "Steward", apr_psprintf(pool, state->is_old
                   ? "does not run, or hangs: last seen %s" : "runs since %s (process %ld)",
                   ctl_print_time(pool, state->is_old ? standing->seen : standing->started),
                   standing->pid));
    for (i = 0; i < standing->n; i++) {
        ctl_print_pair(print, "Notifies", say_command(&standing->command[i], pool));
    }
}

static void print_all(const state_t *state, ctl_t *ctl, FILE *to)
{
    const ctl_server_t *server = state->server;
    ctl_print_t out;
    int i;

    ctl_print_begin(&out, ctl, to);
    ctl_print_pair(&out, "Known from", server->origin);
    ctl_print_pair(&out, "Server", apr_psprintf(ctl->pool, "%s, httpd %s, mod_mssl %s",
                                                server->hostname != NULL ? server->hostname : "-",
                                                state->is_running ? "runs" : "does not run",
                                                server->version));
    ctl_print_pair(&out, "State folder", server->state_dir);
    ctl_print_pair(&out, "Users", server->user == NULL ? NULL
                                  : apr_psprintf(ctl->pool, "%s %s", server->user,
                                                 server->steward));
    for (i = 0; i < server->stores->nelts; i++) {
        ctl_print_pair(&out, "Store", APR_ARRAY_IDX(server->stores, i, ctl_store_t).label);
    }
    for (i = 0; i < server->sockets->nelts; i++) {
        const ctl_socket_t *socket = &APR_ARRAY_IDX(server->sockets, i, ctl_socket_t);

        ctl_print_pair(&out, "Address", apr_psprintf(ctl->pool, "%s port %d", socket->address,
                                                     socket->port));
    }
    print_notification(&out, state, ctl->pool);
}

/* In the worker. */
static int work(ctl_t *ctl, void *baton, const ctl_stop_t *stop, FILE *out)
{
    state_t *state = baton;

    (void)stop;
    read_standing(state, ctl);
    if (CTL_HAS(ctl, CTL_OPT_JSON)) {
        return print_json(state, out);
    }
    print_all(state, ctl, out);
    return CTL_FINE;
}

/* In the worker: the status tells of its server, but not where that keeps what. */
static int work_remote(ctl_t *ctl, void *baton, const ctl_stop_t *stop, FILE *out)
{
    static const char *const none[] = { NULL };
    const ctl_url_t *url = baton;
    ctl_server_t server = { .origin = url->text,
                            .stores = apr_array_make(ctl->pool, 4, sizeof(ctl_store_t)),
                            .sockets = apr_array_make(ctl->pool, 1, sizeof(ctl_socket_t)) };
    state_t state = { .server = &server, .is_running = 1 };
    const mssl_json_value_t *json, *store;
    int rc = ctl_url_get(&json, url, none, ctl->pool);

    (void)stop;
    if (rc != CTL_FINE) {
        return rc;
    }
    server.version = mssl_json_get_text(mssl_json_get(json, "server"), "version", "-");
    server.hostname = mssl_json_get_text(mssl_json_get(json, "server"), "hostname", NULL);
    for (store = mssl_json_get_first(json, "stores"); store != NULL; store = store->next) {
        APR_ARRAY_PUSH(server.stores, ctl_store_t) =
            (ctl_store_t){ .label = mssl_json_get_text(store, "label", "-") };
    }
    if (CTL_HAS(ctl, CTL_OPT_JSON)) {
        return print_json(&state, out);
    }
    print_all(&state, ctl, out);
    return CTL_FINE;
}

static int run_remote(ctl_t *ctl)
{
    ctl_url_t url;
    int rc;

    if (CTL_HAS(ctl, CTL_OPT_STATE_DIR)) {
        return ctl_args_refuse(ctl, "--state-dir and --url do not go together");
    }
    rc = ctl_url_init(&url, ctl);
    if (rc == CTL_FINE) {
        rc = ctl_worker_print(ctl, &url.as, MSSL_ROLE_FETCHER, work_remote, &url);
    }
    ctl_url_end(&url);
    return rc;
}

int ctl_state_run(ctl_t *ctl)
{
    state_t state = { 0 };
    const struct passwd *user;

    if (CTL_HAS(ctl, CTL_OPT_URL)) {
        return run_remote(ctl);
    }
    state.server = ctl_server_find(ctl);
    if (state.server == NULL) {
        return CTL_UNKNOWN;
    }
    state.is_running = ctl_server_runs(state.server);
    user = geteuid() == 0 ? getpwnam(state.server->steward) : NULL;
    state.steward = user != NULL ? user->pw_uid : geteuid();
    tzset();
    return ctl_worker_print(ctl, state.server, MSSL_ROLE_READER, work, &state);
}
