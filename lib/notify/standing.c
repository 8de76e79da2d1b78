/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "lib/notify/standing.h"

#include <apr_strings.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/jsonread.h"
#include "lib/base/reason.h"
#include "lib/files/slurp.h"

#define SCHEMA "mssl-steward/1"
/** More failures, commands and tellings than that are no numbers of ours. */
#define COUNT_MAX APR_INT64_C(1000000000000)

const char *mssl_event_get_word(mssl_event_t event)
{
    static const char *const words[MSSL_EVENTS] = {
        [MSSL_EVENT_DIGEST] = "digest",
        [MSSL_EVENT_STORE_UNREACHABLE] = "store_unreachable",
        [MSSL_EVENT_STORE_REACHABLE] = "store_reachable",
        [MSSL_EVENT_BROKER_DOWN] = "broker_down",
        [MSSL_EVENT_BROKER_UP] = "broker_up",
        [MSSL_EVENT_INVENTORY_DOWN] = "inventory_down",
        [MSSL_EVENT_ISSUED] = "issued",
        [MSSL_EVENT_FAILED] = "failed",
        [MSSL_EVENT_PENDING] = "pending",
        [MSSL_EVENT_DECLINED] = "declined",
        [MSSL_EVENT_TEST] = "test",
    };

    return words[event];
}

int mssl_event_is_of_jobs(const char *word)
{
    int event;

    for (event = MSSL_EVENT_ISSUED; event <= MSSL_EVENT_DECLINED; event++) {
        if (strcmp(word, mssl_event_get_word((mssl_event_t)event)) == 0) {
            return 1;
        }
    }
    return 0;
}

const char *mssl_result_get_word(mssl_result_t result)
{
    return result == MSSL_RESULT_TOLD ? "told" : "failed";
}

void mssl_standing_put_outcome(mssl_json_t *json, const mssl_standing_command_t *command,
                               apr_time_t next)
{
    mssl_json_text(json, "event", command->event != MSSL_EVENTS
                   ? mssl_event_get_word(command->event) : NULL);
    mssl_json_text(json, "result", command->result != MSSL_RESULTS
                   ? mssl_result_get_word(command->result) : NULL);
    mssl_json_time(json, "tried", command->tried);
    mssl_json_time(json, "told", command->told);
    mssl_json_time(json, "next", next);
    mssl_json_int(json, "failures", command->failures);
}

void mssl_standing_put_counts(mssl_json_t *json, const mssl_standing_t *standing, mssl_event_t end)
{
    int event, result;

    mssl_json_open(json, "notifications", '{');
    for (event = 0; standing != NULL && event < (int)end; event++) {
        mssl_json_open(json, mssl_event_get_word((mssl_event_t)event), '{');
        for (result = 0; result < MSSL_RESULTS; result++) {
            mssl_json_int(json, mssl_result_get_word((mssl_result_t)result),
                          (apr_int64_t)standing->count[event][result]);
        }
        mssl_json_close(json);
    }
    mssl_json_close(json);
}

void mssl_standing_put_jobs(mssl_json_t *json, const mssl_standing_t *standing)
{
    int i;

    mssl_json_open(json, "jobs", '{');
    for (i = 0; standing != NULL && i < standing->njobs; i++) {
        mssl_json_int(json, standing->jobs[i].state, (apr_int64_t)standing->jobs[i].n);
    }
    mssl_json_close(json);
}

void mssl_standing_put_orders(mssl_json_t *json, const mssl_standing_t *standing)
{
    int i;

    mssl_json_open(json, "orders", '[');
    for (i = 0; standing != NULL && i < standing->norders; i++) {
        mssl_json_open(json, NULL, '{');
        mssl_json_text(json, "issuer", standing->orders[i].issuer);
        mssl_json_int(json, "issued", (apr_int64_t)standing->orders[i].issued);
        mssl_json_int(json, "failed", (apr_int64_t)standing->orders[i].failed);
        mssl_json_close(json);
    }
    mssl_json_close(json);
}

int mssl_standing_is_word(const char *text)
{
    size_t len = strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789_-");

    return len > 0 && len < MSSL_STANDING_WORD && text[len] == '\0';
}

