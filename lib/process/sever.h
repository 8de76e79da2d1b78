/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_LIB_PROCESS_SEVER_H
#define MSSL_LIB_PROCESS_SEVER_H

/**
 * @file sever.h
 * Cuts a forked process off from what its parent shared with it: descriptors (listeners, the pipe
 * of death, log pipes of others) and memory (the scoreboard, caches of sessions, locks).
 */

#include <apr_errno.h>

#include "lib/base/kept.h"

/**
 * Close every descriptor but standard error, a connection to the system's log, and what is kept.
 * Standard input and output become /dev/null. One thread.
 * @return APR_SUCCESS; other: some may be left
 */
apr_status_t mssl_sever_descriptors(const mssl_kept_t *kept);

/**
 * Unmap what is shared and not kept. Read-only mappings of files that everybody may read are left:
 * libc looks into such (gconv's and nscd's caches). Behind it no pool, lock or cache that lay there
 * may be touched (the places stay empty), so the process ends by _exit(). One thread.
 * @return APR_SUCCESS; other: nothing was unmapped, /proc is not there
 */
apr_status_t mssl_sever_mappings(const mssl_kept_t *kept);

#endif /* MSSL_LIB_PROCESS_SEVER_H */
