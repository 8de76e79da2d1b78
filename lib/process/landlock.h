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

/** @return the version of Landlock's interface; 0: not in this kernel, or not switched on */
int mssl_landlock_get_version(void);

/**
 * For good, for this thread and those that it starts. Needs no_new_privs.
 * @param version as found
 * @param denied MSSL_DENY_*
 * @param place descriptors of folders, in and below which writing stays allowed
 */
apr_status_t mssl_landlock_confine(int version, unsigned denied, const int *place, int nplaces);

#endif /* MSSL_LIB_PROCESS_LANDLOCK_H */
