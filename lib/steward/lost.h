/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_LIB_STEWARD_LOST_H
#define MSSL_LIB_STEWARD_LOST_H

/**
 * @file lost.h
 * Pairs that jobs say are in service and that are not in issued/ any more, as somebody removed them: they
 * are ordered anew, out of turn (MSSLIssueLimit name). Where issued/ itself is not there, nothing is lost:
 * it may be mounted again. One thread.
 */

#include "lib/issue/schedule.h"

/** So many are ordered anew at one survey: who lost all does not run into the limits of his CA. */
#define MSSL_LOST_MAX 16

/**
 * Look for all that are to be there.
 * @param dir descriptor of MSSLStateDir
 * @param report called with a sentence for each that is lost
 */
void mssl_lost_survey(mssl_schedule_t *schedule, int dir,
                      void (*report)(void *baton, const char *text), void *baton);

/** Look for one, as somebody asked for it in vain. */
void mssl_lost_look(mssl_schedule_t *schedule, int dir, const char *name,
                    void (*report)(void *baton, const char *text), void *baton);

#endif /* MSSL_LIB_STEWARD_LOST_H */
