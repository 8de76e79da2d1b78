/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_LIB_ISSUE_GLANCE_H
#define MSSL_LIB_ISSUE_GLANCE_H

/**
 * @file glance.h
 * Whether a certificate for a name is being made at this moment, for who has none to show: from the
 * job's file (job.h), at most once a second for each name, and one open() for a name that has no job, and
 * one for the wildcard that would cover it.
 * What is remembered is bounded, so that strangers with many names cost nothing but looks. Any thread.
 */

#include <apr_pools.h>
#include <apr_time.h>
#include <sys/types.h>

#include "lib/issue/job.h"

/** What is believed so long. */
#define MSSL_GLANCE_AGE apr_time_from_sec(1)
/** An installed one may take so long to be seen by everybody. */
#define MSSL_GLANCE_FRESH apr_time_from_sec(60)

typedef enum {
    MSSL_GLANCE_NOTHING = 0, /**< no job, or one that does not bring a certificate soon */
    MSSL_GLANCE_MAKING,      /**< wanted, ordered, or just installed */
    MSSL_GLANCE_PENDING      /**< somebody else must do something */
} mssl_glance_is_t;

typedef struct mssl_glance_t mssl_glance_t;

/**
 * @param jobs descriptor of MSSLStateDir/jobs, which may be one that only leads there (O_PATH); the
 *        caller's, and open as long as this is used
 * @param owner the steward's user
 * @return NULL: no memory for it
 */
mssl_glance_t *mssl_glance_make(int jobs, uid_t owner, apr_pool_t *pool);

/** By the name's own job, or the wildcard's that covers it. @param name canonical */
mssl_glance_is_t mssl_glance_at(mssl_glance_t *glance, const char *name, apr_time_t now);

/** When a job was written last, by the file system's clock; 0: not known. @param glance a mssl_glance_t */
apr_time_t mssl_glance_get_written(void *glance);

/** All that is known of a name's certificate to be, as it is now. @return as mssl_job_load_covering() */
apr_status_t mssl_glance_load(const mssl_glance_t *glance, mssl_job_t *job, const char *name,
                              mssl_reason_t *why);

#endif /* MSSL_LIB_ISSUE_GLANCE_H */
