/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_LIB_PROCESS_SECCOMP_H
#define MSSL_LIB_PROCESS_SECCOMP_H

/**
 * @file seccomp.h
 * The kernel's filter of calls: those of calls.h that a row of rights.h has, no other. A call that
 * is not in the list fails with ENOSYS, so that libc falls back to an older one; one that is made
 * in a way that is not allowed fails with EPERM. Calls by the numbers of another architecture end
 * the process.
 */

#include <apr_errno.h>

/** Whether this kernel filters, for us, on this architecture. Changes nothing. */
int mssl_seccomp_is_there(void);

/**
 * For good, for this thread and those that it starts. Needs no_new_privs.
 * @param groups MSSL_CALLS_*
 */
apr_status_t mssl_seccomp_confine(unsigned groups);

#endif /* MSSL_LIB_PROCESS_SECCOMP_H */
