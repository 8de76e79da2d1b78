/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "lib/providers/rows.h"

#include <string.h>

#include "lib/files/read.h"

void mssl_rows_read(mssl_item_t *item, const mssl_maprow_t *row, const char *root,
                    apr_pool_t *pool)
{
    item->label = row->cert;
    item->key_label = row->key != NULL ? row->key : row->cert;
    item->format = MSSL_FORMAT_PEM;
    item->rv = mssl_file_read(&item->cert, root, row->cert, pool, &item->why);
    if (item->rv == APR_SUCCESS && row->key != NULL) {
        item->rv = mssl_file_read(&item->key, root, row->key, pool, &item->why);
    }
}

apr_status_t mssl_rows_fetch(const mssl_maprow_t *rows, int n, const char *root,
                             mssl_question_t *question)
{
    mssl_material_t *out = question->out;
    mssl_stamper_t stamper;
    int i;

    if (n == 0) {
        return APR_NOTFOUND;
    }
    if (mssl_stamper_init(&stamper, NULL) != APR_SUCCESS) {
        return APR_ENOMEM;
    }
    stamper.has_no_rule = root == NULL; /* as they are read */
    for (i = 0; i < n; i++) {
        mssl_stamper_add(&stamper, rows[i].cert);
        if (rows[i].key != NULL) {
            mssl_stamper_add(&stamper, rows[i].key);
        }
    }
    mssl_stamper_final(&stamper, &out->stamp);
    if (question->known != NULL
        && memcmp(question->known, &out->stamp, sizeof(out->stamp)) == 0) {
        return APR_EEXIST;
    }
    out->nitems = n;
    for (i = 0; i < n; i++) {
        mssl_rows_read(&out->item[i], &rows[i], root, question->pool);
    }
    return APR_SUCCESS;
}
