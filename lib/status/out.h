/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_LIB_STATUS_OUT_H
#define MSSL_LIB_STATUS_OUT_H

/**
 * @file out.h
 * Text written to a sink, piece by piece, so that an answer about many names takes no memory. One
 * thread.
 */

#include <apr_pools.h>

#include "lib/base/json.h"

typedef struct mssl_out_t {
    mssl_json_sink_fn sink;
    void *baton;
    apr_status_t rv;    /**< of the first failure: nothing more is written */
    apr_pool_t *pool;   /**< what it takes for one piece; cleared behind it */
} mssl_out_t;

/** @param pool the out's scratch is a child of it */
apr_status_t mssl_out_init(mssl_out_t *out, mssl_json_sink_fn sink, void *baton, apr_pool_t *pool);

/** As printf(). What is foreign is escaped by the caller, in out->pool, for where it goes. */
void mssl_out_printf(mssl_out_t *out, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif /* MSSL_LIB_STATUS_OUT_H */
