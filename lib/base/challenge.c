/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "lib/base/challenge.h"

#include <string.h>

#define PARENT "/" MSSL_CHALLENGE_PARENT "/"
#define TOKEN_FILE_MAX 1024

#define ALPHABET "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-"

static const struct {
    const char *below;  /* with a slash at its end */
    size_t len;
    const char *bytes;  /* of a file's name */
    mssl_challenge_t challenge;
} kinds[] = {
    { "acme-challenge/", 15, ALPHABET, { "acme-challenge", NULL, 0, TOKEN_FILE_MAX } },
    { "pki-validation/", 15, ALPHABET ".", { "pki-validation", NULL, 1, MSSL_CHALLENGE_FILE_MAX } },
};

/* @return the kind, or -1 */
static int find_kind(const char *path)
{
    size_t i;

    /* Most requests are over here. */
    if (path == NULL || strncmp(path, PARENT, sizeof(PARENT) - 1) != 0) {
        return -1;
    }
    path += sizeof(PARENT) - 1;
    for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        if (strncmp(path, kinds[i].below, kinds[i].len) == 0) {
            return (int)i;
        }
    }
    return -1;
}

int mssl_challenge_is_below(const char *path)
{
    return find_kind(path) >= 0;
}

int mssl_challenge_parse(mssl_challenge_t *challenge, const char *path)
{
    int kind = find_kind(path);
    const char *file;
    size_t len;

    memset(challenge, 0, sizeof(*challenge));
    if (kind < 0) {
        return 0;
    }
    file = path + sizeof(PARENT) - 1 + kinds[kind].len;
    len = strspn(file, kinds[kind].bytes);
    if (len == 0 || len > MSSL_CHALLENGE_NAME_MAX || file[len] != '\0' || file[0] == '.') {
        return 0;
    }
    *challenge = kinds[kind].challenge;
    challenge->file = file;
    return 1;
}
