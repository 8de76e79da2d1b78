/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_LIB_NOTIFY_STANDING_H
#define MSSL_LIB_NOTIFY_STANDING_H

/**
 * @file standing.h
 * How the steward is: MSSLStateDir/steward.d/steward.json, which the steward writes whole when
 * something changes and every 5 seconds, and which everybody may read (docs/server-json.md has the
 * schema, "mssl-steward/1"). The folder is the steward's, so whoever reads it reads what another
 * user wrote: bounded, without waiting, strictly; and old is what nobody writes any more. No
 * argument of a command is in it, and nothing that a certificate or a file name says. Any thread.
 */

#include <apr_pools.h>
#include <apr_time.h>
#include <sys/types.h>

#include "lib/base/json.h"
#include "mod_mssl.h"

#define MSSL_STANDING_FILE "steward.json"
/** The folder of MSSLStateDir that it is in; a link MSSLStateDir/steward.json leads there. */
#define MSSL_STANDING_FOLDER "steward.d"
/** What is longer is none. */
#define MSSL_STANDING_MAX ((apr_size_t)64 * 1024)
/** It is written so often. */
#define MSSL_STANDING_PERIOD apr_time_from_sec(5)
/** One that was not written for so long is old: its writer is gone, or hangs. */
#define MSSL_STANDING_LATE apr_time_from_sec(30)
/** So many commands are in it; there may be more. */
#define MSSL_STANDING_COMMANDS 20
/** Of a program's path so much, the NUL included. */
#define MSSL_STANDING_PROGRAM 256
/** Of so many states jobs are counted, and of so many issuers orders. */
#define MSSL_STANDING_STATES 16
#define MSSL_STANDING_ISSUERS 20
/** Of a state's or an issuer's name so much, the NUL included: [a-z0-9_-]. */
#define MSSL_STANDING_WORD 33

/** What a command is told of; the words are those of docs/notify.md. */
typedef enum {
    MSSL_EVENT_DIGEST = 0,
    MSSL_EVENT_STORE_UNREACHABLE,
    MSSL_EVENT_STORE_REACHABLE,
    MSSL_EVENT_BROKER_DOWN,
    MSSL_EVENT_BROKER_UP,
    MSSL_EVENT_INVENTORY_DOWN,
    MSSL_EVENT_ISSUED,   /**< the first of those of jobs */
    MSSL_EVENT_FAILED,
    MSSL_EVENT_PENDING,
    MSSL_EVENT_DECLINED, /**< the last of them */
    MSSL_EVENT_TEST,
    MSSL_EVENTS
} mssl_event_t;

/** How that went. */
typedef enum { MSSL_RESULT_TOLD = 0, MSSL_RESULT_FAILED, MSSL_RESULTS } mssl_result_t;

const char *mssl_event_get_word(mssl_event_t event);
/** Whether it is about certificates that are made here. @param word as an event's */
int mssl_event_is_of_jobs(const char *word);
const char *mssl_result_get_word(mssl_result_t result);

/** A command. Times are 0 where there is none. */
typedef struct mssl_standing_command_t {
    char program[MSSL_STANDING_PROGRAM]; /**< without arguments; "mail" */
    apr_interval_time_t every;
    mssl_event_t event;   /**< the last; MSSL_EVENTS: none yet, as in result */
    mssl_result_t result; /**< of that; MSSL_RESULTS: it runs now, or there was none */
    apr_time_t tried;     /**< when it was begun last */
    apr_time_t told;      /**< when it last took something */
    apr_time_t next;      /**< when what failed is tried again */
    int failures;         /**< since then */
} mssl_standing_command_t;

/** How many jobs are in a state of lib/issue/job.h. */
typedef struct mssl_standing_jobs_t {
    char state[MSSL_STANDING_WORD];
    apr_uint64_t n;
} mssl_standing_jobs_t;

/** What became of an issuer's orders, over restarts of the steward. */
typedef struct mssl_standing_orders_t {
    char issuer[MSSL_STANDING_WORD];
    apr_uint64_t issued, failed;
} mssl_standing_orders_t;

typedef struct mssl_standing_t {
    long pid;
    apr_time_t started, seen; /**< seen: when this was written */
    int generation;           /**< httpd's; -1: the system began it */
    apr_time_t walk;          /**< the end of the inventory's walk that it went by last */
    apr_uint64_t count[MSSL_EVENTS][MSSL_RESULTS]; /**< over restarts of it */
    mssl_standing_command_t command[MSSL_STANDING_COMMANDS];
    int n, cut;               /**< commands; how many more there are */
    mssl_standing_jobs_t jobs[MSSL_STANDING_STATES];
    int njobs;                /**< 0: nothing is issued */
    mssl_standing_orders_t orders[MSSL_STANDING_ISSUERS];
    int norders;
} mssl_standing_t;

apr_status_t mssl_standing_write(const mssl_standing_t *standing, mssl_json_sink_fn sink,
                                 void *baton);

/**
 * What became of a command, as members of the object that is open.
 * @param next in place of the command's
 */
void mssl_standing_put_outcome(mssl_json_t *json, const mssl_standing_command_t *command,
                               apr_time_t next);

/** The member "notifications". @param standing NULL: it is empty @param end the first that is left out */
void mssl_standing_put_counts(mssl_json_t *json, const mssl_standing_t *standing, mssl_event_t end);

/** The member "jobs". @param standing NULL: it is empty */
void mssl_standing_put_jobs(mssl_json_t *json, const mssl_standing_t *standing);

/** The member "orders". @param standing NULL: it is empty */
void mssl_standing_put_orders(mssl_json_t *json, const mssl_standing_t *standing);

/** Whether a text may be a state or an issuer in it. */
int mssl_standing_is_word(const char *text);

/**
 * Read it. Nothing is waited for, whatever lies there.
 * @param dir descriptor of MSSLStateDir
 * @param owner who may have written it, besides root
 * @param standing out, in pool; NULL
 * @return APR_SUCCESS; APR_ENOENT: there is none; APR_EINVAL: it is damaged; other, with why
 */
apr_status_t mssl_standing_read(mssl_standing_t **standing, int dir, uid_t owner,
                                apr_pool_t *pool, mssl_reason_t *why);

/** Whether nobody writes it any more; also one from the future is. */
int mssl_standing_is_old(const mssl_standing_t *standing, apr_time_t now);

#endif /* MSSL_LIB_NOTIFY_STANDING_H */
