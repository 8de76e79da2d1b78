/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_LIB_ISSUE_MEANWHILE_H
#define MSSL_LIB_ISSUE_MEANWHILE_H

/**
 * @file meanwhile.h
 * A paid order takes days, and no site is to be without HTTPS for that: what is in service meanwhile is
 * renewed at its time, by an issuer that costs nothing, beside that order. What it orders has a key, a
 * request and a working folder of its own (mssl_shelf_meanwhile()), which are reused by whoever comes
 * after, and fields of its own in the job; nothing of the paid order's is touched. Part of work.c. One
 * thread.
 */

#include "lib/issue/ending.h"

/**
 * Before a new order: when what is in service now is to be renewed while that waits. A free one at its
 * time, one that was paid for three days before its end, and only where another source than a request
 * vouches for the name; never, where the new order costs nothing.
 */
void mssl_meanwhile_plan(mssl_working_t *working);

/**
 * When what is in service now is renewed beside an order, as above, whatever the order costs.
 * @return 0: never
 */
apr_time_t mssl_meanwhile_get_time(const mssl_working_t *working);

/**
 * MEANWHILE: renew it, with the issuer of the task; the state of the job is as it was. The job is not
 * written at the end.
 * @return APR_SUCCESS: the job says how it went; other, with working->why
 */
apr_status_t mssl_meanwhile(mssl_working_t *working);

#endif /* MSSL_LIB_ISSUE_MEANWHILE_H */
