/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_LIB_STEWARD_SCENE_H
#define MSSL_LIB_STEWARD_SCENE_H

/**
 * @file scene.h
 * What the inventory found at the end of its last walk, as its file has it (lib/inventory/file.h):
 * the names that are worse than valid, and the stores that could not be read. One thread.
 */

#include "lib/inventory/index.h"
#include "lib/steward/notice.h"

typedef struct mssl_scene_t {
    mssl_index_t *index;
    const mssl_condition_t *condition; /**< names first, stores behind them */
    const mssl_index_row_t *row;       /**< of the conditions that are names, in their order */
    int n, nnames;
    const mssl_index_summary_t *summary;
} mssl_scene_t;

/**
 * Read it.
 * @param dir descriptor of the inventory's folder
 * @param scene out: of the pool; NULL where there is none
 * @return APR_SUCCESS; APR_ENOENT: the inventory has written nothing; APR_EAGAIN: nothing to go by
 *         yet, as it did not come to the end of its first walk, or is within another one; APR_EINVAL:
 *         it is damaged; other
 */
apr_status_t mssl_scene_read(mssl_scene_t **scene, int dir, apr_time_t now, apr_pool_t *pool,
                             mssl_reason_t *why);

/** Whether a name, or a store's label, is there at all: for mssl_notices_due(). */
int mssl_scene_has(void *scene, const char *key);

/** Whether a condition's key is a store's: names have no colon. */
int mssl_scene_is_store(const char *key);

/** @return the store; NULL: there is none of that label */
const mssl_index_store_t *mssl_scene_find_store(const mssl_scene_t *scene, const char *label);

#endif /* MSSL_LIB_STEWARD_SCENE_H */
