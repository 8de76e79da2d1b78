/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "lib/base/material.h"

#include <openssl/crypto.h>
#include <string.h>

static void wipe_blob(const mssl_blob_t *blob)
{
    if (blob->data != NULL) {
        OPENSSL_cleanse((char *)blob->data, blob->len);
    }
}

void mssl_material_wipe(const mssl_material_t *material)
{
    int i;

    for (i = 0; i < material->nitems; i++) {
        const mssl_item_t *item = &material->item[i];

        wipe_blob(&item->cert);
        wipe_blob(&item->key);
        wipe_blob(&item->chain);
        wipe_blob(&item->staple);
        if (item->password != NULL) {
            OPENSSL_cleanse((char *)item->password, strlen(item->password));
        }
    }
}
