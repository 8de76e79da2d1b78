/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_LIB_BASE_RECENT_H
#define MSSL_LIB_BASE_RECENT_H

/**
 * @file recent.h
 * Names that came by lately, so that what is done for each is done once in a while, however often
 * strangers name it. Bounded: a name may be forgotten before its time, and then it is news again.
 * Any thread.
 */

#include <apr_pools.h>
#include <apr_time.h>

/** A name that came by is no news for so long. */
#define MSSL_RECENT_AGE apr_time_from_sec(60)

typedef struct mssl_recent_t mssl_recent_t;

/** @return NULL: no memory for it */
mssl_recent_t *mssl_recent_make(apr_pool_t *pool);

/** Whether a name is news; from now on it is not. */
int mssl_recent_is_news(mssl_recent_t *recent, const char *name, apr_time_t now);

#endif /* MSSL_LIB_BASE_RECENT_H */
