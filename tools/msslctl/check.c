/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

/* msslctl check: every pair of every store, worst first. */

#include <apr_strings.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/name.h"
#include "tools/msslctl/args.h"
#include "tools/msslctl/look.h"
#include "tools/msslctl/trial.h"

/** Names that --nagios shows in its one line. */
#define SHOWN_MAX 5

typedef struct check_t {
    ctl_look_t look;
    apr_array_header_t *names; /* const char *, canonical */
    ctl_walk_t *walk;
    apr_array_header_t *attention; /* const ctl_finding_t *, worst first */
    int counts[MSSL_STATES], missing, broken, urgent;
} check_t;

static int needs_attention(const ctl_finding_t *finding)
{
    return finding->is_missing || finding->exposed != NULL || finding->state < MSSL_STATE_VALID;
}

static int compare(const void *a, const void *b)
{
    const ctl_finding_t *one = *(const ctl_finding_t *const *)a;
    const ctl_finding_t *other = *(const ctl_finding_t *const *)b;

    if (one->is_missing != other->is_missing) {
        return one->is_missing ? -1 : 1;
    }
    if (one->state != other->state) {
        return one->state < other->state ? -1 : 1;
    }
    if (one->until != other->until) {
        return one->until < other->until ? -1 : 1;
    }
    return strcmp(one->name, other->name);
}

static void sum_up(check_t *check)
{
    int i;

    check->attention = apr_array_make(check->walk->pool, 16, sizeof(const ctl_finding_t *));
    for (i = 0; i < check->walk->findings->nelts; i++) {
        const ctl_finding_t *finding = &APR_ARRAY_IDX(check->walk->findings, i, ctl_finding_t);

        if (finding->is_missing) {
            check->missing++;
        }
        else {
            check->counts[finding->state]++;
        }
        check->broken += ctl_look_is_broken(finding);
        check->urgent += !finding->is_missing && (finding->state == MSSL_STATE_AT_RISK
                                                  || finding->state == MSSL_STATE_URGENT);
        if (needs_attention(finding)) {
            APR_ARRAY_PUSH(check->attention, const ctl_finding_t *) = finding;
        }
    }
    qsort(check->attention->elts, (size_t)check->attention->nelts, sizeof(const ctl_finding_t *),
          compare);
}

static int exit_code(const check_t *check)
{
    return check->broken > 0                                    ? CTL_BROKEN
           : check->walk->unreachable > 0 || !check->walk->is_complete ? CTL_UNKNOWN
           : check->attention->nelts > 0 || check->walk->notes->nelts > 0
                     || check->walk->ends[CTL_END_FAILED] > 0
                     || check->walk->ends[CTL_END_DECLINED] > 0 ? CTL_ATTENTION
                                                                : CTL_FINE;
}

static int count_certificates(const check_t *check)
{
    int i, n = 0;

    for (i = 0; i < check->walk->stores->nelts; i++) {
        n += APR_ARRAY_IDX(check->walk->stores, i, ctl_found_store_t).certificates;
    }
    return n;
}

static void write_totals(mssl_json_t *json, const check_t *check)
{
    int i;

    mssl_json_open(json, "totals", '{');
    mssl_json_int(json, "names", check->walk->findings->nelts);
    mssl_json_int(json, "certificates", count_certificates(check));
    for (i = MSSL_STATES - 1; i >= 0; i--) {
        mssl_json_int(json, mssl_states_get_word((mssl_name_state_t)i), check->counts[i]);
    }
    mssl_json_int(json, "no_certificate", check->missing);
    mssl_json_close(json);
}

static void write_stores(mssl_json_t *json, const check_t *check)
{
    int i;

    mssl_json_open(json, "stores", '[');
    for (i = 0; i < check->walk->stores->nelts; i++) {
        const ctl_found_store_t *store = &APR_ARRAY_IDX(check->walk->stores, i, ctl_found_store_t);

        mssl_json_open(json, NULL, '{');
        mssl_json_text(json, "label", store->label);
        mssl_json_bool(json, "reachable", store->reason == NULL);
        mssl_json_text(json, "reason", store->reason);
        mssl_json_int(json, "names", store->names);
        mssl_json_int(json, "certificates", store->certificates);
        mssl_json_int(json, "bad", store->bad);
        mssl_json_time(json, "soonest_not_after", store->soonest);
        mssl_json_close(json);
    }
    mssl_json_close(json);
}

