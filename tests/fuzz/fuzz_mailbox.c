/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
/* lib/base/mailbox.c: what is an address is harmless in a header, as an argument, and to a shell. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/mailbox.h"
#include "lib/base/name.h"

#define PLAIN "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+_.-@"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int fact)
{
    if (!fact) {
        abort();
    }
}

static void check(const char *text, mssl_mailbox_t kind)
{
    const char *at = strchr(text, '@');
    char name[MSSL_NAME_SIZE];

    require(*text != '\0' && *text != '-' && strlen(text) <= MSSL_MAILBOX_MAX);
    require(strcspn(text, " \t\r\n\"\\()<>[]:;,") == strlen(text));
    require((at == NULL) == (kind == MSSL_MAILBOX_LOCAL));
    if (at != NULL) {
        require(at - text <= MSSL_MAILBOX_LOCAL_MAX && mssl_name_canon(name, at + 1, strlen(at + 1)));
        require((strchr(name, '.') != NULL) == (kind >= MSSL_MAILBOX_PUBLIC));
    }
    require(kind != MSSL_MAILBOX_PLAIN || strspn(text, PLAIN) == strlen(text));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    mssl_mailbox_t kind = mssl_mailbox_judge((const char *)data, size);
    char *text = malloc(size + 1);
    size_t i;

    require(text != NULL);
    memcpy(text, data, size);
    text[size] = '\0';
    if (kind != MSSL_MAILBOX_NONE) {
        for (i = 0; i < size; i++) {
            require(data[i] > ' ' && data[i] <= '~');
        }
        check(text, kind);
    }
    /* The text is the same, where it is one. */
    if (strlen(text) == size) {
        require(mssl_mailbox_is_any(text) == (kind != MSSL_MAILBOX_NONE));
        require(mssl_mailbox_is_plain(text) == (kind == MSSL_MAILBOX_PLAIN));
    }
    free(text);
    return 0;
}
