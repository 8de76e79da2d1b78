/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

/* A PFX with the password "secret": what is taken is whole, what is refused is said. */

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/pair/pkcs12.h"

#define REQUIRE(condition)                              \
    do {                                                \
        if (!(condition)) {                             \
            fprintf(stderr, "%s\n", #condition);        \
            abort();                                    \
        }                                               \
    } while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    mssl_blob_t blob = { .data = (const char *)data, .len = size };
    mssl_blocks_t blocks;
    mssl_reason_t why;
    int i;

    memset(&blocks, 0, sizeof(blocks));
    memset(&why, 0, sizeof(why));
    if (mssl_blocks_add_pkcs12(&blocks, &blob, "secret", "/store/site.pfx", &why)
        != APR_SUCCESS) {
        REQUIRE(strncmp(why.text, "/store/site.pfx: the file ", 26) == 0);
    }
    REQUIRE(blocks.ncerts >= 0 && blocks.ncerts <= MSSL_BLOCKS_MAX);
    for (i = 0; i < blocks.ncerts; i++) {
        REQUIRE(blocks.cert[i].der != NULL && blocks.cert[i].len > 0);
    }
    mssl_blocks_free(&blocks);
    return 0;
}