static void print_json(const check_t *check, FILE *out)
{
    mssl_json_t json;
    int i;

    mssl_json_init(&json, ctl_print_sink, out, 2);
    mssl_json_open(&json, NULL, '{');
    mssl_json_text(&json, "schema", "mssl-check/1");
    mssl_json_time(&json, "time", check->walk->now);
    mssl_json_bool(&json, "complete", check->walk->is_complete);
    mssl_json_time(&json, "cached", check->walk->cached);
    write_totals(&json, check);
    mssl_json_open(&json, "jobs", '{');
    for (i = 0; i < CTL_ENDS; i++) {
        mssl_json_int(&json, mssl_job_state_text(ctl_ends_state((ctl_end_t)i)), check->walk->ends[i]);
    }
    mssl_json_close(&json);
    write_stores(&json, check);
    mssl_json_open(&json, "attention", '[');
    for (i = 0; i < check->attention->nelts; i++) {
        ctl_look_write(&json, check->walk,
                       APR_ARRAY_IDX(check->attention, i, const ctl_finding_t *));
    }
    mssl_json_close(&json);
    mssl_json_open(&json, "notes", '[');
    for (i = 0; i < check->walk->notes->nelts; i++) {
        mssl_json_text(&json, NULL, APR_ARRAY_IDX(check->walk->notes, i, const char *));
    }
    mssl_json_close(&json);
    mssl_json_close(&json);
    mssl_json_end(&json);
}

/* "1 bad, 2 expiring, 209 valid" */
static const char *describe_sums(const check_t *check)
{
    apr_pool_t *pool = check->walk->pool;
    const char *text = "";
    int i;

    if (check->missing > 0) {
        text = apr_psprintf(pool, "%d without a certificate", check->missing);
    }
    for (i = 0; i < MSSL_STATES; i++) {
        if (check->counts[i] > 0) {
            text = apr_psprintf(pool, "%s%s%d %s", text, *text != '\0' ? ", " : "",
                                check->counts[i], mssl_states_get_word((mssl_name_state_t)i));
        }
    }
    return text;
}

static const char *describe(const check_t *check, const ctl_finding_t *finding)
{
    apr_pool_t *pool = check->walk->pool;
    const char *when = "", *text = finding->reason;

    if (finding->is_missing) {
        return "there is nothing in any store for it, nor a wildcard";
    }
    if (finding->until != 0) {
        int days = ctl_walk_days(check->walk, finding->until);

        when = apr_psprintf(pool, "%s: until %s (%d day%s)",
                            finding->file != NULL ? finding->file : "in service",
                            ctl_print_time(pool, finding->until), days, days == 1 ? "" : "s");
    }
    text = text == NULL ? when : *when != '\0' ? apr_pstrcat(pool, text, "; ", when, NULL) : text;
    if (finding->is_copied) {
        text = apr_pstrcat(pool, text, "; copied, renewed by nobody", NULL);
    }
    return finding->exposed == NULL ? text
           : apr_pstrcat(pool, text, "; everybody may read the key ", finding->exposed, NULL);
}

/* What is worth knowing of all names: -v, or of those that were asked for. */
static void print_notes(const check_t *check, const ctl_print_t *print)
{
    int i;

    for (i = 0; i < check->walk->findings->nelts; i++) {
        const ctl_finding_t *finding = &APR_ARRAY_IDX(check->walk->findings, i, ctl_finding_t);

        if (finding->note != NULL) {
            ctl_print_text(print, 0, CTL_NO_COLOR,
                           apr_pstrcat(check->walk->pool, finding->name, ": ", finding->note,
                                       NULL));
        }
    }
}

/* How old the inventory's word is. */
static const char *describe_age(const ctl_walk_t *walk)
{
    int min = (int)(apr_time_sec(walk->now - walk->cached) / 60);

    return min < 120 ? apr_psprintf(walk->pool, "%d min", min)
                     : apr_psprintf(walk->pool, "%d h", min / 60);
}

