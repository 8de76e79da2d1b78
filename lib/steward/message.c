/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "lib/steward/message.h"

#include <apr_strings.h>
#include <unistd.h>

#include "lib/files/folder.h"
#include "lib/issue/shelf.h"
#include "lib/notify/mime.h"

#define SCHEMA "mssl/1"
#define PATH "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

static const char *get_word(const mssl_notice_t *notice)
{
    return !mssl_scene_is_store(notice->key)     ? mssl_states_get_word(notice->state)
           : mssl_event_get_word(
               notice->state == MSSL_STATE_VALID ? MSSL_EVENT_STORE_REACHABLE
                                                 : MSSL_EVENT_STORE_UNREACHABLE);
}

mssl_event_t mssl_message_get_event(const mssl_message_t *message)
{
    int i, stores = 0, down = 0;

    if (message->alarm != NULL || message->tiding != NULL) {
        return message->event;
    }
    for (i = 0; i < message->n; i++) {
        int is_store = mssl_scene_is_store(message->notice[i].key);

        stores += is_store;
        down += is_store && message->notice[i].state != MSSL_STATE_VALID;
    }
    return message->is_test        ? MSSL_EVENT_TEST
           : stores < message->n ? MSSL_EVENT_DIGEST
           : down > 0            ? MSSL_EVENT_STORE_UNREACHABLE : MSSL_EVENT_STORE_REACHABLE;
}

const char *mssl_message_get_worst(const mssl_message_t *message)
{
    if (message->alarm != NULL || message->tiding != NULL) {
        return mssl_event_get_word(message->event);
    }
    return message->n > 0 ? get_word(&message->notice[0]) : mssl_states_get_word(MSSL_STATE_VALID);
}

static void write_counts(mssl_json_t *json, const mssl_message_t *message)
{
    int by_state[MSSL_STATES] = { 0 }, down = 0, up = 0, i;

    for (i = 0; i < message->n; i++) {
        const mssl_notice_t *notice = &message->notice[i];

        if (!mssl_scene_is_store(notice->key)) {
            by_state[notice->state]++;
        }
        else {
            *(notice->state == MSSL_STATE_VALID ? &up : &down) += 1;
        }
    }
    mssl_json_open(json, "counts", '{');
    for (i = 0; i < MSSL_STATES; i++) {
        if (by_state[i] > 0) {
            mssl_json_int(json, mssl_states_get_word((mssl_name_state_t)i), by_state[i]);
        }
    }
    if (down > 0) {
        mssl_json_int(json, mssl_event_get_word(MSSL_EVENT_STORE_UNREACHABLE), down);
    }
    if (up > 0) {
        mssl_json_int(json, mssl_event_get_word(MSSL_EVENT_STORE_REACHABLE), up);
    }
    mssl_json_close(json);
}

static void write_store(mssl_json_t *json, const mssl_index_store_t *store)
{
    mssl_json_text(json, "store", store != NULL ? store->label : NULL);
    mssl_json_text(json, "reason", store != NULL && !store->is_reachable ? store->reason : NULL);
}

/* Days that have begun count not: 0 is today. */
static apr_int64_t count_days(apr_interval_time_t left)
{
    apr_int64_t day = 24 * 3600, seconds = apr_time_sec(left);

    return seconds >= 0 ? seconds / day : -((-seconds + day - 1) / day);
}

static void write_name(mssl_json_t *json, const mssl_message_t *message,
                       const mssl_index_row_t *row, apr_pool_t *pool)
{
    mssl_json_time(json, "since", row->since);
    mssl_json_time(json, "not_after", row->until);
    mssl_json_int_or_null(json, "days_left", row->until != 0,
                          count_days(row->until - message->now));
    mssl_json_text(json, "store", row->store_label);
    mssl_json_text(json, "file", row->file);
    mssl_json_text(json, "reason", row->reason);
    /* A canonical name needs no quotes; a pattern's asterisk would. */
    mssl_json_text(json, "explain", row->name[0] == '*' ? NULL
                   : apr_pstrcat(pool, "msslctl explain ", row->name, NULL));
}

