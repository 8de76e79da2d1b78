/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_LIB_PROCESS_ERRAND_H
#define MSSL_LIB_PROCESS_ERRAND_H

/**
 * @file errand.h
 * A short errand: a process that is forked, confined as MSSL_ROLE_JUDGE, looks at files that its
 * parent, being root, does not parse itself, says one status and one sentence, and ends.
 */

#include <apr_time.h>

#include "lib/process/confine.h"

/** In the new process, which has the parent's memory as it was. @return what the caller is told */
typedef apr_status_t (*mssl_errand_fn)(void *baton, mssl_reason_t *why);

/**
 * Run one and wait for it. Blocks; one thread, or a process whose other threads hold no lock that
 * the errand takes. Who is not root need not: it calls the function itself.
 * @param plan of MSSL_ROLE_JUDGE
 * @param timeout behind it the process is killed (a hung file system)
 * @param why out: as the errand said it, control characters made '?'; or why it said nothing
 * @return as the errand; APR_TIMEUP; APR_EGENERAL: it died, or could not be confined
 */
apr_status_t mssl_errand_run(const mssl_plan_t *plan, mssl_errand_fn fn, void *baton,
                             apr_interval_time_t timeout, mssl_reason_t *why);

#endif /* MSSL_LIB_PROCESS_ERRAND_H */
