/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_LIB_PROCESS_CONFINE_H
#define MSSL_LIB_PROCESS_CONFINE_H

/**
 * @file confine.h
 * What a root process gives up before it listens to anybody: every capability but reading
 * (CAP_DAC_READ_SEARCH), for itself and for whatever it might execute; core dumps and being traced;
 * its supplementary groups; its working directory. It stays uid 0, as stores are root's. Called
 * with one thread; there is no way back.
 */

#include <sys/types.h>

#include "mod_mssl.h"

typedef struct mssl_confinement_t {
    pid_t parent;     /**< dies with it; 0: with nobody */
    const char *name; /**< of the process, at most 15 bytes */
} mssl_confinement_t;

/**
 * @param can_read out: 0: this machine (a container) withholds CAP_DAC_READ_SEARCH: only what root
 *         owns, or all may read, can be read
 * @return APR_SUCCESS; other: confined to nothing one can rely on, so the caller ends
 */
apr_status_t mssl_confine(const mssl_confinement_t *how, int *can_read, mssl_reason_t *why);

#endif /* MSSL_LIB_PROCESS_CONFINE_H */
