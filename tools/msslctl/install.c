/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

/* msslctl install and rollback: a pair into its place, confirmed by handshakes. */

#include <apr_strings.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/json.h"
#include "lib/base/name.h"
#include "lib/base/reason.h"
#include "lib/base/text.h"
#include "tools/msslctl/args.h"
#include "tools/msslctl/file.h"
#include "tools/msslctl/history.h"
#include "tools/msslctl/install.h"
#include "tools/msslctl/live.h"
#include "tools/msslctl/print.h"

static void print_json(const ctl_wish_t *wish, const ctl_plan_t *plan, const ctl_result_t *result)
{
    char sha256[65], old[65];
    mssl_json_t json;

    mssl_text_hex(sha256, plan->sha256, sizeof(plan->sha256));
    mssl_text_hex(old, plan->old_sha256, sizeof(plan->old_sha256));
    mssl_json_init(&json, ctl_print_sink, stdout, 1);
    mssl_json_open(&json, NULL, '{');
    mssl_json_text(&json, "schema", "mssl-install/1");
    mssl_json_text(&json, "name", wish->name);
    mssl_json_text(&json, "result", result->word);
    mssl_json_text(&json, "text", result->text);
    mssl_json_text(&json, "file", result->path);
    mssl_json_text(&json, "sha256", plan->len > 0 ? sha256 : NULL);
    mssl_json_time(&json, "not_after", plan->not_after);
    mssl_json_text(&json, "replaced_sha256", plan->has_old ? old : NULL);
    mssl_json_int_or_null(&json, "kept", result->kept != 0, result->kept);
    mssl_json_text(&json, "not_kept", result->unkept);
    mssl_json_int_or_null(&json, "answered", result->answered >= 0, result->answered);
    mssl_json_text(&json, "note", plan->note[0] != '\0' ? plan->note : NULL);
    mssl_json_close(&json);
    mssl_json_end(&json);
}

static void print_text(ctl_t *ctl, const ctl_wish_t *wish, const ctl_plan_t *plan,
                       const ctl_result_t *result)
{
    int ok = result->code == CTL_FINE;
    ctl_print_t print;

    ctl_print_begin(&print, ctl, ok || result->code == CTL_TRY_AGAIN ? stdout : stderr);
    ctl_print_text(&print, 0, ok ? CTL_GREEN : CTL_RED,
                   apr_psprintf(ctl->pool, "%s: %s", wish->name, result->text));
    if (plan->len > 0 && plan->note[0] != '\0') {
        ctl_print_text(&print, 0, CTL_NO_COLOR, plan->note);
    }
    if (result->unkept != NULL) {
        ctl_print_text(&print, 0, CTL_YELLOW,
                       apr_pstrcat(ctl->pool, "the old pair is not kept: ", result->unkept, NULL));
    }
    if (result->kept != 0 && !CTL_HAS(ctl, CTL_OPT_QUIET)) {
        ctl_print_text(&print, 0, CTL_NO_COLOR,
                       apr_psprintf(ctl->pool, "The old one is kept as version %u: msslctl rollback "
                                    "%s", result->kept, wish->name));
    }
}

static int report(ctl_t *ctl, const ctl_wish_t *wish, const ctl_plan_t *plan,
                  const ctl_result_t *result)
{
    if (CTL_HAS(ctl, CTL_OPT_JSON)) {
        print_json(wish, plan, result);
    }
    else {
        print_text(ctl, wish, plan, result);
    }
    return result->code;
}

static void end_with(ctl_result_t *result, const char *word, int code, const char *text)
{
    result->word = word;
    result->code = code;
    result->text = text;
}

static const char *describe_end(ctl_t *ctl, const ctl_plan_t *plan, const char *path)
{
    return apr_psprintf(ctl->pool, "%s, until %s", path, ctl_print_time(ctl->pool, plan->not_after));
}

