/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_LIB_ISSUE_PLAN_H
#define MSSL_LIB_ISSUE_PLAN_H

/**
 * @file plan.h
 * When: the times of a job, as pure functions of what happened. Any thread; no clock of their own.
 * The spread is by the name, so that a crash does not draw it anew.
 */

#include "lib/base/warns.h"
#include "lib/issue/job.h"

/**
 * It failed: state, class, failures, since when, and when it is tried again. The texts are the caller's
 * to set, what was found by preflight counts no more.
 * @param retry_at what the CA said; 0: nothing
 */
void mssl_plan_fail(mssl_job_t *job, mssl_class_t class, apr_time_t retry_at, apr_time_t now);

/** The same of what is renewed meanwhile: nothing of the order's is touched. */
void mssl_plan_fail_meanwhile(mssl_job_t *job, mssl_class_t class, apr_time_t retry_at, apr_time_t now);

/**
 * When a failed order is tried again: after 1, 10, 100 minutes, then daily, 20 % early or late by the
 * name; weekly when it has failed for 30 days. Sooner where what serves ends before: behind half of what is
 * left of it, and not within an hour. A limit: at its own time, where the CA said one.
 * @param retry_at what the CA said; 0: nothing
 */
apr_time_t mssl_plan_retry(const mssl_job_t *job, apr_time_t retry_at, apr_time_t now);

/**
 * When preflight alone is to look at a failed one whose trouble is where its name leads
 * (MSSL_CLASS_DNS, ELSEWHERE, CONNECTION): every 10 minutes for 3 days, then hourly for 30.
 * @return 0: not any more, or never
 */
apr_time_t mssl_plan_preflight(const mssl_job_t *job, apr_time_t now);

/** When a pending one is asked after: each 5 minutes for 2 hours, then hourly. */
apr_time_t mssl_plan_poll(const mssl_job_t *job, apr_time_t now);

/**
 * When an installed one is wanted again: where so much of its lifetime is left, spread over a tenth
 * of the rest by the name.
 * @param percent MSSLRenewWindow; 0: a third, half where it lives less than 10 days (as CAs advise)
 */
apr_time_t mssl_plan_renewal(const char *name, apr_time_t not_before, apr_time_t not_after,
                             int percent);

/**
 * The same with what the CA advises (RFC 9773): that may bring it forward at once, and put it off
 * until half of what the plan leaves is gone by.
 */
apr_time_t mssl_plan_advised(apr_time_t planned, apr_time_t advised, apr_time_t not_after);

/**
 * When somebody is to be told that an installed one ends, which is not ordered by itself: 30, 14 and 7
 * days before.
 * @return 0: not any more
 */
apr_time_t mssl_plan_reminder(apr_time_t not_after, apr_time_t now);

/**
 * When an installed one that was paid for, and is no more, is made anew by who does it for nothing, if
 * somebody vouches for the name: 3 days before its end.
 */
apr_time_t mssl_plan_last(apr_time_t not_after);

/** When a certificate becomes urgent. @param urgent of MSSLExpiryWarn */
apr_time_t mssl_plan_urgent(const mssl_warn_t *urgent, apr_time_t not_before, apr_time_t not_after);

/**
 * When a job is looked at: its own time. One that is further ahead than it can be was set by a clock
 * that was set back since, and is now.
 */
apr_time_t mssl_plan_get_next(const mssl_job_t *job, apr_time_t now);

/** The same of what is renewed meanwhile. */
apr_time_t mssl_plan_get_meanwhile(const mssl_job_t *job, apr_time_t now);

/** A number from 0 to n - 1 that is always the same for a name. */
unsigned int mssl_plan_spread(const char *name, unsigned int n);

#endif /* MSSL_LIB_ISSUE_PLAN_H */
