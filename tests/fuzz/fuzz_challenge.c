/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
/* lib/base/challenge.c: whatever path comes, what comes out is one name that leaves no folder. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/challenge.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int fact)
{
    if (!fact) {
        abort();
    }
}

static void check(const mssl_challenge_t *challenge, const char *path)
{
    static const char token[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_";
    size_t len = strlen(challenge->file);

    require(len > 0 && len <= MSSL_CHALLENGE_NAME_MAX);
    require(challenge->file == strrchr(path, '/') + 1);
    require(challenge->file[0] != '.' && strpbrk(challenge->file, "/%\\") == NULL);
    require(challenge->has_host || strspn(challenge->file, token) == len);
    require(challenge->max > 0 && challenge->max <= MSSL_CHALLENGE_FILE_MAX);
    require(strcmp(challenge->folder, challenge->has_host ? "pki-validation" : "acme-challenge") == 0);
    require(mssl_challenge_is_below(path));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *path = malloc(size + 1);
    mssl_challenge_t challenge;

    require(path != NULL);
    memcpy(path, data, size);
    path[size] = '\0';
    if (mssl_challenge_parse(&challenge, path)) {
        check(&challenge, path);
    }
    else {
        require(challenge.file == NULL && challenge.folder == NULL && challenge.max == 0);
    }
    free(path);
    return 0;
}
