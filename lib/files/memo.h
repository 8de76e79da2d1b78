/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_LIB_FILES_MEMO_H
#define MSSL_LIB_FILES_MEMO_H

/**
 * @file memo.h
 * A short way to "nothing changed". A look at a name's files asks for some twenty paths, most of
 * which are not there. As long as the directories that were searched are as they were, none of
 * those has appeared: only what was there needs a look. What is remembered is bound to the stamp
 * that the full look gave.
 *
 * Bounded, any thread; a lost entry costs one full look.
 */

#include <sys/stat.h>

#include "mod_mssl.h"

typedef struct mssl_memo_t mssl_memo_t;

/** One path that was there, and how it looked. */
typedef struct mssl_seen_t mssl_seen_t;

/**
 * What one full look saw: filled by mssl_sight_look() and, by way of mssl_stamper_add(), by
 * mssl_sight_add(). In the pool of that look, one thread.
 */
typedef struct mssl_sight_t {
    apr_pool_t *pool;
    mssl_seen_t *first;
    int is_unsure; /**< something was too young, or could not be looked at: not to be remembered */
} mssl_sight_t;

/** @param pool of the configuration */
apr_status_t mssl_memo_make(mssl_memo_t **memo, apr_pool_t *pool);

/**
 * Note that a path was there.
 * @param self what lstat() said
 * @param target what stat() said, where it is a link; else NULL
 * @param now of the look, microseconds
 */
void mssl_sight_add(mssl_sight_t *sight, const char *path, const struct stat *self,
                    const struct stat *target, apr_time_t now);

/** Look at a path and note it; for a directory, before it is searched. */
void mssl_sight_look(mssl_sight_t *sight, const char *path, apr_time_t now);

/** Remember what a full look saw. */
void mssl_memo_put(mssl_memo_t *memo, const char *key, const mssl_stamp_t *stamp,
                   const mssl_sight_t *sight);

/**
 * Whether everything is as it was when a full look gave this stamp. 0 also when nothing is
 * remembered.
 */
int mssl_memo_is_same(mssl_memo_t *memo, const char *key, const mssl_stamp_t *stamp);

#endif /* MSSL_LIB_FILES_MEMO_H */
