/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_LIB_STEWARD_JOBS_H
#define MSSL_LIB_STEWARD_JOBS_H

/**
 * @file jobs.h
 * The steward's issuing: reads who may have a certificate (lib/issue/permit.h), what the inventory
 * found and what msslctl asks for, and has each turn (lib/issue/schedule.h) worked on by a process of
 * its own (lib/issue/work.h), which outlives the steward where it must. Nothing here blocks for long.
 * One thread; SIGCHLD blocked. One steward at a time: whoever holds its lock.
 */

#include "lib/steward/news.h"
#include "lib/steward/scene.h"

typedef struct mssl_jobs_conf_t {
    int dir;               /**< descriptor of MSSLStateDir */
    const char *state_dir; /**< its path */
    int hints;             /**< descriptor that names come by as datagrams; -1 */
    /** MSSL_NEWS_NOTHING: a source, a job's file or a process is no good. */
    void (*report)(void *baton, mssl_news_t news, const char *text);
    /** An order was answered. */
    void (*count)(void *baton, const char *issuer, int is_issued);
    /**
     * A task for a name has ended, by a process of ours or of the steward before.
     * @param job as it is now; NULL: there is none any more
     * @param task MSSL_TASKS: none, it was found so at the start
     */
    void (*ended)(void *baton, const char *name, const mssl_job_t *job, mssl_task_t task);
    /** In a new process, before it works: close what only the steward is to hold. */
    void (*leave)(void *baton);
    void *baton;
} mssl_jobs_conf_t;

typedef struct mssl_jobs_t mssl_jobs_t;

/** @param conf copied */
mssl_jobs_t *mssl_jobs_make(const mssl_jobs_conf_t *conf, apr_pool_t *pool);

/**
 * What the inventory found now: whose certificates are in service.
 * @param scene kept, until the next one; NULL: nothing is known yet
 */
void mssl_jobs_survey(mssl_jobs_t *jobs, const mssl_scene_t *scene);

/** Look once: about each second, and when a process has ended. */
void mssl_jobs_look(mssl_jobs_t *jobs);

/** Whether other jobs, or jobs in other states, are there than at the last count. */
int mssl_jobs_has_changed(const mssl_jobs_t *jobs);

/** How many jobs are in which state. @return 0: nothing is issued, and there are none */
int mssl_jobs_count(mssl_jobs_t *jobs, apr_uint32_t states[MSSL_JOB_STATES]);

/** Begin nothing more. @return whether no process is at work any more */
int mssl_jobs_finish(mssl_jobs_t *jobs);

#endif /* MSSL_LIB_STEWARD_JOBS_H */
