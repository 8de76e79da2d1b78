/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_TOOLS_MSSLCTL_ENDS_H
#define MSSL_TOOLS_MSSLCTL_ENDS_H

/**
 * @file ends.h
 * Certificates that were to be made here and are not: a name that has none yet is in no store, and one
 * whose renewal fails is valid for a while. What waits in its turn, or for a person, is none of them.
 */

#include "lib/issue/job.h"
#include "tools/msslctl/server.h"

typedef enum { CTL_END_FAILED = 0, CTL_END_DECLINED, CTL_ENDS } ctl_end_t;

/** The state of its jobs. */
mssl_job_state_t ctl_ends_state(ctl_end_t end);

/** "2 certificates could not be made" */
const char *ctl_ends_text(apr_pool_t *pool, ctl_end_t end, int n);

/** The command that lists them. */
const char *ctl_ends_command(apr_pool_t *pool, ctl_end_t end);

/**
 * In a worker: count them, of all names by the steward's own account, else by the jobs of the names.
 * @param n names; 0: all
 * @param counts out: 0 where nothing is issued
 */
void ctl_ends_count(int counts[CTL_ENDS], const ctl_server_t *server, const char *const *names, int n,
                    apr_pool_t *pool);

#endif /* MSSL_TOOLS_MSSLCTL_ENDS_H */
