/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_LIB_STEWARD_OWNERS_H
#define MSSL_LIB_STEWARD_OWNERS_H

/**
 * @file owners.h
 * When the owners of names were written to: each for himself, so that one whose address is no good, or
 * who has a thousand names, holds up nobody. In memory alone: behind a restart one may be written to
 * sooner. Bounded: beyond MSSL_OWNERS_MAX it is forgotten when they were, first of those whose mail is
 * taken. One thread.
 */

#include <apr_pools.h>
#include <apr_time.h>

#include "lib/notify/standing.h"

#define MSSL_OWNERS_MAX 10000

typedef struct mssl_owners_t mssl_owners_t;

/** Nobody was. Freed with the pool. */
mssl_owners_t *mssl_owners_make(apr_pool_t *pool);

/** Whether one may be told of an event now: the last time is so long ago, and nothing is waited for. */
int mssl_owners_may(const mssl_owners_t *owners, const char *address, mssl_event_t event,
                    apr_time_t now, apr_interval_time_t every);

void mssl_owners_told(mssl_owners_t *owners, const char *address, mssl_event_t event,
                      apr_time_t now);

/** It failed. @return how often, since it did not */
int mssl_owners_failed(mssl_owners_t *owners, const char *address);

/** Not before. */
void mssl_owners_wait(mssl_owners_t *owners, const char *address, apr_time_t until);

/** Nothing is waited for any more. */
void mssl_owners_forget(mssl_owners_t *owners, const char *address);

#endif /* MSSL_LIB_STEWARD_OWNERS_H */