static void print_age(const check_t *check, const ctl_print_t *print)
{
    const ctl_walk_t *walk = check->walk;

    ctl_print_text(print, 0, CTL_NO_COLOR,
                   walk->cached == 0
                       ? "As far as the inventory has come in its first walk; no file was looked at."
                       : apr_psprintf(walk->pool, "As the inventory found it, whose last walk ended "
                                      "%s ago (%s); no file was looked at.",
                                      describe_age(walk),
                                      ctl_print_time(walk->pool, walk->cached)));
}

static void print_ends(const check_t *check, const ctl_print_t *print)
{
    apr_pool_t *pool = check->walk->pool;
    int i;

    for (i = 0; i < CTL_ENDS; i++) {
        if (check->walk->ends[i] > 0) {
            ctl_print_text(print, 0, CTL_YELLOW,
                           apr_pstrcat(pool, ctl_ends_text(pool, (ctl_end_t)i, check->walk->ends[i]),
                                       ": ", ctl_ends_command(pool, (ctl_end_t)i), NULL));
        }
    }
}

static void print_text(const check_t *check, ctl_t *ctl, FILE *out)
{
    const char *sums = describe_sums(check);
    static const int widths[] = { 14, 28, 0 };
    ctl_print_t print;
    int i;

    ctl_print_begin(&print, ctl, out);
    for (i = 0; i < check->attention->nelts; i++) {
        const ctl_finding_t *finding = APR_ARRAY_IDX(check->attention, i, const ctl_finding_t *);
        const char *fields[] = { ctl_look_word(finding), finding->name, describe(check, finding) };

        if (CTL_HAS(ctl, CTL_OPT_PLAIN)) {
            ctl_print_row(&print, CTL_NO_COLOR, fields, widths, 3);
            continue;
        }
        ctl_print_row(&print, ctl_look_color(finding), fields, widths, 2);
        fputs("    ", out);
        ctl_print_text(&print, 4, CTL_NO_COLOR, fields[2]);
    }
    if (CTL_HAS(ctl, CTL_OPT_VERBOSE) || ctl->argc > 0) {
        print_notes(check, &print);
    }
    for (i = 0; i < check->walk->notes->nelts; i++) {
        ctl_print_text(&print, 0, CTL_NO_COLOR, APR_ARRAY_IDX(check->walk->notes, i, const char *));
    }
    for (i = 0; i < check->walk->stores->nelts; i++) {
        const ctl_found_store_t *store = &APR_ARRAY_IDX(check->walk->stores, i, ctl_found_store_t);

        if (store->reason != NULL) {
            ctl_print_text(&print, 0, CTL_RED, apr_psprintf(check->walk->pool,
                                                            "%s cannot be read: %s", store->label,
                                                            store->reason));
        }
    }
    print_ends(check, &print);
    ctl_print_text(&print, 0, CTL_NO_COLOR,
                   apr_psprintf(check->walk->pool, "%d names in %d stores%s%s%s",
                                check->walk->findings->nelts, check->walk->stores->nelts,
                                *sums != '\0' ? ": " : "", sums,
                                check->walk->is_complete ? ""
                                : check->look.is_cached  ? " (not all yet)"
                                                         : " (interrupted: not all)"));
    if (check->look.is_cached) {
        print_age(check, &print);
    }
}

