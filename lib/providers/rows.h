/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_LIB_PROVIDERS_ROWS_H
#define MSSL_LIB_PROVIDERS_ROWS_H

/**
 * @file rows.h
 * Reading what a row names: a certificate file, and a key file where the key is not in the first.
 * For map:, MSSLCertificate and MSSLDummyCertificate. Any thread.
 */

#include "lib/providers/maptable.h"

/**
 * Read the files of a row. What is wrong with them stands in the item.
 * @param item zeroed; borrows the paths of the row
 * @param root as mssl_file_read() has it
 */
void mssl_rows_read(mssl_item_t *item, const mssl_maprow_t *row, const char *root,
                    apr_pool_t *pool);

/**
 * A provider's fetch() of a key that has these rows.
 * @param rows with absolute paths that live as long as the question's pool
 * @param n at most MSSL_MATERIAL_MAX; 0: APR_NOTFOUND
 */
apr_status_t mssl_rows_fetch(const mssl_maprow_t *rows, int n, const char *root,
                             mssl_question_t *question);

#endif /* MSSL_LIB_PROVIDERS_ROWS_H */
