/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_LIB_STEWARD_OTHERS_H
#define MSSL_LIB_STEWARD_OTHERS_H

/**
 * @file others.h
 * Whose certificates are in service, as the inventory found it: a name that somebody else's pair
 * serves, valid and not urgent, is not ordered (certbot's, an admin's, a wildcard's); nor is one that
 * NAME.none excludes. One thread.
 */

#include "lib/inventory/index.h"
#include "lib/issue/schedule.h"

/**
 * @param dir descriptor of MSSLStateDir: whose pairs are ours is told by the folder itself, as a path
 *        may be written in many ways
 */
void mssl_others_survey(mssl_schedule_t *schedule, const mssl_index_t *index, int dir,
                        apr_time_t now, apr_pool_t *pool);

#endif /* MSSL_LIB_STEWARD_OTHERS_H */
