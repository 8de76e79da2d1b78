/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

/* Any bytes as an HTML page: what is found is printable, bounded, and begins with http:. */

#include <apr_general.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "lib/explain/mixed.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static apr_pool_t *root;
    apr_array_header_t *found;
    apr_pool_t *pool;
    int i;

    if (root == NULL) {
        apr_initialize();
        apr_pool_create(&root, NULL);
    }
    apr_pool_create(&pool, root);
    found = mssl_mixed_find((const char *)data, size, pool);
    if (found->nelts > MSSL_MIXED_MAX) {
        abort();
    }
    for (i = 0; i < found->nelts; i++) {
        const mssl_mixed_t *mixed = &APR_ARRAY_IDX(found, i, mssl_mixed_t);
        const char *at;

        if (strncasecmp(mixed->url, "http:", 5) != 0 || strlen(mixed->url) > MSSL_MIXED_URL_MAX) {
            abort();
        }
        for (at = mixed->url; *at != '\0'; at++) {
            if ((unsigned char)*at <= 0x20 || *at == 0x7f) {
                abort();
            }
        }
    }
    apr_pool_destroy(pool);
    return 0;
}
