/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "lib/steward/record.h"

#include <apr_strings.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/buffer.h"
#include "lib/base/monotonic.h"
#include "lib/base/reason.h"
#include "lib/files/folder.h"
#include "lib/files/write.h"

struct mssl_record_t {
    int dir;
    apr_pool_t *pool;
    mssl_standing_t now;
    int is_changed;
    apr_time_t written; /* by a clock that nobody sets; 0: never */
    apr_status_t rv;    /* how that went */
};

mssl_record_t *mssl_record_make(int dir, int generation, apr_pool_t *pool)
{
    mssl_record_t *record = apr_pcalloc(pool, sizeof(*record));

    record->dir = dir;
    record->pool = pool;
    record->now.pid = (long)getpid();
    record->now.started = apr_time_now();
    record->now.generation = generation;
    record->is_changed = 1;
    return record;
}

static int open_folder(const mssl_record_t *record)
{
    return mssl_folder_open(record->dir, MSSL_STANDING_FOLDER);
}

static void set_aside(const mssl_record_t *record)
{
    int folder = open_folder(record);

    if (folder >= 0) {
        renameat(folder, MSSL_STANDING_FILE, folder, MSSL_STANDING_FILE ".bad");
        close(folder);
    }
}

apr_status_t mssl_record_load(mssl_record_t *record, mssl_reason_t *why)
{
    mssl_reason_t fault = { "" };
    mssl_standing_t *before;
    apr_pool_t *pool;
    apr_status_t rv;

    apr_pool_create(&pool, record->pool);
    rv = mssl_standing_read(&before, record->dir, geteuid(), pool, &fault);
    if (rv == APR_SUCCESS) {
        memcpy(record->now.count, before->count, sizeof(before->count));
        memcpy(record->now.command, before->command, sizeof(before->command));
        record->now.n = before->n;
        record->now.walk = before->walk;
        memcpy(record->now.orders, before->orders, sizeof(before->orders));
        record->now.norders = before->norders;
    }
    else if (rv == APR_EINVAL) {
        set_aside(record);
        mssl_reason_set(why, rv, MSSL_STANDING_FOLDER "/%s; set aside as " MSSL_STANDING_FILE
                        ".bad", fault.text);
    }
    else if (!APR_STATUS_IS_ENOENT(rv)) {
        mssl_reason_set(why, rv, MSSL_STANDING_FOLDER "/%s", fault.text);
    }
    apr_pool_destroy(pool);
    return APR_STATUS_IS_ENOENT(rv) ? APR_SUCCESS : rv;
}

/* Plain and short: it is for people, and for whoever shows it to them. */
static void set_program(mssl_standing_command_t *command, const char *program)
{
    char *at;

    apr_cpystrn(command->program, program, sizeof(command->program));
    for (at = command->program; *at != '\0'; at++) {
        if ((unsigned char)*at < ' ' || (unsigned char)*at > '~') {
            *at = '?';
        }
    }
}

void mssl_record_configure(mssl_record_t *record, const mssl_settings_t *settings)
{
    mssl_standing_t *now = &record->now;
    int i, before = now->n, n = settings != NULL ? settings->orders->nelts : 0;

    now->n = n < MSSL_STANDING_COMMANDS ? n : MSSL_STANDING_COMMANDS;
    now->cut = n - now->n;
    for (i = 0; i < now->n; i++) {
        const mssl_order_t *order = &APR_ARRAY_IDX(settings->orders, i, mssl_order_t);
        mssl_standing_command_t *command = &now->command[i], was = *command;

        memset(command, 0, sizeof(*command));
        set_program(command, order->argv[0]);
        command->every = order->every;
        command->event = MSSL_EVENTS;
        command->result = MSSL_RESULTS;
        if (i < before && strcmp(was.program, command->program) == 0) {
            /* Where it is in its waits is not kept: it begins anew. */
            command->event = was.event;
            command->result = was.result;
            command->tried = was.tried;
            command->told = was.told;
        }
    }
    record->is_changed = 1;
}