static void write_command(mssl_json_t *json, const mssl_standing_command_t *command)
{
    mssl_json_open(json, NULL, '{');
    mssl_json_text(json, "program", command->program);
    mssl_json_int(json, "every", apr_time_sec(command->every));
    mssl_standing_put_outcome(json, command, command->next);
    mssl_json_close(json);
}

apr_status_t mssl_standing_write(const mssl_standing_t *standing, mssl_json_sink_fn sink,
                                 void *baton)
{
    mssl_json_t json;
    int i;

    mssl_json_init(&json, sink, baton, 2);
    mssl_json_open(&json, NULL, '{');
    mssl_json_text(&json, "schema", SCHEMA);
    mssl_json_int(&json, "pid", standing->pid);
    mssl_json_time(&json, "started", standing->started);
    mssl_json_time(&json, "seen", standing->seen);
    mssl_json_int_or_null(&json, "generation", standing->generation >= 0, standing->generation);
    mssl_json_time(&json, "walk", standing->walk);
    mssl_json_open(&json, "commands", '[');
    for (i = 0; i < standing->n; i++) {
        write_command(&json, &standing->command[i]);
    }
    mssl_json_close(&json);
    mssl_json_int(&json, "cut", standing->cut);
    mssl_standing_put_counts(&json, standing, MSSL_EVENTS);
    mssl_standing_put_jobs(&json, standing);
    mssl_standing_put_orders(&json, standing);
    mssl_json_close(&json);
    return mssl_json_end(&json);
}

/* A whole number within bounds; what is missing is none. */
static int take_int(apr_int64_t *value, const mssl_json_value_t *object, const char *key,
                    apr_int64_t min, apr_int64_t max)
{
    *value = mssl_json_get_int(object, key, -1);
    return *value >= min && *value <= max;
}

/* Which word of a list it is. @return the list's length: null. -1: no such word */
static int take_word(const mssl_json_value_t *object, const char *key,
                     const char *(*get)(int number), int n)
{
    const mssl_json_value_t *value = mssl_json_get(object, key);
    int i;

    if (value == NULL || value->kind == MSSL_JSON_NULL) {
        return n;
    }
    for (i = 0; i < n; i++) {
        if (value->kind == MSSL_JSON_TEXT && strcmp(value->text, get(i)) == 0) {
            return i;
        }
    }
    return -1;
}

static const char *get_event(int number)
{
    return mssl_event_get_word((mssl_event_t)number);
}

static const char *get_result(int number)
{
    return mssl_result_get_word((mssl_result_t)number);
}

static int take_command(mssl_standing_command_t *command, const mssl_json_value_t *object)
{
    const char *program = mssl_json_get_text(object, "program", "");
    int event = take_word(object, "event", get_event, MSSL_EVENTS);
    int result = take_word(object, "result", get_result, MSSL_RESULTS);
    apr_int64_t every, failures;

    if (*program == '\0' || strlen(program) >= sizeof(command->program) || event < 0 || result < 0
        || !take_int(&every, object, "every", 1, COUNT_MAX)
        || !take_int(&failures, object, "failures", 0, INT_MAX)
        || mssl_json_get_time(&command->tried, object, "tried") != APR_SUCCESS
        || mssl_json_get_time(&command->told, object, "told") != APR_SUCCESS
        || mssl_json_get_time(&command->next, object, "next") != APR_SUCCESS) {
        return 0;
    }
    apr_cpystrn(command->program, program, sizeof(command->program));
    command->every = apr_time_from_sec(every);
    command->event = (mssl_event_t)event;
    command->result = (mssl_result_t)result;
    command->failures = (int)failures;
    return 1;
}

/* An event that is not there has not been: another version may not have known it. */
static int take_counts(mssl_standing_t *standing, const mssl_json_value_t *root)
{
    const mssl_json_value_t *counts = mssl_json_get(root, "notifications"), *of;
    apr_int64_t value;
    int event, result;

    for (event = 0; event < MSSL_EVENTS; event++) {
        of = mssl_json_get(counts, get_event(event));
        for (result = 0; of != NULL && result < MSSL_RESULTS; result++) {
            if (!take_int(&value, of, get_result(result), 0, COUNT_MAX)) {
                return 0;
            }
            standing->count[event][result] = (apr_uint64_t)value;
        }
    }
    return counts != NULL && counts->kind == MSSL_JSON_OBJECT;
}