static void write_item(mssl_json_t *json, const mssl_message_t *message,
                       const mssl_notice_t *notice, apr_pool_t *pool)
{
    mssl_index_row_t *found;
    const mssl_index_row_t *row = NULL;

    if (notice->condition >= 0 && notice->condition < message->scene->nnames) {
        row = &message->scene->row[notice->condition];
    }
    else if (!mssl_scene_is_store(notice->key)
             && mssl_index_lookup(message->scene->index, notice->key, &found, pool)
                    == APR_SUCCESS) {
        row = found;
    }
    mssl_json_open(json, NULL, '{');
    mssl_json_text(json, "name", notice->key);
    mssl_json_text(json, "state", get_word(notice));
    mssl_json_bool(json, "reminder", notice->is_reminder);
    if (row != NULL) {
        write_name(json, message, row, pool);
    }
    else {
        write_store(json, mssl_scene_find_store(message->scene, notice->key));
    }
    mssl_json_close(json);
}

/* One item. What it means is said with it, as nobody can be asked about it by name. */
static void write_process(mssl_json_t *json, const mssl_message_t *message)
{
    static const char *const reasons[MSSL_EVENTS] = {
        [MSSL_EVENT_BROKER_DOWN] = "it does not run, or dies again and again: what is cached serves "
                                   "on, new and renewed certificates do not count; httpd's error "
                                   "log says why (MSSL0152)",
        [MSSL_EVENT_BROKER_UP] = "it runs again",
        [MSSL_EVENT_INVENTORY_DOWN] = "it does not run, or dies again and again: nobody looks at "
                                      "certificates, and of none that ends you are told; httpd's "
                                      "error log says why (MSSL0152)",
    };
    const char *word = mssl_event_get_word(message->event);

    mssl_json_open(json, "counts", '{');
    mssl_json_int(json, word, 1);
    mssl_json_close(json);
    mssl_json_open(json, "items", '[');
    mssl_json_open(json, NULL, '{');
    mssl_json_text(json, "name", message->process);
    mssl_json_text(json, "state", word);
    mssl_json_bool(json, "reminder", 0);
    mssl_json_time(json, "since", message->alarm->since);
    mssl_json_text(json, "reason", reasons[message->event]);
    mssl_json_close(json);
    mssl_json_close(json);
}

/* What is in service, without its key. @return whether there is one */
static int write_certificate(mssl_json_t *json, const mssl_message_t *message,
                             const mssl_tiding_t *tiding)
{
    mssl_buffer_t chain = { .max = 0 };
    mssl_reason_t why = { "" };
    apr_status_t rv = mssl_shelf_read_chain(&chain, message->certificates, tiding->name, &why);

    mssl_json_text(json, "certificate", rv == APR_SUCCESS ? chain.data : NULL);
    mssl_buffer_free(&chain);
    return rv == APR_SUCCESS;
}

/* All names of its certificate, where it has more. */
static void write_names(mssl_json_t *json, const mssl_message_t *message,
                        const mssl_tiding_t *tiding, apr_pool_t *pool)
{
    mssl_job_t *job = apr_palloc(pool, sizeof(*job));
    int jobs = mssl_folder_open(message->certificates, MSSL_JOB_FOLDER);
    const char *names;

    if (jobs < 0) {
        return;
    }
    if (mssl_job_load(job, jobs, tiding->name, geteuid(), NULL) == APR_SUCCESS) {
        names = message->event == MSSL_EVENT_ISSUED ? mssl_job_get_filed(job)
                                                    : mssl_job_get_names(job);
        if (mssl_names_are_several(names)) {
            mssl_json_text(json, "names", names);
        }
    }
    close(jobs);
}

/*
 * The members of a digest's items; of a name that has an owner three more, for who asks for them.
 * @param attached in and out: how many certificates there are
 */
