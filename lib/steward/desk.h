/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_LIB_STEWARD_DESK_H
#define MSSL_LIB_STEWARD_DESK_H

/**
 * @file desk.h
 * The desk of one command (MSSLNotifyCommand): what it was told, what it is to be told now, and what
 * becomes of it where it fails. The steward serves one desk after the other. The shipped command
 * "owner" is run for one owner of names after the other, who each count by themselves; it is told of
 * certificates that are made, and of nothing else. One thread; SIGCHLD blocked.
 */

#include "lib/steward/heard.h"
#include "lib/steward/memory.h"
#include "lib/steward/owners.h"
#include "lib/steward/record.h"
#include "lib/steward/tell.h"
#include "lib/steward/tidings.h"

/** What it has to say to the log. */
typedef enum {
    MSSL_DESK_UNTOLD, /**< the command failed */
    MSSL_DESK_TOLD,   /**< it took something */
    MSSL_DESK_DAMAGED,/**< a file of what it was told is no good */
    MSSL_DESK_EVENTS
} mssl_desk_event_t;

/** What all desks have in common. Outlives them. */
typedef struct mssl_desk_conf_t {
    int dir;                      /**< descriptor of MSSLStateDir */
    int notified;                 /**< of the folder of what was told */
    const mssl_teller_t *teller;
    mssl_record_t *record;        /**< what becomes of each command is noted in it */
    apr_interval_time_t recheck, minute; /**< as the steward's */
    void (*report)(void *baton, mssl_desk_event_t event, const char *text);
    void (*keep)(void *baton);    /**< a command is begun: the record is to be written */
    void *baton;
} mssl_desk_conf_t;

typedef struct mssl_desk_t {
    const mssl_desk_conf_t *conf;
    const mssl_order_t *order;
    const char *server;           /**< how the server calls itself */
    int number;                   /**< its place in the settings */
    mssl_notices_t *notices;
    mssl_heard_t heard;
    mssl_tidings_t *tidings;
    mssl_owners_t *owners;        /**< it writes to the owners of names; NULL: it does not */
    int is_unsaved;               /**< something came to them since they were written */
    char name[MSSL_MEMORY_NAME_SIZE];
    int failures;                 /**< since it was told last */
    apr_time_t next; /**< when to look whether something is due, whatever happens; 0: now */
} mssl_desk_t;

/** How long to wait behind so many failures: 1, 5, 15, 60 minutes, and so on. */
apr_interval_time_t mssl_desk_get_wait(int failures, apr_interval_time_t minute);

/**
 * Read what it was told.
 * @param desk out; it is the caller's
 * @param conf, order, server kept
 * @param number the command's place in the settings
 */
void mssl_desk_open(mssl_desk_t *desk, const mssl_desk_conf_t *conf, const mssl_order_t *order,
                    const char *server, int number, apr_pool_t *pool);

/** The inventory has found something: it is looked at now, unless what failed waits for its time. */
void mssl_desk_wake(mssl_desk_t *desk);

/** Whether its time has come. A clock that was set back: what it is by now counts. */
int mssl_desk_is_due(const mssl_desk_t *desk);

/** Tell it what is due of what is in service. @param pool of what is needed on the way */
void mssl_desk_serve(mssl_desk_t *desk, const mssl_scene_t *scene, apr_time_t now, apr_pool_t *pool);

/**
 * The same, of processes. Not held up by what the inventory finds, which may be what is down.
 * @param alarm of MSSL_ALARMS
 */
void mssl_desk_serve_alarms(mssl_desk_t *desk, const mssl_alarm_t *alarm, apr_time_t now,
                            apr_pool_t *pool);

/**
 * A task for a name has ended.
 * @param job as it is now; NULL: there is none any more
 * @param task MSSL_TASKS: none, it was found so
 */
void mssl_desk_note(mssl_desk_t *desk, const char *name, const mssl_job_t *job, mssl_task_t task);

/** Write what came so and was not told yet, if anything did. */
void mssl_desk_keep(mssl_desk_t *desk, apr_pool_t *pool);

/** Tell it one event of certificates that are made, if one is due. Not held up by the inventory. */
void mssl_desk_serve_jobs(mssl_desk_t *desk, apr_time_t now, apr_pool_t *pool);

#endif /* MSSL_LIB_STEWARD_DESK_H */
