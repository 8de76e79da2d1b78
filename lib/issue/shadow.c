/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "lib/issue/shadow.h"

#include <apr_strings.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/reason.h"
#include "lib/issue/lock.h"
#include "lib/issue/shelf.h"

/* @return whether there is one, of its own or a copy */
static int load(mssl_job_t *other, int jobs, const char *name)
{
    mssl_reason_t why;

    return mssl_job_load(other, jobs, name, geteuid(), &why) == APR_SUCCESS;
}

/* Those of a job that are not its own. */
static int next_other(const mssl_job_t *job, char name[MSSL_NAME_SIZE], const char **at)
{
    while (mssl_names_next(name, at)) {
        if (strcmp(name, job->name) != 0) {
            return 1;
        }
    }
    return 0;
}

static void remove_copy(const mssl_job_t *job, int jobs, const char *name)
{
    char file[MSSL_NAME_SIZE];
    mssl_job_t other;

    if (load(&other, jobs, name) && strcmp(other.of, job->name) == 0) {
        unlinkat(jobs, mssl_job_file(file, name), 0);
    }
}

static int has(const mssl_job_t *job, const char *name)
{
    return mssl_names_has(job->names, name) || mssl_names_has(job->filed, name);
}

static void sweep(const mssl_job_t *job, const char *names, const mssl_job_t *now, int jobs)
{
    char name[MSSL_NAME_SIZE];

    while (next_other(job, name, &names)) {
        if (now == NULL || !has(now, name)) {
            remove_copy(job, jobs, name);
        }
    }
}

static apr_status_t write_copies(const mssl_job_t *job, const char *names, int jobs,
                                 mssl_reason_t *why)
{
    apr_status_t rv = APR_SUCCESS;
    mssl_job_t copy = *job, other;

    MSSL_JOB_SET(copy.of, job->name);
    while (rv == APR_SUCCESS && next_other(job, copy.name, &names)) {
        if (!load(&other, jobs, copy.name) || strcmp(other.of, job->name) == 0) {
            rv = mssl_job_save(&copy, jobs, why);
        }
    }
    return rv;
}

apr_status_t mssl_shadow_write(const mssl_job_t *job, const mssl_job_t *before, int jobs,
                               mssl_reason_t *why)
{
    apr_status_t rv = write_copies(job, job->names, jobs, why);

    if (rv == APR_SUCCESS && strcmp(job->names, job->filed) != 0) {
        rv = write_copies(job, job->filed, jobs, why);
    }
    sweep(before, before->names, job, jobs);
    sweep(before, before->filed, job, jobs);
    return rv;
}

void mssl_shadow_list(const mssl_job_t *job, int jobs, void (*take)(void *baton, const char *name),
                      void *baton)
{
    const char *at = job->filed;
    char name[MSSL_NAME_SIZE];
    mssl_job_t other;

    while (next_other(job, name, &at)) {
        if (load(&other, jobs, name) && strcmp(other.of, job->name) == 0) {
            take(baton, name);
        }
    }
}

void mssl_shadow_drop_stale(const mssl_job_t *copy, int jobs)
{
    char file[MSSL_NAME_SIZE];
    mssl_reason_t why;
    mssl_job_t job;

    if (APR_STATUS_IS_ENOENT(mssl_job_load(&job, jobs, copy->of, geteuid(), &why))) {
        unlinkat(jobs, mssl_job_file(file, copy->name), 0);
    }
}

void mssl_shadow_remove(const mssl_job_t *job, int jobs)
{
    sweep(job, job->names, NULL, jobs);
    sweep(job, job->filed, NULL, jobs);
}

const char *mssl_shadow_find_other(const mssl_job_t *job, int jobs, apr_pool_t *pool,
                                   mssl_reason_t *why)
{
    const char *at = job->names;
    char name[MSSL_NAME_SIZE];
    mssl_job_t other;

    while (next_other(job, name, &at)) {
        if (!load(&other, jobs, name) || strcmp(other.of, job->name) == 0) {
            continue;
        }
        if (other.of[0] != '\0') {
            mssl_reason_set(why, APR_EINVAL, "%s is in a certificate with others; run: msslctl forget "
                            "%s", name, other.of);
            return apr_pstrdup(pool, name);
        }
        if (other.state == MSSL_JOB_PENDING || other.filed[0] != '\0') {
            mssl_reason_set(why, APR_EINVAL, other.state == MSSL_JOB_PENDING
                            ? "%s has a pending order of its own; run: msslctl decline %s"
                            : "%s has a certificate with others; run: msslctl forget %s", name, name);
            return apr_pstrdup(pool, name);
        }
    }
    return NULL;
}

apr_status_t mssl_shadow_lock(mssl_shadow_locks_t *locks, const mssl_job_t *job, int dir,
                              mssl_reason_t *why)
{
    const char *at = job->names;
    apr_status_t rv = APR_SUCCESS;
    char name[MSSL_NAME_SIZE];

    locks->n = 0;
    while (rv == APR_SUCCESS && locks->n < MSSL_NAMES_MAX && next_other(job, name, &at)) {
        rv = mssl_lock_take(&locks->fd[locks->n], dir, name, why);
        locks->n += rv == APR_SUCCESS;
    }
    return rv;
}

void mssl_shadow_unlock(mssl_shadow_locks_t *locks)
{
    while (locks->n > 0) {
        close(locks->fd[--locks->n]);
    }
}

void mssl_shadow_take_over(const mssl_job_t *job, int dir, int jobs)
{
    char name[MSSL_NAME_SIZE], file[MSSL_NAME_SIZE];
    const char *at = job->names;
    mssl_job_t other;

    while (next_other(job, name, &at)) {
        if (load(&other, jobs, name) && other.of[0] == '\0') {
            mssl_shelf_remove(dir, name);
            unlinkat(jobs, mssl_job_file(file, name), 0);
        }
    }
}