/* It is in place; what do visitors get? */
static void confirm(ctl_result_t *result, ctl_t *ctl, const ctl_wish_t *wish, const ctl_plan_t *plan,
                    const ctl_file_t *file)
{
    const ctl_expected_t expected = { wish->server, plan->store, wish->name,
                                      (mssl_key_type_t)plan->key_type, plan->sha256,
                                      plan->has_old ? plan->old_sha256 : NULL };
    const char *where = describe_end(ctl, plan, result->path);
    mssl_reason_t why = { "" };
    ctl_live_t live;
    int rc = ctl_live_wait(&live, &result->answered, ctl, &expected);

    if (rc != CTL_FINE || live == CTL_LIVE_NOBODY) {
        end_with(result, "unconfirmed", rc == CTL_INTERRUPTED ? rc : CTL_TRY_AGAIN,
                 apr_pstrcat(ctl->pool, "is in place (", where, "), and nobody answered for it: not "
                             "confirmed", NULL));
        return;
    }
    if (live == CTL_LIVE_SHOWN) {
        end_with(result, "installed", CTL_FINE,
                 apr_psprintf(ctl->pool, "installed: %s; shown by %d of %d addresses", where,
                              result->answered, wish->server->sockets->nelts));
        return;
    }
    if (ctl_file_undo(file, &why) != APR_SUCCESS) {
        end_with(result, "failed", CTL_NOT_WRITTEN,
                 apr_psprintf(ctl->pool, "visitors are shown another certificate, and it cannot be "
                              "undone: %s", why.text));
        return;
    }
    end_with(result, "undone", CTL_BROKEN,
             apr_psprintf(ctl->pool, "undone, as visitors were still shown %s; the error log of "
                          "httpd says why", live == CTL_LIVE_OLD ? "the old certificate"
                                                                 : "another certificate"));
}

static void carry_out(ctl_result_t *result, ctl_t *ctl, const ctl_wish_t *wish,
                      const ctl_planned_t *planned, ctl_file_t *file)
{
    const ctl_plan_t *plan = &planned->plan;
    mssl_reason_t why = { "" };

    if (file->is_there && file->before.len == planned->text.len
        && memcmp(file->before.data, planned->text.data, planned->text.len) == 0) {
        end_with(result, "unchanged", CTL_FINE,
                 apr_pstrcat(ctl->pool, "is there already: ", describe_end(ctl, plan, result->path),
                             NULL));
        return;
    }
    if (CTL_HAS(ctl, CTL_OPT_DRY_RUN)) {
        end_with(result, "planned", CTL_FINE,
                 apr_pstrcat(ctl->pool, "would be written: ",
                             describe_end(ctl, plan, result->path), NULL));
        return;
    }
    if (plan->has_old) {
        result->unkept = ctl_file_keep(ctl, wish, &planned->old, &result->kept);
    }
    if (ctl_file_write(file, &planned->text, &why) != APR_SUCCESS) {
        end_with(result, "failed", CTL_NOT_WRITTEN, apr_pstrdup(ctl->pool, why.text));
        return;
    }
    if (wish->is_quiet || CTL_HAS(ctl, CTL_OPT_NO_LIVE)) {
        end_with(result, "installed", CTL_FINE,
                 apr_pstrcat(ctl->pool, "installed: ", describe_end(ctl, plan, result->path),
                             "; nobody was asked", NULL));
        return;
    }
    confirm(result, ctl, wish, plan, file);
}

/* @param told what is done with the result while all of it is there; NULL: nothing */
static int run(ctl_t *ctl, const ctl_wish_t *wish, ctl_result_t *result,
               int (*told)(ctl_t *, const ctl_wish_t *, const ctl_plan_t *, const ctl_result_t *))
{
    mssl_reason_t why = { "" };
    ctl_planned_t planned;
    ctl_file_t file;
    int rc = ctl_plan_make(&planned, ctl, wish);

    memset(result, 0, sizeof(*result));
    result->answered = -1;
    if (rc != CTL_FINE) {
        end_with(result, "failed", rc, "the files could not be looked at");
    }
    else if (planned.plan.refusal[0] != '\0') {
        end_with(result, "refused", CTL_NOT_WRITTEN, apr_pstrdup(ctl->pool, planned.plan.refusal));
    }
    else {
        if (ctl_file_open(&file, &planned.plan, wish, ctl->pool, &why) != APR_SUCCESS) {
            end_with(result, "refused", CTL_NOT_WRITTEN, apr_pstrdup(ctl->pool, why.text));
        }
        else {
            result->path = apr_pstrcat(ctl->pool, file.folder, "/", file.name, NULL);
            mssl_text_hex(result->sha256, planned.plan.sha256, sizeof(planned.plan.sha256));
            carry_out(result, ctl, wish, &planned, &file);
        }
        ctl_file_close(&file);
    }
    if (told != NULL && rc == CTL_FINE) {
        told(ctl, wish, &planned.plan, result);
    }
    ctl_plan_free(&planned);
    return result->code;
}

