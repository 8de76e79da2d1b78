/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

/* Any bytes as JSON, and as a text that is written as JSON: what is written is read as it was. */

#include <apr_general.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/json.h"
#include "lib/base/jsonread.h"

#define REQUIRE(condition)                              \
    do {                                                \
        if (!(condition)) {                             \
            fprintf(stderr, "%s\n", #condition);        \
            abort();                                    \
        }                                               \
    } while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

typedef struct sheet_t {
    char *text;
    size_t len, size;
} sheet_t;

static apr_status_t take(void *baton, const char *data, size_t len)
{
    sheet_t *sheet = baton;

    if (sheet->len + len > sheet->size) {
        return APR_ENOSPC;
    }
    memcpy(sheet->text + sheet->len, data, len);
    sheet->len += len;
    return APR_SUCCESS;
}

static void write_value(mssl_json_t *json, const mssl_json_value_t *value)
{
    const mssl_json_value_t *member;

    if (value->kind == MSSL_JSON_TEXT) {
        mssl_json_text(json, value->key, value->text);
    }
    else if (value->kind == MSSL_JSON_OBJECT || value->kind == MSSL_JSON_ARRAY) {
        mssl_json_open(json, value->key, value->kind == MSSL_JSON_OBJECT ? '{' : '[');
        for (member = value->first; member != NULL; member = member->next) {
            write_value(json, member);
        }
        mssl_json_close(json);
    }
    else {
        mssl_json_bool(json, value->key, value->kind == MSSL_JSON_TRUE);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static apr_pool_t *parent;
    sheet_t sheet = { malloc(20 * size + 64), 0, 20 * size + 64 };
    const mssl_json_value_t *value, *again;
    mssl_reason_t why = { "" };
    mssl_json_t json;
    apr_pool_t *pool;

    if (parent == NULL) {
        apr_initialize();
        apr_pool_create(&parent, NULL);
    }
    apr_pool_create(&pool, parent);
    if (mssl_json_read(&value, (const char *)data, size, pool, &why) == APR_SUCCESS) {
        mssl_json_init(&json, take, &sheet, 0);
        write_value(&json, value);
        REQUIRE(mssl_json_end(&json) == APR_SUCCESS);
        REQUIRE(mssl_json_read(&again, sheet.text, sheet.len, pool, &why) == APR_SUCCESS);
        REQUIRE(again->kind == value->kind || value->kind == MSSL_JSON_NUMBER
                || value->kind == MSSL_JSON_NULL);
        REQUIRE(value->kind != MSSL_JSON_TEXT || strcmp(value->text, again->text) == 0);
    }
    else {
        REQUIRE(why.text[0] != '\0');
    }
    apr_pool_destroy(pool);
    free(sheet.text);
    return 0;
}
