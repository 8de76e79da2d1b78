/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

/* Who is to be named in a certificate, from a customer's file, and the names of one, from a command line. */

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/issue/names.h"
#include "lib/issue/owner.h"

#define REQUIRE(condition)                              \
    do {                                                \
        if (!(condition)) {                             \
            fprintf(stderr, "%s\n", #condition);        \
            abort();                                    \
        }                                               \
    } while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_owner(const char *text, size_t size)
{
    mssl_buffer_t out = { .max = (size_t)4 * MSSL_OWNER_MAX }, again = { .max = (size_t)4 * MSSL_OWNER_MAX };
    mssl_reason_t why;

    if (mssl_owner_parse(&out, text, size, &why) == APR_SUCCESS) {
        REQUIRE(memchr(out.data, '\0', out.len) == NULL && memchr(out.data, '\r', out.len) == NULL);
        /* What is kept says the same when it is read. */
        REQUIRE(mssl_owner_parse(&again, out.data, out.len, &why) == APR_SUCCESS);
        REQUIRE(again.len == out.len && memcmp(again.data, out.data, out.len) == 0);
    }
    mssl_buffer_free(&again);
    mssl_buffer_free(&out);
}

static void check_names(const char *text)
{
    char names[MSSL_NAMES_SIZE], again[MSSL_NAMES_SIZE], name[MSSL_NAME_SIZE];
    const char *bad, *at = names;
    size_t len;
    int n = 0;

    bad = mssl_names_parse(names, text, ",\n", &len);
    if (bad != NULL) {
        REQUIRE(bad >= text && bad + len <= text + strlen(text));
        return;
    }
    while (mssl_names_next(name, &at)) {
        REQUIRE(mssl_names_has(names, name) && ++n <= MSSL_NAMES_MAX);
    }
    REQUIRE(mssl_names_parse(again, names, " ", &len) == NULL && strcmp(again, names) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);

    REQUIRE(text != NULL);
    memcpy(text, data, size);
    text[size] = '\0';
    check_owner(text, size);
    check_names(text);
    free(text);
    return 0;
}