/* https://www.monitoring-plugins.org/doc/guidelines.html: one line, sums behind a bar. */
static int print_plugin(const check_t *check, FILE *out)
{
    static const char *const words[] = { "OK", "WARNING", "CRITICAL", "UNKNOWN" };
    int rc = exit_code(check), i;

    if (rc != CTL_UNKNOWN && check->urgent > 0) {
        rc = CTL_BROKEN;
    }
    fprintf(out, "MSSL %s - %d names: %s", words[rc], check->walk->findings->nelts,
            describe_sums(check));
    for (i = 0; i < check->attention->nelts && i < SHOWN_MAX; i++) {
        const ctl_finding_t *finding = APR_ARRAY_IDX(check->attention, i, const ctl_finding_t *);

        fprintf(out, "%s%s (%s)", i == 0 ? "; " : ", ", finding->name, ctl_look_word(finding));
    }
    if (check->attention->nelts > SHOWN_MAX) {
        fprintf(out, " and %d more", check->attention->nelts - SHOWN_MAX);
    }
    for (i = 0; i < CTL_ENDS; i++) {
        if (check->walk->ends[i] > 0) {
            fprintf(out, "; %s (%s)",
                    ctl_ends_text(check->walk->pool, (ctl_end_t)i, check->walk->ends[i]),
                    ctl_ends_command(check->walk->pool, (ctl_end_t)i));
        }
    }
    if (check->walk->unreachable > 0) {
        fprintf(out, "; %d stores cannot be read", check->walk->unreachable);
    }
    if (!check->walk->is_complete) {
        fputs("; not all were looked at", out);
    }
    if (check->walk->cached != 0) {
        fprintf(out, "; as of %s ago", describe_age(check->walk));
    }
    fprintf(out, " | names=%d", check->walk->findings->nelts);
    if (check->walk->cached != 0) {
        fprintf(out, " age=%ds", (int)apr_time_sec(check->walk->now - check->walk->cached));
    }
    for (i = 0; i < MSSL_STATES; i++) {
        fprintf(out, " %s=%d", mssl_states_get_word((mssl_name_state_t)i), check->counts[i]);
    }
    fputc('\n', out);
    return rc;
}

/* In the worker. */
static int work(ctl_t *ctl, void *baton, const ctl_stop_t *stop, FILE *out)
{
    check_t *check = baton;
    int rc = ctl_look_walk(&check->walk, &check->look, ctl,
                           (const char *const *)check->names->elts, check->names->nelts, stop);

    if (rc != CTL_FINE) {
        return rc;
    }
    sum_up(check);
    if (CTL_HAS(ctl, CTL_OPT_NAGIOS)) {
        return print_plugin(check, out);
    }
    if (CTL_HAS(ctl, CTL_OPT_JSON)) {
        print_json(check, out);
    }
    else {
        print_text(check, ctl, out);
    }
    return exit_code(check);
}

static int take_names(check_t *check, ctl_t *ctl)
{
    int i;

    check->names = apr_array_make(ctl->pool, ctl->argc + 1, sizeof(const char *));
    for (i = 0; i < ctl->argc; i++) {
        char name[MSSL_NAME_SIZE];

        if (!mssl_name_canon_pattern(name, ctl->argv[i], strlen(ctl->argv[i]))) {
            return ctl_args_refuse_name(ctl, ctl->argv[i]);
        }
        APR_ARRAY_PUSH(check->names, const char *) = apr_pstrdup(ctl->pool, name);
    }
    return CTL_FINE;
}

/* What has to do with names has nothing to do with it. */
static int run_trial(ctl_t *ctl)
{
    static const ctl_option_id_t others[] = {
        CTL_OPT_URL, CTL_OPT_CACHED, CTL_OPT_JOBS, CTL_OPT_NAGIOS, CTL_OPT_STORE, CTL_OPT_WARN,
        CTL_OPT_URGENT
    };
    const ctl_server_t *server;
    size_t i;

    for (i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        if (CTL_HAS(ctl, others[i])) {
            return ctl_args_refuse(ctl, "--notify-test looks at no names: use it without %s",
                                   ctl_options[others[i]].name);
        }
    }
    if (ctl->argc > 0) {
        return ctl_args_refuse(ctl, "--notify-test looks at no names: use it without NAME");
    }
    server = ctl_server_find(ctl);
    return server != NULL ? ctl_trial_run(ctl, server) : CTL_UNKNOWN;
}

int ctl_check_run(ctl_t *ctl)
{
    check_t check = { 0 };
    int rc = take_names(&check, ctl);

    if (rc == CTL_FINE && CTL_HAS(ctl, CTL_OPT_NOTIFY_TEST)) {
        return run_trial(ctl);
    }
    if (rc == CTL_FINE) {
        rc = ctl_look_init(&check.look, ctl);
    }
    if (rc == CTL_FINE) {
        rc = ctl_worker_print(ctl, check.look.server, ctl_look_role(&check.look), work, &check);
        ctl_look_end(&check.look);
        return rc;
    }
    ctl_look_end(&check.look);
    return CTL_HAS(ctl, CTL_OPT_NAGIOS) ? CTL_UNKNOWN : rc;
}