static int take_jobs(mssl_standing_t *standing, const mssl_json_value_t *root)
{
    const mssl_json_value_t *jobs = mssl_json_get(root, "jobs"), *at;
    apr_int64_t n;

    for (at = jobs != NULL ? jobs->first : NULL; at != NULL; at = at->next) {
        if (jobs->kind != MSSL_JSON_OBJECT || standing->njobs == MSSL_STANDING_STATES
            || !mssl_standing_is_word(at->key) || !take_int(&n, jobs, at->key, 0, COUNT_MAX)) {
            return 0;
        }
        strcpy(standing->jobs[standing->njobs].state, at->key);
        standing->jobs[standing->njobs++].n = (apr_uint64_t)n;
    }
    return 1;
}

static int take_orders(mssl_standing_t *standing, const mssl_json_value_t *root)
{
    const mssl_json_value_t *at;
    apr_int64_t issued, failed;

    for (at = mssl_json_get_first(root, "orders"); at != NULL; at = at->next) {
        const char *issuer = mssl_json_get_text(at, "issuer", "");
        mssl_standing_orders_t *orders = &standing->orders[standing->norders];

        if (standing->norders == MSSL_STANDING_ISSUERS || !mssl_standing_is_word(issuer)
            || !take_int(&issued, at, "issued", 0, COUNT_MAX)
            || !take_int(&failed, at, "failed", 0, COUNT_MAX)) {
            return 0;
        }
        strcpy(orders->issuer, issuer);
        orders->issued = (apr_uint64_t)issued;
        orders->failed = (apr_uint64_t)failed;
        standing->norders++;
    }
    return 1;
}

static int take(mssl_standing_t *standing, const mssl_json_value_t *root)
{
    const mssl_json_value_t *at;
    apr_int64_t pid, cut, generation;

    if (!take_int(&pid, root, "pid", 1, INT_MAX)
        || !take_int(&cut, root, "cut", 0, INT_MAX)
        || mssl_json_get_time(&standing->started, root, "started") != APR_SUCCESS
        || mssl_json_get_time(&standing->seen, root, "seen") != APR_SUCCESS
        || mssl_json_get_time(&standing->walk, root, "walk") != APR_SUCCESS
        || standing->started == 0 || standing->seen == 0) {
        return 0;
    }
    standing->pid = (long)pid;
    standing->cut = (int)cut;
    standing->generation = take_int(&generation, root, "generation", 0, INT_MAX)
                               ? (int)generation : -1;
    for (at = mssl_json_get_first(root, "commands"); at != NULL; at = at->next) {
        if (standing->n == MSSL_STANDING_COMMANDS
            || !take_command(&standing->command[standing->n++], at)) {
            return 0;
        }
    }
    return take_counts(standing, root) && take_jobs(standing, root) && take_orders(standing, root);
}

apr_status_t mssl_standing_read(mssl_standing_t **out, int dir, uid_t owner, apr_pool_t *pool,
                                mssl_reason_t *why)
{
    mssl_standing_t *standing = apr_pcalloc(pool, sizeof(*standing));
    int folder = openat(dir, MSSL_STANDING_FOLDER, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    const mssl_json_value_t *root;
    apr_status_t rv;

    *out = NULL;
    if (folder < 0) {
        return mssl_reason_set(why, errno, MSSL_STANDING_FOLDER ": %s", strerror(errno));
    }
    rv = mssl_file_slurp_json(&root, folder, MSSL_STANDING_FILE, MSSL_STANDING_MAX, SCHEMA, owner,
                              pool, why);
    close(folder);
    if (rv != APR_SUCCESS) {
        return rv;
    }
    if (!take(standing, root)) {
        return mssl_reason_set(why, APR_EINVAL, MSSL_STANDING_FILE ": it has what no steward writes");
    }
    *out = standing;
    return APR_SUCCESS;
}

int mssl_standing_is_old(const mssl_standing_t *standing, apr_time_t now)
{
    apr_interval_time_t age = now - standing->seen;

    return age > MSSL_STANDING_LATE || age < -MSSL_STANDING_LATE;
}
