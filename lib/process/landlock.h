/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_LIB_PROCESS_LANDLOCK_H
#define MSSL_LIB_PROCESS_LANDLOCK_H

/**
 * @file landlock.h
 * Landlock (Linux 5.13 and later): takes rights from a process that even root has, each as far as
 * the kernel knows it.
 */

#include <apr_errno.h>

/** A folder with all below it, or a file, where some of what is denied is not. */
typedef struct mssl_landlock_rule_t {
    int fd;           /**< opened anyhow, O_PATH too */
    unsigned allowed; /**< MSSL_DENY_READ, _WRITE, _EXEC */
} mssl_landlock_rule_t;

/** @return the version of Landlock's interface; 0: not in this kernel, or not switched on */
int mssl_landlock_get_version(void);

/**
 * For good, for this thread and those that it starts. Needs no_new_privs.
 * @param version as found
 * @param denied MSSL_DENY_*
 * @param rule n of them; what they allow and is not denied anyhow does not matter
 */
apr_status_t mssl_landlock_confine(int version, unsigned denied, const mssl_landlock_rule_t *rule,
                                   int n);

#endif /* MSSL_LIB_PROCESS_LANDLOCK_H */
