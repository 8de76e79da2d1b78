/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "tools/msslctl/look.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/reason.h"
#include "lib/base/text.h"
#include "tools/msslctl/args.h"
#include "tools/msslctl/copied.h"
#include "tools/msslctl/remote.h"

#define JOBS_MAX 64

/* What was given, else what the server has, else what is there. */
static int parse_warn(ctl_t *ctl, ctl_option_id_t option, mssl_warn_t *warn, const char *configured)
{
    if (CTL_HAS(ctl, option)) {
        return mssl_warn_parse(warn, ctl->value[option])
                   ? CTL_FINE
                   : ctl_args_refuse(ctl, "%s: use a part of the lifetime (1%% to 99%%) or days (1d "
                                     "to 366d)", ctl_options[option].name);
    }
    if (configured != NULL) {
        mssl_warn_parse(warn, configured);
    }
    return CTL_FINE;
}

/* What only who reads the files can do. */
static int init_remote(ctl_look_t *look, ctl_t *ctl)
{
    static const ctl_option_id_t others[] = {
        CTL_OPT_STATE_DIR, CTL_OPT_WARN, CTL_OPT_URGENT, CTL_OPT_ADDRESS, CTL_OPT_PAGE,
        CTL_OPT_JOBS, CTL_OPT_CACHED, CTL_OPT_NOTIFY_TEST
    };
    size_t i;
    int rc;

    for (i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        if (CTL_HAS(ctl, others[i])) {
            return ctl_args_refuse(ctl, "%s and --url do not go together: the status says what its "
                                   "server knows, by the server's own settings",
                                   ctl_options[others[i]].name);
        }
    }
    rc = ctl_url_init(&look->url, ctl);
    look->is_remote = 1;
    look->server = &look->url.as;
    return rc;
}

void ctl_look_end(ctl_look_t *look)
{
    if (look->is_remote) {
        ctl_url_end(&look->url);
    }
}

mssl_role_t ctl_look_role(const ctl_look_t *look)
{
    return look->is_remote ? MSSL_ROLE_FETCHER : MSSL_ROLE_READER;
}

static int take_jobs(ctl_look_t *look, ctl_t *ctl)
{
    const char *text = ctl->value[CTL_OPT_JOBS];

    look->jobs = text != NULL ? atoi(text) : 1;
    return look->jobs >= 1 && look->jobs <= JOBS_MAX
                   && (text == NULL || text[strspn(text, "0123456789")] == '\0')
               ? CTL_FINE
               : ctl_args_refuse(ctl, "--jobs: use a number from 1 to %d", JOBS_MAX);
}

static int make_walk(ctl_walk_t **walk, const ctl_look_t *look, ctl_t *ctl)
{
    mssl_reason_t why = { "" };

    if (!look->is_cached) {
        *walk = ctl_walk_make(look->server, look->only, &look->warns, ctl->pool);
        return *walk != NULL ? CTL_FINE : CTL_FAULT;
    }
    if (ctl_walk_make_cached(walk, look->server, look->only, &look->warns, ctl->pool, &why)
        != APR_SUCCESS) {
        fprintf(stderr, "msslctl %s: %s\n", ctl->command->name,
                mssl_text_shown(ctl->pool, why.text, 600));
        return CTL_UNKNOWN;
    }
    return CTL_FINE;
}

int ctl_look_walk(ctl_walk_t **walk, const ctl_look_t *look, ctl_t *ctl, const char *const *names,
                  int n, const ctl_stop_t *stop)
{
    int rc;

    if (look->is_remote) {
        return ctl_remote_walk(walk, &look->url, names, n, ctl->value[CTL_OPT_STORE], stop,
                               ctl->pool);
    }
    rc = make_walk(walk, look, ctl);
    if (rc != CTL_FINE) {
        return rc;
    }
    (*walk)->jobs = look->jobs;
    (*walk)->has_progress = ctl->has_progress;
    (*walk)->copied = look->copied;
    if (look->only == NULL) {
        ctl_ends_count((*walk)->ends, look->server, names, n, ctl->pool);
    }
    ctl_walk_run(*walk, names, n, stop);
    return CTL_FINE;
}

int ctl_look_init(ctl_look_t *look, ctl_t *ctl)
{
    int rc;

    memset(look, 0, sizeof(*look));
    if (CTL_HAS(ctl, CTL_OPT_URL)) {
        return init_remote(look, ctl);
    }
    look->is_cached = CTL_HAS(ctl, CTL_OPT_CACHED);
    rc = take_jobs(look, ctl);
    if (rc != CTL_FINE) {
        return rc;
    }
    look->server = ctl_server_find(ctl);
    if (look->server == NULL) {
        return CTL_UNKNOWN;
    }
    mssl_warns_init(&look->warns);
    rc = parse_warn(ctl, CTL_OPT_WARN, &look->warns.warn, look->server->warn);
    if (rc == CTL_FINE) {
        rc = parse_warn(ctl, CTL_OPT_URGENT, &look->warns.urgent, look->server->urgent);
    }
    if (rc != CTL_FINE) {
        return rc;
    }
    look->copied = ctl_copied_read(look->server, ctl->pool);
    if (CTL_HAS(ctl, CTL_OPT_STORE)) {
        look->only = ctl_server_find_store(ctl, look->server, ctl->value[CTL_OPT_STORE]);
        return look->only != NULL ? CTL_FINE : CTL_USAGE;
    }
    return CTL_FINE;
}

const char *ctl_look_word(const ctl_finding_t *finding)
{
    return finding->is_missing ? "no_certificate" : mssl_states_get_word(finding->state);
}

int ctl_look_is_broken(const ctl_finding_t *finding)
{
    return finding->is_missing || finding->state <= MSSL_STATE_NOT_YET_VALID;
}

ctl_color_t ctl_look_color(const ctl_finding_t *finding)
{
    return ctl_look_is_broken(finding) || finding->state <= MSSL_STATE_URGENT ? CTL_RED
           : finding->state < MSSL_STATE_VALID || finding->exposed != NULL ? CTL_YELLOW : CTL_GREEN;
}

void ctl_look_write(mssl_json_t *json, const ctl_walk_t *walk, const ctl_finding_t *finding)
{
    int type;

    mssl_json_open(json, NULL, '{');
    mssl_json_text(json, "name", finding->name);
    mssl_json_text(json, "state", ctl_look_word(finding));
    mssl_json_text(json, "store", finding->store);
    mssl_json_text(json, "file", finding->file);
    mssl_json_text(json, "reason", finding->reason);
    mssl_json_text(json, "note", finding->note);
    mssl_json_time(json, "not_after", finding->not_after);
    mssl_json_time(json, "until", finding->until);
    mssl_json_int_or_null(json, "days_left", finding->until != 0,
                          ctl_walk_days(walk, finding->until));
    mssl_json_open(json, "key_types", '[');
    for (type = 0; type < MSSL_KEY_TYPES; type++) {
        if ((finding->types >> type & 1) != 0) {
            mssl_json_text(json, NULL, mssl_key_type_name((mssl_key_type_t)type));
        }
    }
    mssl_json_close(json);
    mssl_json_text(json, "exposed_key", finding->exposed);
    mssl_json_bool(json, "copied", finding->is_copied);
    mssl_json_close(json);
}
