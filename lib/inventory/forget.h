/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_LIB_INVENTORY_FORGET_H
#define MSSL_LIB_INVENTORY_FORGET_H

/** @file forget.h What the book of before a full stop says, and is not so any more. Part of walk.c. */

#include "lib/inventory/worker.h"

/**
 * Last good pairs of a server that was stopped serve no more; where one of the history does, that name is
 * looked at anew. Nobody else is at the desk.
 * @param pool is cleared
 */
void mssl_forget_last(const mssl_desk_t *desk, apr_pool_t *pool);

#endif /* MSSL_LIB_INVENTORY_FORGET_H */
