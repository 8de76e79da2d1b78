/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

/* A pair's file: PEM, or a PFX when it begins as DER does. What is taken must be of one piece. */

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/pair/build.h"

#define REQUIRE(condition)                              \
    do {                                                \
        if (!(condition)) {                             \
            fprintf(stderr, "%s\n", #condition);        \
            abort();                                    \
        }                                               \
    } while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_pair(const mssl_pair_t *pair)
{
    size_t i;

    REQUIRE(X509_check_private_key(mssl_pair_get_cert(pair), mssl_pair_get_key(pair)) == 1);
    REQUIRE(mssl_pair_get_type(pair) < MSSL_KEY_TYPES);
    for (i = 0; i < mssl_pair_count_names(pair); i++) {
        REQUIRE(strlen(mssl_pair_get_name(pair, i)) < 254);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    mssl_item_t item;
    mssl_reason_t why;
    mssl_pair_t *pair;
    char *text = malloc(size + 1);

    if (text == NULL) {
        return 0;
    }
    memcpy(text, data, size);
    text[size] = '\0';
    memset(&item, 0, sizeof(item));
    item.label = item.key_label = "/store/site.pem";
    item.format = size > 0 && data[0] == 0x30 ? MSSL_FORMAT_PKCS12 : MSSL_FORMAT_PEM;
    item.password = "secret";
    item.cert.data = text;
    item.cert.len = size;
    if (mssl_pair_new(&pair, &item, &why) == APR_SUCCESS) {
        check_pair(pair);
    }
    else {
        REQUIRE(pair == NULL && why.text[0] != '\0');
    }
    mssl_pair_unref(pair);
    free(text);
    return 0;
}
