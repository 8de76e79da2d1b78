/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

/* The text of a map: whatever it is, what is found was written there and is a name. */

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/name.h"
#include "lib/providers/maptable.h"

#define REQUIRE(condition)                              \
    do {                                                \
        if (!(condition)) {                             \
            fprintf(stderr, "%s\n", #condition);        \
            abort();                                    \
        }                                               \
    } while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Look for each word of the text, as if it were a name. */
static void look_for_words(const mssl_maptable_t *table, char *text)
{
    mssl_maprow_t rows[MSSL_MATERIAL_MAX];
    char name[MSSL_NAME_SIZE];
    char *word, *state;
    int i, n;

    for (word = strtok_r(text, " ,\t\r\n", &state); word != NULL;
         word = strtok_r(NULL, " ,\t\r\n", &state)) {
        if (mssl_name_canon_pattern(name, word, strlen(word)) == 0) {
            continue;
        }
        n = mssl_maptable_find(table, name, rows, MSSL_MATERIAL_MAX);
        for (i = 0; i < n; i++) {
            REQUIRE(rows[i].cert[0] != '\0' && strchr(rows[i].cert, '\n') == NULL);
            REQUIRE(rows[i].key == NULL || rows[i].key[0] != '\0');
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1), *copy = malloc(size + 1);
    mssl_maptable_t *table;
    int i;

    if (text == NULL || copy == NULL) {
        free(text);
        free(copy);
        return 0;
    }
    memcpy(text, data, size);
    text[size] = '\0';
    memcpy(copy, text, size + 1);
    table = mssl_maptable_new(text, size);
    if (table != NULL) {
        look_for_words(table, copy);
        for (i = 0; mssl_maptable_get_note(table, i) != NULL; i++) {
            REQUIRE(i <= MSSL_MAPTABLE_NOTES);
        }
    }
    mssl_maptable_free(table);
    free(copy);
    return 0;
}
