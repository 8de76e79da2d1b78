/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_LIB_STEWARD_EAR_H
#define MSSL_LIB_STEWARD_EAR_H

/**
 * @file ear.h
 * Where hints of httpd's children come: one end of a pair of sockets, which the steward inherits; else
 * MSSLStateDir/hints/socket, its own, 0620, of the group of the folder, which is httpd's. httpd makes the
 * folder at a start; what lies in the place of the socket goes. One thread; one steward at a time.
 */

#include "lib/files/sight.h"
#include "mod_mssl.h"

typedef struct mssl_ear_t {
    int fd;             /**< -1: there is none */
    int is_inherited;
    mssl_sight_t sight; /**< of the folder */
} mssl_ear_t;

/** @param inherited descriptor, or -1 */
void mssl_ear_init(mssl_ear_t *ear, int inherited);

/**
 * Bind it, where the folder is new, or something happened in it.
 * @param dir descriptor of MSSLStateDir; state_dir its path
 * @return APR_SUCCESS, also where there is no folder; other, with why: it is no good
 */
apr_status_t mssl_ear_look(mssl_ear_t *ear, int dir, const char *state_dir, mssl_reason_t *why);

#endif /* MSSL_LIB_STEWARD_EAR_H */
