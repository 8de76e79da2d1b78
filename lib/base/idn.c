/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "lib/base/idn.h"

#include <idn2.h>
#include <string.h>

/** The longest name has 253 letters, and none takes more in UTF-8. */
#define TEXT_MAX (MSSL_NAME_MAX * 4)
#define ANY "*."

static int is_ascii(const char *text, size_t len)
{
    size_t i;

    for (i = 0; i < len && (unsigned char)text[i] < 0x80; i++) {
        continue;
    }
    return i == len;
}

int mssl_idn_to_ascii(char name[MSSL_NAME_SIZE], const char *text, size_t len)
{
    size_t skipped = len > strlen(ANY) && memcmp(text, ANY, strlen(ANY)) == 0 ? strlen(ANY) : 0;
    char given[TEXT_MAX + 1], form[MSSL_NAME_SIZE];
    char *ascii = NULL;
    size_t size;
    int is_name = 0;

    if (is_ascii(text, len) || len > TEXT_MAX || memchr(text, '\0', len) != NULL) {
        return 0;
    }
    memcpy(given, text + skipped, len - skipped);
    given[len - skipped] = '\0';
    if (idn2_to_ascii_8z(given, &ascii, IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL) == IDN2_OK
        && (size = strlen(ascii)) + skipped < sizeof(form)) {
        memcpy(form, ANY, skipped);
        memcpy(form + skipped, ascii, size + 1);
        is_name = mssl_name_canon_pattern(name, form, size + skipped) != 0;
    }
    idn2_free(ascii);
    return is_name;
}
