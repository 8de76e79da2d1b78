/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "lib/base/mailbox.h"

#include <string.h>

#include "lib/base/name.h"

#define PLAIN "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+_-"
/** atext of RFC 5322 section 3.2.3. */
#define ATEXT PLAIN "!#$%&'*/=?^`{|}~"

/* memchr, as strchr finds the NUL in every text. */
static int is_one_of(char byte, const char *set)
{
    return memchr(set, byte, strlen(set)) != NULL;
}

/* A dot-atom. @param is_plain cleared where it has more than letters */
static int is_local_part(const char *in, size_t len, int *is_plain)
{
    size_t i;

    if (len == 0 || len > MSSL_MAILBOX_LOCAL_MAX || in[0] == '-' || in[0] == '.' || in[len - 1] == '.') {
        return 0;
    }
    for (i = 0; i < len; i++) {
        if (in[i] == '.' ? in[i - 1] == '.' : !is_one_of(in[i], ATEXT)) {
            return 0;
        }
        *is_plain = *is_plain && (in[i] == '.' || is_one_of(in[i], PLAIN));
    }
    return 1;
}

mssl_mailbox_t mssl_mailbox_judge(const char *in, size_t len)
{
    const char *at = len > 0 ? memchr(in, '@', len) : NULL;
    size_t local = at != NULL ? (size_t)(at - in) : len;
    char name[MSSL_NAME_SIZE];
    int is_plain = 1;

    if (len > MSSL_MAILBOX_MAX || !is_local_part(in, local, &is_plain)) {
        return MSSL_MAILBOX_NONE;
    }
    if (at == NULL) {
        return MSSL_MAILBOX_LOCAL;
    }
    if (in[len - 1] == '.' || !mssl_name_canon(name, at + 1, len - local - 1)) {
        return MSSL_MAILBOX_NONE;
    }
    if (strchr(name, '.') == NULL) {
        return MSSL_MAILBOX_WHOLE;
    }
    return is_plain ? MSSL_MAILBOX_PLAIN : MSSL_MAILBOX_PUBLIC;
}

int mssl_mailbox_is_any(const char *text)
{
    return mssl_mailbox_judge(text, strlen(text)) != MSSL_MAILBOX_NONE;
}

int mssl_mailbox_is_plain(const char *text)
{
    return mssl_mailbox_judge(text, strlen(text)) == MSSL_MAILBOX_PLAIN;
}
