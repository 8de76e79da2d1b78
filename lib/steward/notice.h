/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_LIB_STEWARD_NOTICE_H
#define MSSL_LIB_STEWARD_NOTICE_H

/**
 * @file notice.h
 * What the admin is told of, and when (contract, section 14): about what is in service, together and
 * not one by one, again where nothing is done, and not again and again. Pure of files, clocks and
 * programs: who has a clock and the states asks what is due, tells it, and says that it was told.
 * One thread.
 *
 * What visitors meet, or soon will (bad, expired, not yet valid, at risk, urgent; a store that cannot
 * be read), is told as soon as the last telling is MSSLNotifyCommand's every= ago; what has time
 * (expiring, degraded, shadowed, recovered) once a day. Reminders: daily; of what is expired daily for
 * a week, then weekly; of what has time none.
 */

#include <apr_pools.h>
#include <apr_time.h>

#include "lib/inventory/states.h"
#include "mod_mssl.h"

typedef struct mssl_notices_t mssl_notices_t;

/** How something is now. */
typedef struct mssl_condition_t {
    const char *key;         /**< a name; or a store's label, which has a ":" */
    mssl_name_state_t state; /**< of a store: BAD, it cannot be read; VALID, it can */
} mssl_condition_t;

/** Something that is due. */
typedef struct mssl_notice_t {
    const char *key;
    mssl_name_state_t state; /**< VALID: it has recovered */
    int is_reminder;         /**< it was told before, and is still so */
    int condition;           /**< its place among the conditions; -1: it is no more among them */
} mssl_notice_t;

/** Nothing was told so far. */
mssl_notices_t *mssl_notices_make(apr_pool_t *pool);

/**
 * What is due now. Changes nothing.
 * @param condition everything that is worse than valid, and nothing twice; what was told and is no
 *        more among them has recovered where is_there says that it is still in a store, and is
 *        forgotten where it does not
 * @param every microseconds
 * @param due out: in pool, the worst first
 * @return how many; 0: nothing is to be told now
 */
int mssl_notices_due(const mssl_notices_t *notices, const mssl_condition_t *condition, int n,
                     int (*is_there)(void *baton, const char *key), void *baton, apr_time_t now,
                     apr_interval_time_t every, mssl_notice_t **due, apr_pool_t *pool);

/** They were told. */
void mssl_notices_told(mssl_notices_t *notices, const mssl_notice_t *due, int n, apr_time_t now);

/** Forget what is not there any more, with nothing to be told of it. */
void mssl_notices_forget(mssl_notices_t *notices, const mssl_condition_t *condition, int n,
                         int (*is_there)(void *baton, const char *key), void *baton);

/** As text, for a file that survives reboots. In pool. */
const char *mssl_notices_save(const mssl_notices_t *notices, apr_pool_t *pool);

/** @return APR_SUCCESS; APR_EINVAL: it is damaged, and nothing was taken */
apr_status_t mssl_notices_load(mssl_notices_t *notices, const char *text, mssl_reason_t *why);

#endif /* MSSL_LIB_STEWARD_NOTICE_H */