int ctl_install_file(ctl_t *ctl, const ctl_wish_t *wish, ctl_result_t *result)
{
    return run(ctl, wish, result, NULL);
}

static int do_wish(ctl_t *ctl, const ctl_wish_t *wish)
{
    ctl_result_t result;

    return run(ctl, wish, &result, report);
}

/* A worker has no folder that it is in. */
static const char *make_absolute(ctl_t *ctl, const char *path)
{
    char *here = path[0] != '/' ? getcwd(NULL, 0) : NULL;
    const char *absolute = here != NULL ? apr_pstrcat(ctl->pool, here, "/", path, NULL) : path;

    free(here);
    return absolute;
}

/* The line that a map wants, as nobody else writes into it. */
static int refuse_map(ctl_t *ctl, const ctl_wish_t *wish, const ctl_store_t *map)
{
    const char *line = wish->name;
    int i;

    for (i = 0; i < wish->nfiles && i < 2; i++) {
        line = apr_pstrcat(ctl->pool, line, " ", wish->files[i], NULL);
    }
    fprintf(stderr, "msslctl install: %s is a map, which is yours to write; add this line to %s "
            "(certificate with chain first, then the key):\n%s\n", map->label, map->argument,
            mssl_text_shown(ctl->pool, line, 2048));
    return CTL_NOT_WRITTEN;
}

static int take_name(ctl_wish_t *wish, ctl_t *ctl)
{
    char name[MSSL_NAME_SIZE];

    memset(wish, 0, sizeof(*wish));
    if (!mssl_name_canon_pattern(name, ctl->argv[0], strlen(ctl->argv[0]))) {
        return ctl_args_refuse_name(ctl, ctl->argv[0]);
    }
    wish->name = apr_pstrdup(ctl->pool, name);
    wish->is_forced = CTL_HAS(ctl, CTL_OPT_FORCE);
    wish->server = ctl_server_find(ctl);
    if (wish->server == NULL) {
        return CTL_UNKNOWN;
    }
    if (CTL_HAS(ctl, CTL_OPT_STORE)) {
        wish->only = ctl_server_find_store(ctl, wish->server, ctl->value[CTL_OPT_STORE]);
        return wish->only != NULL ? CTL_FINE : CTL_USAGE;
    }
    return CTL_FINE;
}

/* The one that an admin configured; NULL: there are more, or none. */
static const ctl_store_t *find_only_store(const ctl_server_t *server)
{
    const ctl_store_t *only = NULL;
    int i, n = 0;

    for (i = 0; i < server->stores->nelts; i++) {
        const ctl_store_t *store = &APR_ARRAY_IDX(server->stores, i, ctl_store_t);

        if (!store->is_issued) {
            only = store;
            n++;
        }
    }
    return n == 1 ? only : NULL;
}

int ctl_install_run(ctl_t *ctl)
{
    const char **files = apr_pcalloc(ctl->pool, (apr_size_t)ctl->argc * sizeof(*files));
    const ctl_store_t *only;
    ctl_wish_t wish;
    int rc = take_name(&wish, ctl), i;

    if (rc != CTL_FINE) {
        return rc;
    }
    wish.nfiles = ctl->argc - 1;
    for (i = 0; i < wish.nfiles; i++) {
        files[i] = make_absolute(ctl, ctl->argv[i + 1]);
    }
    wish.files = files;
    if (wish.only != NULL && strcmp(wish.only->provider, "map") == 0) {
        return refuse_map(ctl, &wish, wish.only);
    }
    only = find_only_store(wish.server);
    if (only != NULL && strcmp(only->provider, "map") == 0) {
        return refuse_map(ctl, &wish, only);
    }
    return do_wish(ctl, &wish);
}

int ctl_rollback_run(ctl_t *ctl)
{
    ctl_wish_t wish;
    int rc = take_name(&wish, ctl);

    if (rc != CTL_FINE) {
        return rc;
    }
    if (CTL_HAS(ctl, CTL_OPT_TO)) {
        wish.version = atoi(ctl->value[CTL_OPT_TO]);
        if (wish.version < 1) {
            return ctl_args_refuse(ctl, "--to: use the number of a version, as --list shows it");
        }
    }
    return CTL_HAS(ctl, CTL_OPT_LIST) ? ctl_history_print(ctl, &wish) : do_wish(ctl, &wish);
}
