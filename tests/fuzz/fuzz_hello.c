/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/hello.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Whatever comes: a name is canonical and comes with an SNI; what is refused leaves nothing behind. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const mssl_hello_t nothing;
    char name[MSSL_NAME_SIZE];
    mssl_hello_t hello;
    int ok = mssl_hello_parse(&hello, data, size);

    if (!ok && memcmp(&hello, &nothing, sizeof(hello)) != 0) {
        abort();
    }
    if (hello.name[0] != '\0'
        && (!hello.had_sni || !mssl_name_canon(name, hello.name, strlen(hello.name))
            || strcmp(name, hello.name) != 0)) {
        abort();
    }
    if ((ok && hello.stack == 0) || (hello.sni[0] != '\0' && !hello.had_sni)
        || memchr(hello.sni, '\0', sizeof(hello.sni)) == NULL) {
        abort();
    }
    return 0;
}