static void write_tiding(mssl_json_t *json, const mssl_message_t *message,
                         const mssl_tiding_t *tiding, int *attached, apr_pool_t *pool)
{
    const char *quote = tiding->name[0] == '*' ? "'" : "";

    mssl_json_open(json, NULL, '{');
    mssl_json_text(json, "name", tiding->name);
    mssl_json_text(json, "state", mssl_job_state_text(tiding->state));
    mssl_json_bool(json, "reminder", 0);
    mssl_json_time(json, "since", tiding->since);
    mssl_json_time(json, "not_after", tiding->not_after);
    mssl_json_int_or_null(json, "days_left", tiding->not_after != 0,
                          count_days(tiding->not_after - message->now));
    mssl_json_text(json, "store", NULL);
    mssl_json_text(json, "file", NULL);
    mssl_json_text(json, "reason", tiding->reason);
    mssl_json_text(json, "explain",
                   apr_pstrcat(pool, "msslctl job ", quote, tiding->name, quote, NULL));
    if (message->certificates > 0 && tiding->reader != NULL) {
        mssl_json_text(json, "notify", tiding->reader);
        write_names(json, message, tiding, pool);
        if (message->event == MSSL_EVENT_ISSUED && *attached < MSSL_MIME_ATTACHED_MAX) {
            *attached += write_certificate(json, message, tiding);
        }
    }
    mssl_json_close(json);
}

static void write_tidings(mssl_json_t *json, const mssl_message_t *message, apr_pool_t *pool)
{
    int i, attached = 0;

    mssl_json_open(json, "counts", '{');
    mssl_json_int(json, mssl_event_get_word(message->event), message->n);
    mssl_json_close(json);
    mssl_json_open(json, "items", '[');
    for (i = 0; i < message->ntidings; i++) {
        write_tiding(json, message, &message->tiding[i], &attached, pool);
    }
    mssl_json_close(json);
}

static void write_items(mssl_json_t *json, const mssl_message_t *message, int n, apr_pool_t *pool)
{
    int i;

    write_counts(json, message);
    mssl_json_open(json, "items", '[');
    for (i = 0; i < n; i++) {
        write_item(json, message, &message->notice[i], pool);
    }
    mssl_json_close(json);
}

apr_status_t mssl_message_write(const mssl_message_t *message, mssl_json_sink_fn sink, void *baton,
                                apr_pool_t *pool)
{
    int shown = message->n < MSSL_MESSAGE_ITEMS_MAX ? message->n : MSSL_MESSAGE_ITEMS_MAX;
    mssl_json_t json;

    mssl_json_init(&json, sink, baton, 3);
    mssl_json_open(&json, NULL, '{');
    mssl_json_text(&json, "schema", SCHEMA);
    mssl_json_text(&json, "event", mssl_event_get_word(mssl_message_get_event(message)));
    mssl_json_text(&json, "server", message->server);
    mssl_json_time(&json, "time", message->now);
    if (message->reader != NULL) {
        mssl_json_text(&json, "notify", message->reader);
        mssl_json_text(&json, "lang", message->lang);
    }
    if (message->alarm != NULL) {
        write_process(&json, message);
    }
    else if (message->tiding != NULL) {
        shown = message->ntidings;
        write_tidings(&json, message, pool);
    }
    else {
        write_items(&json, message, shown, pool);
    }
    mssl_json_int(&json, "cut", message->n - shown);
    mssl_json_close(&json);
    return mssl_json_end(&json);
}

/* A word of the environment: printable ASCII, whatever the server's name is. */
static const char *make_word(apr_pool_t *pool, const char *name, const char *value)
{
    char *word = apr_pstrcat(pool, name, value, NULL), *at;

    for (at = word; *at != '\0'; at++) {
        if ((unsigned char)*at < ' ' || (unsigned char)*at > '~') {
            *at = '?';
        }
    }
    return word;
}

const char **mssl_message_make_env(const mssl_message_t *message, apr_pool_t *pool)
{
    const char **env = apr_palloc(pool, 7 * sizeof(*env));

    env[0] = PATH;
    env[1] = "LANG=C.UTF-8";
    env[2] = make_word(pool, "MSSL_EVENT=", mssl_event_get_word(mssl_message_get_event(message)));
    env[3] = apr_psprintf(pool, "MSSL_COUNT=%d", message->n);
    env[4] = make_word(pool, "MSSL_WORST=", mssl_message_get_worst(message));
    env[5] = make_word(pool, "MSSL_SERVER=", message->server);
    env[6] = NULL;
    return env;
}
