/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_HTTPD_START_VITALS_H
#define MSSL_HTTPD_START_VITALS_H

/**
 * @file vitals.h
 * Which of our processes live, and since when: written by httpd's parent, which forks them and hears
 * when they die, into memory that its children read. Numbers only; nothing is decided by them but
 * what people are told of (lib/process/health.h): over graceful restarts, as that goes on.
 */

#include <httpd.h>

#include "lib/notify/alarm.h"
#include "lib/process/rights.h"

typedef struct mssl_vitals_t mssl_vitals_t;

/**
 * Parent, post_config: the server's, with what was noted before.
 * @return NULL: no memory for it, and nothing is known of them
 */
mssl_vitals_t *mssl_vitals_get(server_rec *s);

/** Parent: a process of a role was begun; it counts instead of an earlier one. */
void mssl_vitals_begin(mssl_vitals_t *vitals, mssl_role_t role, pid_t pid);

/** Parent: a process has died; nothing is changed where a later one counts by now. */
void mssl_vitals_end(mssl_vitals_t *vitals, mssl_role_t role, pid_t pid);

/** Parent: one died unasked, or could not be begun. */
void mssl_vitals_fail(mssl_vitals_t *vitals, mssl_role_t role);

/** Parent, now and then: whether those of a role are down. @param alarm out; never down without vitals */
void mssl_vitals_look(mssl_vitals_t *vitals, mssl_role_t role, mssl_alarm_t *alarm);

/** When httpd was started; 0: unknown. Any process. */
apr_time_t mssl_vitals_get_started(const mssl_vitals_t *vitals);

/** @param since out: when it was begun. @return its process id; 0: none lives. Any process */
long mssl_vitals_get_process(const mssl_vitals_t *vitals, mssl_role_t role, apr_time_t *since);

#endif /* MSSL_HTTPD_START_VITALS_H */
