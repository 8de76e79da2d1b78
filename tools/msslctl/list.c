/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

/* msslctl list: a line for each name. */

#include <apr_strings.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/text.h"
#include "tools/msslctl/args.h"
#include "tools/msslctl/look.h"

#define DAY apr_time_from_sec(86400)
#define DAYS_MAX 36600
#define LIMIT_MAX 100000000
#define FIELDS 7

typedef struct list_t {
    ctl_look_t look;
    unsigned states;             /* 0: all */
    apr_interval_time_t within;  /* 0: all */
    int by_expiry;
    int limit;                   /* 0: all */
    const char *glob;            /* NULL: all */
} list_t;

static int parse_states(list_t *list, ctl_t *ctl)
{
    static const char *words[MSSL_STATES];
    char *state = NULL, *word;
    mssl_name_state_t found;
    const char *guess;
    int i;

    for (i = 0; i < MSSL_STATES; i++) {
        words[i] = mssl_states_get_word((mssl_name_state_t)i);
    }
    for (word = apr_strtok(apr_pstrdup(ctl->pool, ctl->value[CTL_OPT_STATE]), ",", &state);
         word != NULL; word = apr_strtok(NULL, ",", &state)) {
        if (!mssl_states_parse_word(&found, word)) {
            guess = ctl_args_guess(word, words, MSSL_STATES);
            return ctl_args_refuse(ctl, "--state: no such state%s%s%s; accepted: bad expired "
                                   "not_yet_valid at_risk urgent degraded expiring shadowed valid "
                                   "excluded", guess != NULL ? ", did you mean '" : "",
                                   guess != NULL ? guess : "", guess != NULL ? "'?" : "");
        }
        list->states |= 1u << found;
    }
    return CTL_FINE;
}

/* A whole number, maybe with a unit behind it. @return -1: it is none, or too large */
static long parse_number(const char *text, const char *unit, long max)
{
    char *end;
    long n = *text >= '0' && *text <= '9' ? strtol(text, &end, 10) : -1;

    return n < 1 || n > max || (*end != '\0' && strcmp(end, unit) != 0) ? -1 : n;
}

static int parse(list_t *list, ctl_t *ctl)
{
    const char *sort = ctl->value[CTL_OPT_SORT];
    long n;

    if (CTL_HAS(ctl, CTL_OPT_STATE) && parse_states(list, ctl) != CTL_FINE) {
        return CTL_USAGE;
    }
    if (CTL_HAS(ctl, CTL_OPT_EXPIRES)) {
        n = parse_number(ctl->value[CTL_OPT_EXPIRES], "d", DAYS_MAX);
        if (n < 0) {
            return ctl_args_refuse(ctl, "--expires-within: use a number of days (30, 30d)");
        }
        list->within = n * DAY;
    }
    if (CTL_HAS(ctl, CTL_OPT_LIMIT)) {
        n = parse_number(ctl->value[CTL_OPT_LIMIT], "", LIMIT_MAX);
        if (n < 0) {
            return ctl_args_refuse(ctl, "--limit: use a number from 1 on");
        }
        list->limit = (int)n;
    }
    if (sort != NULL && strcmp(sort, "name") != 0 && strcmp(sort, "expiry") != 0) {
        return ctl_args_refuse(ctl, "--sort: use name or expiry");
    }
    list->by_expiry = sort != NULL && strcmp(sort, "expiry") == 0;
    list->glob = ctl->argc > 0 ? ctl->argv[0] : NULL;
    return CTL_FINE;
}

static int is_wanted(const list_t *list, const ctl_walk_t *walk, const ctl_finding_t *finding)
{
    return (list->states == 0 || (list->states >> finding->state & 1) != 0)
           && (list->within == 0
               || (finding->until != 0 && finding->until <= walk->now + list->within))
           && (list->glob == NULL || fnmatch(list->glob, finding->name, FNM_CASEFOLD) == 0);
}

/* What ends first stands first; what is not in service at all, before it. */
static int compare_expiry(const void *a, const void *b)
{
    const ctl_finding_t *one = a, *other = b;

    return one->until != other->until ? (one->until < other->until ? -1 : 1)
                                      : strcmp(one->name, other->name);
}

static const int widths[FIELDS] = { 26, 13, 20, 4, 9, 0, 0 };