void mssl_record_set_walk(mssl_record_t *record, apr_time_t walk)
{
    /* To the second, as the file has it. */
    record->is_changed |= apr_time_sec(record->now.walk) != apr_time_sec(walk);
    record->now.walk = walk;
}

void mssl_record_begin(mssl_record_t *record, int i, mssl_event_t event, apr_time_t now)
{
    if (i < record->now.n) {
        record->now.command[i].event = event;
        record->now.command[i].result = MSSL_RESULTS;
        record->now.command[i].tried = now;
        record->now.command[i].next = 0;
    }
    record->is_changed = 1;
}

void mssl_record_end(mssl_record_t *record, int i, mssl_event_t event, int failures, apr_time_t now,
                     apr_time_t next)
{
    mssl_result_t result = failures == 0 ? MSSL_RESULT_TOLD : MSSL_RESULT_FAILED;
    mssl_standing_command_t *command = &record->now.command[i];

    record->is_changed = 1;
    record->now.count[event][result]++;
    if (i >= record->now.n) {
        return;
    }
    command->result = result;
    command->failures = failures;
    command->next = failures > 0 ? next : 0;
    if (failures == 0) {
        command->told = now;
    }
}

void mssl_record_set_jobs(mssl_record_t *record, const char *state, apr_uint64_t n)
{
    mssl_standing_t *now = &record->now;
    int i = 0;

    while (i < now->njobs && strcmp(now->jobs[i].state, state) != 0) {
        i++;
    }
    if (i < now->njobs ? now->jobs[i].n == n
                       : i == MSSL_STANDING_STATES || !mssl_standing_is_word(state)) {
        return;
    }
    if (i == now->njobs) {
        strcpy(now->jobs[now->njobs++].state, state);
    }
    now->jobs[i].n = n;
    record->is_changed = 1;
}

void mssl_record_clear_jobs(mssl_record_t *record)
{
    record->is_changed |= record->now.njobs > 0;
    record->now.njobs = 0;
}

void mssl_record_add_order(mssl_record_t *record, const char *issuer, int is_issued)
{
    mssl_standing_t *now = &record->now;
    int i = 0;

    while (i < now->norders && strcmp(now->orders[i].issuer, issuer) != 0) {
        i++;
    }
    if (i == MSSL_STANDING_ISSUERS || !mssl_standing_is_word(issuer)) {
        return;
    }
    if (i == now->norders) {
        memset(&now->orders[i], 0, sizeof(now->orders[i]));
        strcpy(now->orders[now->norders++].issuer, issuer);
    }
    now->orders[i].issued += is_issued != 0;
    now->orders[i].failed += is_issued == 0;
    record->is_changed = 1;
}

static apr_status_t write_file(const mssl_record_t *record, mssl_reason_t *why)
{
    const mssl_owner_t everybody = { (uid_t)-1, (gid_t)-1, 0644 };
    mssl_buffer_t text = { .max = MSSL_STANDING_MAX };
    int folder = open_folder(record);
    apr_status_t rv;

    if (folder < 0) {
        return mssl_reason_set(why, errno, MSSL_STANDING_FOLDER ": %s", strerror(errno));
    }
    rv = mssl_standing_write(&record->now, mssl_buffer_add, &text);
    if (rv != APR_SUCCESS) {
        mssl_reason_set(why, rv, MSSL_STANDING_FILE ": no memory for it");
    }
    else {
        rv = mssl_file_write_lazily(folder, MSSL_STANDING_FILE, text.data, text.len, &everybody, why);
    }
    mssl_buffer_free(&text);
    close(folder);
    return rv;
}

apr_status_t mssl_record_keep(mssl_record_t *record, mssl_reason_t *why)
{
    apr_time_t now = mssl_monotonic_now();

    if (!record->is_changed && record->written != 0
        && now - record->written < MSSL_STANDING_PERIOD) {
        return record->rv;
    }
    record->written = now;
    record->is_changed = 0;
    record->now.seen = apr_time_now();
    record->rv = write_file(record, why);
    return record->rv;
}
