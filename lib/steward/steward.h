/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_LIB_STEWARD_STEWARD_H
#define MSSL_LIB_STEWARD_STEWARD_H

/**
 * @file steward.h
 * The steward: looks at what the inventory found, and tells the configured commands what is due
 * (notice.h), each by a memory of its own. What could not be told is told later, together with what
 * came meanwhile, one program at a time. Beside that it has certificates made (jobs.h). How it is
 * itself it writes down for the status (record.h). It has no right that its user does not have, and
 * hears nobody but for names that are wanted, which are a hint. One thread; SIGTERM, SIGINT and SIGCHLD
 * are blocked by the caller.
 */

#include "lib/steward/scene.h"
#include "lib/notify/settings.h"

/** What it has to say to the log. */
typedef enum {
    MSSL_STEWARD_UNTOLD,  /**< a command failed */
    MSSL_STEWARD_TOLD,    /**< one was told again, after failures; or at all */
    MSSL_STEWARD_DAMAGED, /**< a file of its own or of httpd's is no good */
    MSSL_STEWARD_WAITS,   /**< another one is at work */
    MSSL_STEWARD_ISSUED,  /**< a certificate is in service */
    MSSL_STEWARD_FAILED,  /**< none is, and why */
    MSSL_STEWARD_PENDING, /**< somebody must act before one is */
    MSSL_STEWARD_GONE,    /**< one is out of service, or is going to be */
    MSSL_STEWARD_MENDED,  /**< something is in the way of issuing no more */
    MSSL_STEWARD_TROUBLE  /**< something is */
} mssl_steward_event_t;

typedef struct mssl_steward_conf_t {
    int dir;                       /**< descriptor of MSSLStateDir */
    const char *state_dir;         /**< its path; NULL: nothing is issued */
    int hints;                     /**< descriptor that names come by (asked.h); -1 */
    const char *self;              /**< its own program, which has the shipped ones in it */
    int generation;                /**< httpd's, for the status; -1: unknown */
    apr_interval_time_t patience;  /**< a command may take so long */
    apr_interval_time_t mercy;     /**< and so long to end when it was told to */
    apr_interval_time_t recheck;   /**< reminders are looked for so often */
    apr_interval_time_t minute;    /**< the unit of the waits behind failures; a test has a shorter one */
    void (*report)(void *baton, mssl_steward_event_t event, const char *text);
    /** For mssl_steward_test(), instead of report: a command has ended, with this code; -1: with none. */
    void (*tested)(void *baton, const char *command, int code, apr_status_t rv, const char *text);
    void *baton;
} mssl_steward_conf_t;

typedef struct mssl_steward_t mssl_steward_t;

/** How it is set up to work: 30 s, 5 s, 60 s, a minute; generation and descriptors -1. The rest is zeroed. */
void mssl_steward_conf_init(mssl_steward_conf_t *conf);

/** @param conf copied */
mssl_steward_t *mssl_steward_make(const mssl_steward_conf_t *conf, apr_pool_t *pool);

/**
 * Look once, and tell what is due.
 * @return APR_SUCCESS; APR_EAGAIN: another steward is at work, and nothing was done
 */
apr_status_t mssl_steward_look(mssl_steward_t *steward);

/**
 * Begin nothing more: another one may be at work from now on. What still works on names is waited for,
 * for ten minutes at most.
 */
void mssl_steward_finish(mssl_steward_t *steward);

/**
 * Look again and again, until SIGTERM or SIGINT, and finish.
 * @param interval between two looks, where nothing happens meanwhile
 */
void mssl_steward_run(mssl_steward_t *steward, apr_interval_time_t interval);

/**
 * Run each command once with an event "test", and note nothing.
 * @return APR_SUCCESS: all of them took it; APR_ENOENT: there are none; other: one did not, which was
 *         reported, or it cannot be said which there are
 */
apr_status_t mssl_steward_test(const mssl_steward_conf_t *conf, apr_pool_t *pool);

#endif /* MSSL_LIB_STEWARD_STEWARD_H */
