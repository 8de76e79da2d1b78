/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_LIB_INVENTORY_WRITER_H
#define MSSL_LIB_INVENTORY_WRITER_H

/**
 * @file writer.h
 * Publishing an index (index.h): begin, every name in order, end. Readers see the one before until
 * the end. The inventory, or who made the index for itself; one thread at a time.
 */

#include "lib/inventory/index.h"

typedef struct mssl_index_writer_t mssl_index_writer_t;

/**
 * @param summary what is published beside the names: made, walk, certificates, and the stores, all
 *        but their states. Borrowed until the end; all but the stores' labels may change until
 *        then. The rest of it (names, states, attention, expiries) is counted here
 * @param names_max more are not taken
 * @param pool of the writer, until the end
 */
apr_status_t mssl_index_begin(mssl_index_writer_t **writer, mssl_index_t *index,
                              const mssl_index_summary_t *summary, apr_uint32_t names_max,
                              apr_pool_t *pool);

/** @param row behind the one before by strcmp() of names; its reason is borrowed until the end */
void mssl_index_add(mssl_index_writer_t *writer, const mssl_index_row_t *row);

/** Publish it. The writer is gone then. */
void mssl_index_end(mssl_index_writer_t *writer);

#endif /* MSSL_LIB_INVENTORY_WRITER_H */
