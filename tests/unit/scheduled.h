/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_TESTS_UNIT_SCHEDULED_H
#define MSSL_TESTS_UNIT_SCHEDULED_H

/** @file scheduled.h A schedule with three issuers and a list, for its tests. */

#include <apr_general.h>
#include <apr_strings.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/issue/schedule.h"
#include "tests/unit/certs.h"

#define NOW apr_time_from_sec(1800000000)
#define HOUR apr_time_from_sec(3600)
#define DAY (24 * HOUR)

typedef struct room_t {
    apr_pool_t *pool;
    char root[64];
    int dir;
    mssl_issuing_t issuing;
    mssl_ledger_t *ledger;
    mssl_schedule_t *schedule;
    apr_time_t now;
    mssl_turn_t turn;
    mssl_reason_t why;
} room_t;

static inline void ignore(void *baton, const char *text)
{
    (void)baton;
    fail_msg("%s", text);
}

static inline int is_served(void *baton, const char *name)
{
    return baton != NULL && strstr(baton, name) != NULL;
}

static inline void add_issuer(room_t *room, const char *name, const char *directory, int by_request)
{
    static const char *argv[] = { "/none", NULL };

    APR_ARRAY_PUSH(room->issuing.issuers, mssl_issuer_t) =
        (mssl_issuer_t){ .name = name, .argv = argv, .directory = directory,
                         .by_request = by_request };
}

/* These names may, and no others. */
static inline void permit(room_t *room, const char *lines)
{
    certs_write_text(room->root, "names", lines);
    if (room->issuing.lists->nelts == 0) {
        APR_ARRAY_PUSH(room->issuing.lists, const char *) =
            apr_pstrcat(room->pool, room->root, "/names", NULL);
    }
    chmod(APR_ARRAY_IDX(room->issuing.lists, 0, const char *), 0644);
    mssl_schedule_permit(room->schedule, mssl_permits_read(&room->issuing, -1, NULL, NULL, ignore, NULL,
                                                           room->pool), room->now);
}

static inline int set_up(void **state)
{
    room_t *room = calloc(1, sizeof(*room));

    apr_initialize();
    apr_pool_create(&room->pool, NULL);
    certs_folder(room->root, sizeof(room->root));
    room->dir = open(room->root, O_RDONLY | O_DIRECTORY);
    room->now = NOW;
    mssl_issuing_init(&room->issuing, room->pool);
    add_issuer(room, "first", "https://ca.test/dir", 0);
    add_issuer(room, "hand", NULL, 1);
    add_issuer(room, "second", NULL, 0);
    room->ledger = mssl_ledger_make(room->dir, room->pool);
    room->schedule = mssl_schedule_make(&room->issuing, room->ledger, room->pool);
    *state = room;
    return 0;
}

static inline int tear_down(void **state)
{
    room_t *room = *state;

    close(room->dir);
    apr_pool_destroy(room->pool);
    certs_remove(room->root);
    free(room);
    apr_terminate();
    return 0;
}

static inline int take(room_t *room)
{
    return mssl_schedule_take(room->schedule, room->now, &room->turn);
}

static const char *const tasks[MSSL_TASKS] = {
    "preflight", "order", "poll", "approve", "decline", "leave", "return", "retire", "forget", "revoke",
    "advise", "resend", "meanwhile",
};

/* "order a.test first", "nothing" */
static inline const char *next(room_t *room)
{
    if (!take(room)) {
        return "nothing";
    }
    return apr_pstrcat(room->pool, tasks[room->turn.task], " ", room->turn.name,
                       room->turn.issuer != NULL ? " " : "",
                       room->turn.issuer != NULL ? room->turn.issuer->name : "", NULL);
}

static inline mssl_job_t make_job(const char *name, mssl_job_state_t state, apr_time_t at)
{
    mssl_job_t job;

    mssl_job_init(&job, name, NOW);
    job.state = state;
    job.next = at;
    MSSL_JOB_SET(job.issuer, "first");
    if (state == MSSL_JOB_INSTALLED || state == MSSL_JOB_GONE) {
        MSSL_JOB_SET(job.serial, "01");
        MSSL_JOB_SET(job.directory, "https://ca.test/dir");
        job.installed = NOW - 10 * DAY;
    }
    return job;
}

static inline void put(room_t *room, const mssl_job_t *job)
{
    mssl_schedule_put(room->schedule, job, room->now);
}

static inline void looked(room_t *room, const char *name, mssl_job_found_t found)
{
    mssl_job_t job = make_job(name, MSSL_JOB_WANTED, room->now);

    job.found = found;
    job.checked = room->now;
    put(room, &job);
}

static inline void survey(room_t *room, const char *served)
{
    mssl_schedule_survey(room->schedule, is_served, (void *)served, room->now);
}

#endif /* MSSL_TESTS_UNIT_SCHEDULED_H */
