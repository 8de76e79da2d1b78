/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_LIB_ISSUE_SCHEDULE_H
#define MSSL_LIB_ISSUE_SCHEDULE_H

/**
 * @file schedule.h
 * Whose turn it is: what the steward knows of all jobs, in some hundred bytes each, and which of
 * them is worked on next, by which issuer. No file, no clock, no program: a test runs two years of it
 * in seconds. One thread.
 *
 * At most MSSL_TURNS at once. Renewals go first, one in MSSL_RENEWAL_SPAN, and count in no limit; what
 * an admin asked for comes next, then what is pending, then first orders, the longest wanted first, as
 * the issuer's limits let them. A name has one turn at a time.
 */

#include "lib/issue/ledger.h"
#include "lib/issue/permit.h"
#include "lib/issue/work.h"

#define MSSL_TURNS 4
#define MSSL_RENEWAL_SPAN (2 * APR_USEC_PER_SEC)
/** A hint makes preflight look again, not more often than that. */
#define MSSL_HINT_SPAN apr_time_from_sec(120)
/** Preflight asks this server by the name, as a visitor does: so long after it a hint may be of that. */
#define MSSL_ECHO_SPAN apr_time_from_sec(3)

typedef struct mssl_schedule_t mssl_schedule_t;

/** One turn. Texts are the schedule's, until its name is forgotten. */
typedef struct mssl_turn_t {
    const char *name;
    mssl_task_t task;
    const mssl_issuer_t *issuer; /**< NULL: of the job, or the task has none */
    mssl_job_why_t why;
    const mssl_permit_t *permit; /**< NULL: nobody vouches */
    mssl_job_state_t state;      /**< as it was when the turn was given, */
    apr_time_t since;            /**< since then: another one is another process's work */
    int is_asked;                /**< by an admin */
    int is_stopped;              /**< the issuer is not to be asked: what serves is thought of */
} mssl_turn_t;

/** For what is configured. @param issuing kept, as ledger */
mssl_schedule_t *mssl_schedule_make(const mssl_issuing_t *issuing, mssl_ledger_t *ledger,
                                    apr_pool_t *pool);

/** What a job's file says: at the start, and when a turn has ended. */
void mssl_schedule_put(mssl_schedule_t *schedule, const mssl_job_t *job, apr_time_t now);

/** The same, of a job whose renewal was put at another time: a turn that is under way goes on. */
void mssl_schedule_advise(mssl_schedule_t *schedule, const mssl_job_t *job, apr_time_t now);

/**
 * Who may, from now on: names that are new are wanted; those that nobody vouches for any more have a
 * turn that says so (MSSL_TASK_LEAVE), and those that are back one that says that (MSSL_TASK_RETURN).
 * A name for which another issuer is named now is tried at once.
 * @param permits kept, until the next call has returned
 */
void mssl_schedule_permit(mssl_schedule_t *schedule, const mssl_permits_t *permits, apr_time_t now);

/**
 * What the inventory found: names in service with somebody else's pair, valid and not urgent, are not
 * ordered; no first order is made before this was called once.
 * @param is_served of a name or pattern
 */
void mssl_schedule_survey(mssl_schedule_t *schedule, int (*is_served)(void *baton, const char *name),
                          void *baton, apr_time_t now);

/**
 * Somebody wants this name: its turn comes forward. Any bytes' name may be asked for: what nobody
 * vouches for costs this look-up.
 * @return whether it is permitted
 */
int mssl_schedule_hint(mssl_schedule_t *schedule, const char *name, apr_time_t now);

/**
 * An admin asked: it is its turn now, whatever its state.
 * @return 0: there is no such job, or an order is asked for and nobody vouches for the name
 */
int mssl_schedule_ask(mssl_schedule_t *schedule, const char *name, mssl_task_t task);

/**
 * Whether a name's pair is to be in service: its job says so, nobody else's serves it, and nobody is at
 * it. Not before the first survey.
 */
int mssl_schedule_is_installed(const mssl_schedule_t *schedule, const char *name);

/** All such names, in no order. @param take @return whether to go on; may call mssl_schedule_lose() */
void mssl_schedule_list_installed(const mssl_schedule_t *schedule,
                                  int (*take)(void *baton, const char *name), void *baton);

/** What is done for a pair that is gone. */
typedef enum {
    MSSL_LOST_NOT = 0,  /**< nothing: it is none of those, or that was done before */
    MSSL_LOST_ASKED,    /**< it is ordered, out of turn */
    MSSL_LOST_FOR_GOOD  /**< nothing: its issuer costs money or a person's time */
} mssl_lost_t;

/** The pair of such a name is gone: it is asked for, once until its next turn has ended. */
mssl_lost_t mssl_schedule_lose(mssl_schedule_t *schedule, const char *name);

/** The issuer may be asked again, after MSSL_CLASS_ACCOUNT. */
void mssl_schedule_resume(mssl_schedule_t *schedule);

/**
 * The next turn, if there is one now. The order is written down in the ledger by the caller. It is
 * under way until mssl_schedule_put(), or mssl_schedule_give_back().
 * @return 1; 0: there is none
 */
int mssl_schedule_take(mssl_schedule_t *schedule, apr_time_t now, mssl_turn_t *turn);

/** The turn could not be begun: what was asked for is tried again then, and what is due. */
void mssl_schedule_give_back(mssl_schedule_t *schedule, const char *name, apr_time_t then);

/** The job's file is gone, and the name with it, unless somebody vouches for it. */
void mssl_schedule_forget(mssl_schedule_t *schedule, const char *name, apr_time_t now);

/** When mssl_schedule_take() may have one, if nothing else happens; 0: never. */
apr_time_t mssl_schedule_get_next(const mssl_schedule_t *schedule);

/** How many jobs are in each state. */
void mssl_schedule_count(const mssl_schedule_t *schedule, apr_uint32_t states[MSSL_JOB_STATES]);

#endif /* MSSL_LIB_ISSUE_SCHEDULE_H */
