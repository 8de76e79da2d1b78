/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_LIB_STEWARD_VOUCH_H
#define MSSL_LIB_STEWARD_VOUCH_H

/**
 * @file vouch.h
 * What the steward itself knows of who may have a certificate: the program of MSSLIssueFor
 * ask:PROGRAM, which is asked for names that strangers, orders and admins bring up
 * (lib/issue/asking.h), by processes of their own, and what it said (lib/issue/consent.h); and, until
 * the inventory has said which folders there are, those that were. Nothing here blocks. One thread;
 * SIGCHLD blocked.
 */

#include "lib/issue/permit.h"
#include "lib/issue/schedule.h"

typedef struct mssl_vouch_conf_t {
    int dir;               /**< descriptor of MSSLStateDir */
    const char *state_dir; /**< its path */
    void (*report)(void *baton, const char *text);
    /** In a new process, before it works: close what only the steward is to hold. */
    void (*leave)(void *baton);
    void *baton;
} mssl_vouch_conf_t;

typedef struct mssl_vouch_t mssl_vouch_t;

/** @param conf copied */
mssl_vouch_t *mssl_vouch_make(const mssl_vouch_conf_t *conf, apr_pool_t *pool);

/** Another configuration: names of jobs are told anew. @param issuing kept; NULL: nothing is issued */
void mssl_vouch_configure(mssl_vouch_t *vouch, const mssl_issuing_t *issuing);

/** A job that is there at the start. */
void mssl_vouch_note_job(mssl_vouch_t *vouch, const mssl_job_t *job);

/** For mssl_permits_read(): valid until the next call of anything here. */
const apr_array_header_t *mssl_vouch_get_known(mssl_vouch_t *vouch);

/**
 * A name that nobody vouches for is wanted.
 * @param is_admin else it is a stranger's word, and any bytes' name
 * @return whether the program is asked for it, or is going to be
 */
int mssl_vouch_bring(mssl_vouch_t *vouch, const mssl_permits_t *permits, const char *name,
                     int is_admin);

/**
 * Whether a turn may begin: before an order of a name that is there by the program's word alone, that
 * is asked again.
 * @return 0: it may; else when to look again
 */
apr_time_t mssl_vouch_check(mssl_vouch_t *vouch, const mssl_turn_t *turn, apr_time_t now);

/**
 * Take answers, and ask for more. What is asked when the steward ends is asked again by the next one.
 * @return whether who may has changed
 */
int mssl_vouch_look(mssl_vouch_t *vouch);

#endif /* MSSL_LIB_STEWARD_VOUCH_H */
