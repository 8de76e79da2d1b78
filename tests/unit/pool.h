/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_TESTS_UNIT_POOL_H
#define MSSL_TESTS_UNIT_POOL_H

/**
 * @file pool.h
 * For tests whose state is a pool and nothing else.
 */

#include <apr_general.h>
#include <apr_pools.h>

static inline int pool_set_up(void **state)
{
    apr_pool_t *pool;

    apr_initialize();
    apr_pool_create(&pool, NULL);
    *state = pool;
    return 0;
}

static inline int pool_tear_down(void **state)
{
    apr_pool_destroy(*state);
    apr_terminate();
    return 0;
}

#endif /* MSSL_TESTS_UNIT_POOL_H */