static void print_heading(const ctl_print_t *print)
{
    static const char *const words[FIELDS] = { "NAME", "STATE", "UNTIL", "DAYS", "TYPE", "STORE",
                                               "FILE" };

    if (!CTL_HAS(print->ctl, CTL_OPT_PLAIN) && !CTL_HAS(print->ctl, CTL_OPT_QUIET)) {
        ctl_print_row(print, CTL_NO_COLOR, words, widths, FIELDS);
    }
}

static void print_row(const ctl_print_t *print, const ctl_walk_t *walk,
                      const ctl_finding_t *finding)
{
    const char *file = finding->file, *colon = finding->store != NULL ? strchr(finding->store, ':')
                                                                      : NULL;
    const char *fields[FIELDS];
    size_t len = colon != NULL ? strlen(colon + 1) : 0;

    /* Below its store it is named from there. */
    if (len > 0 && file != NULL && strncmp(file, colon + 1, len) == 0 && file[len] == '/'
        && !CTL_HAS(print->ctl, CTL_OPT_PLAIN)) {
        file += len + 1;
    }
    fields[0] = finding->name;
    fields[1] = ctl_look_word(finding);
    fields[2] = ctl_print_time(walk->pool, finding->until);
    fields[3] = finding->until != 0 ? apr_itoa(walk->pool, ctl_walk_days(walk, finding->until))
                                    : "-";
    fields[4] = ctl_walk_types(walk->pool, finding->types);
    fields[5] = finding->store;
    fields[6] = finding->is_copied ? apr_pstrcat(walk->pool, file,
                                                 " (copied, renewed by nobody)", NULL) : file;
    ctl_print_row(print, CTL_NO_COLOR, fields, widths, FIELDS);
}

static void print_all(const list_t *list, const ctl_walk_t *walk, ctl_t *ctl, FILE *out)
{
    ctl_print_t print;
    mssl_json_t json;
    int as_json = CTL_HAS(ctl, CTL_OPT_JSON), i, n = 0;

    ctl_print_begin(&print, ctl, out);
    mssl_json_init(&json, ctl_print_sink, out, 2);
    if (as_json) {
        mssl_json_open(&json, NULL, '{');
        mssl_json_text(&json, "schema", "mssl-list/1");
        mssl_json_time(&json, "time", walk->now);
        mssl_json_bool(&json, "complete", walk->is_complete);
        mssl_json_open(&json, "names", '[');
    }
    else {
        print_heading(&print);
    }
    for (i = 0; i < walk->findings->nelts && (list->limit == 0 || n < list->limit); i++) {
        const ctl_finding_t *finding = &APR_ARRAY_IDX(walk->findings, i, ctl_finding_t);

        if (!is_wanted(list, walk, finding)) {
            continue;
        }
        n++;
        if (as_json) {
            ctl_look_write(&json, walk, finding);
        }
        else {
            print_row(&print, walk, finding);
        }
    }
    if (as_json) {
        mssl_json_close(&json);
        mssl_json_close(&json);
        mssl_json_end(&json);
    }
}

/* In the worker. */
static int work(ctl_t *ctl, void *baton, const ctl_stop_t *stop, FILE *out)
{
    list_t *list = baton;
    ctl_walk_t *walk;
    int rc = ctl_look_walk(&walk, &list->look, ctl, NULL, 0, stop), i;

    if (rc != CTL_FINE) {
        return rc;
    }
    if (list->by_expiry) {
        qsort(walk->findings->elts, (size_t)walk->findings->nelts, sizeof(ctl_finding_t),
              compare_expiry);
    }
    print_all(list, walk, ctl, out);
    for (i = 0; i < walk->stores->nelts; i++) {
        const ctl_found_store_t *store = &APR_ARRAY_IDX(walk->stores, i, ctl_found_store_t);

        if (store->reason != NULL) {
            fprintf(stderr, "msslctl list: %s cannot be read: %s\n", store->label,
                    mssl_text_shown(ctl->pool, store->reason, 600));
        }
    }
    return walk->unreachable > 0 ? CTL_UNKNOWN : CTL_FINE;
}

int ctl_list_run(ctl_t *ctl)
{
    list_t list = { { 0 } };
    int rc = parse(&list, ctl);

    if (rc == CTL_FINE) {
        rc = ctl_look_init(&list.look, ctl);
    }
    if (rc == CTL_FINE) {
        rc = ctl_worker_print(ctl, list.look.server, ctl_look_role(&list.look), work, &list);
    }
    ctl_look_end(&list.look);
    return rc;
}
