/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_LIB_ISSUE_SHADOW_H
#define MSSL_LIB_ISSUE_SHADOW_H

/**
 * @file shadow.h
 * The other names of a certificate of several: its job is that of the first one, and each other one has a
 * copy of it in jobs/, which says so (job->of), for pages and people that ask by that name. A name that
 * has a job of its own keeps it until the common certificate is in service. Under the lock of the
 * first name. One thread.
 */

#include "lib/issue/job.h"

/** Locks of other names, while a certificate of theirs is filed. */
typedef struct mssl_shadow_locks_t {
    int fd[MSSL_NAMES_MAX];
    int n;
} mssl_shadow_locks_t;

/**
 * Write the copies of a job that was saved, and remove those for names that it has not any more.
 * @param before as it was when its copies were written last
 * @param jobs descriptor of jobs/
 * @return APR_SUCCESS; other, with why: it is done at the next time
 */
apr_status_t mssl_shadow_write(const mssl_job_t *job, const mssl_job_t *before, int jobs,
                               mssl_reason_t *why);

/** Call for each other name under which it is filed and has a copy. */
void mssl_shadow_list(const mssl_job_t *job, int jobs, void (*take)(void *baton, const char *name),
                      void *baton);

/** Remove a copy whose job is not there any more: something ended us while it was forgotten. */
void mssl_shadow_drop_stale(const mssl_job_t *copy, int jobs);

/** Remove all copies. */
void mssl_shadow_remove(const mssl_job_t *job, int jobs);

/**
 * Whether another name of its order has a job that must be settled before: an order that is pending, or
 * a certificate with others.
 * @return that name, and in why what to do; NULL: there is none
 */
const char *mssl_shadow_find_other(const mssl_job_t *job, int jobs, apr_pool_t *pool,
                                   mssl_reason_t *why);

/**
 * Take the locks of all other names.
 * @param dir descriptor of MSSLStateDir
 * @return APR_SUCCESS; APR_EAGAIN: another process works on one; other, with why. What was taken is
 *         given back by mssl_shadow_unlock() in each case
 */
apr_status_t mssl_shadow_lock(mssl_shadow_locks_t *locks, const mssl_job_t *job, int dir,
                              mssl_reason_t *why);
void mssl_shadow_unlock(mssl_shadow_locks_t *locks);

/** Their own jobs are over: what those have of orders is removed. With the locks. */
void mssl_shadow_take_over(const mssl_job_t *job, int dir, int jobs);

#endif /* MSSL_LIB_ISSUE_SHADOW_H */
