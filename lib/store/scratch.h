/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_LIB_STORE_SCRATCH_H
#define MSSL_LIB_STORE_SCRATCH_H

/**
 * @file scratch.h
 * Room to work in for one load: a pool, and space for what lies in a store for a key. Desks are
 * lent, not made for each load: APR maps a new pool's memory and unmaps it again, which costs more
 * than the look at a name's files, and in every thread of the process.
 */

#include "mod_mssl.h"

typedef struct mssl_scratch_t {
    apr_pool_t *pool;             /**< empty when lent */
    mssl_material_t material;     /**< zeroed when lent */
    mssl_reason_t reason[MSSL_MATERIAL_MAX]; /**< anything may be in there */
    struct mssl_scratch_t *next;     /**< of those that nobody has */
} mssl_scratch_t;

typedef struct mssl_scratches_t mssl_scratches_t;

/** @param pool ends them; no scratch is lent then */
apr_status_t mssl_scratches_make(mssl_scratches_t **scratches, apr_pool_t *pool);

/** Any thread. @return the caller's until it is given back; NULL when memory is short */
mssl_scratch_t *mssl_scratch_take(mssl_scratches_t *scratches);

/**
 * Any thread. Blobs were wiped by whoever took the scratch (lib/base/material.h); memory beyond what a
 * load usually takes goes back to the system, as do scratches beyond a few.
 */
void mssl_scratch_give(mssl_scratches_t *scratches, mssl_scratch_t *scratch);

#endif /* MSSL_LIB_STORE_SCRATCH_H */
