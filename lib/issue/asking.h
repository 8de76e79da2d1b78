/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_LIB_ISSUE_ASKING_H
#define MSSL_LIB_ISSUE_ASKING_H

/**
 * @file asking.h
 * Which name the program of MSSLIssueFor ask:PROGRAM is asked for next, however many names strangers
 * bring up: so many at once and a second, so few of one registered domain an hour, and for none twice
 * within the time that a no is believed. Bounded in memory by these numbers. No clock, no program: a
 * test brings up 100,000 names. One thread.
 */

#include <apr_pools.h>
#include <apr_time.h>

#include "lib/base/name.h"

#define MSSL_ASKING_AT_ONCE 4
#define MSSL_ASKING_A_SECOND 10
/** Names of one registered domain in an hour; what is due does not count. */
#define MSSL_ASKING_DOMAIN 20
/** What waits above that is dropped, and comes again with the next visitor. */
#define MSSL_ASKING_WAITING 100
/** A no is believed for so long. */
#define MSSL_ASKING_BELIEVED apr_time_from_sec(600)

/** Why a name is asked for. */
typedef enum {
    MSSL_ASKING_WANTED = 0, /**< somebody, anybody, came for it */
    MSSL_ASKING_DUE         /**< before an order of a name that has a yes, or an admin wants to know */
} mssl_asking_cause_t;

typedef struct mssl_asking_t mssl_asking_t;

mssl_asking_t *mssl_asking_make(apr_pool_t *pool);

/** @return whether it is asked for, or is going to be; 0: not now */
int mssl_asking_bring(mssl_asking_t *asking, const char *name, mssl_asking_cause_t cause,
                      apr_time_t now);

/** Whether it waits, or is being asked for. */
int mssl_asking_has(const mssl_asking_t *asking, const char *name);

/**
 * The next one, what is due first. It is being asked for until mssl_asking_end().
 * @param cause out
 * @return 0: none now
 */
int mssl_asking_take(mssl_asking_t *asking, apr_time_t now, char name[MSSL_NAME_SIZE],
                     mssl_asking_cause_t *cause);

/** @param is_yes else the name is not asked for again for a while, for strangers */
void mssl_asking_end(mssl_asking_t *asking, const char *name, int is_yes, apr_time_t now);

/** How many names and domains it knows of, for tests: bounded. */
unsigned int mssl_asking_count(const mssl_asking_t *asking);

#endif /* MSSL_LIB_ISSUE_ASKING_H */
