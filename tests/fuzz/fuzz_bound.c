/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
/* lib/base/bound.c: what a ticket or a cache brings. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/bound.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What is taken is what would be written, with a canonical name; what is refused leaves nothing. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const mssl_bound_t nothing;
    unsigned char again[MSSL_BOUND_MAX];
    char name[MSSL_NAME_SIZE];
    mssl_bound_t bound;

    if (!mssl_bound_decode(&bound, data, size)) {
        if (memcmp(&bound, &nothing, sizeof(bound)) != 0) {
            abort();
        }
        return 0;
    }
    if (!mssl_name_canon(name, bound.name, strlen(bound.name)) || strcmp(name, bound.name) != 0
        || mssl_bound_encode(again, &bound) != size || memcmp(again, data, size) != 0) {
        abort();
    }
    return 0;
}
