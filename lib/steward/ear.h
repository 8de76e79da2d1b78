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
#include "lib/issue/schedule.h"

typedef struct mssl_ear_t {
    int fd;             /**< -1: there is none */
    int is_inherited;
    int dir;            /**< descriptor of MSSLStateDir */
    const char *state_dir;
    mssl_sight_t sight; /**< of the folder */
} mssl_ear_t;

/**
 * @param inherited descriptor, or -1
 * @param dir descriptor of MSSLStateDir; state_dir its path, kept
 */
void mssl_ear_init(mssl_ear_t *ear, int inherited, int dir, const char *state_dir);

/**
 * Take what came, without waiting: the turns of names that may have a certificate come forward
 * (mssl_schedule_hint()), and what of theirs is lost is ordered anew (lost.h).
 * @param unknown called for a name that nobody vouches for: a stranger's word
 * @param report called with a sentence, also where the folder is no good
 */
void mssl_ear_hear(mssl_ear_t *ear, mssl_schedule_t *schedule,
                   void (*unknown)(void *baton, const char *name),
                   void (*report)(void *baton, const char *text), void *baton);

#endif /* MSSL_LIB_STEWARD_EAR_H */
