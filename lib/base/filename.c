/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "lib/base/filename.h"

#include <apr_strings.h>
#include <openssl/evp.h>
#include <string.h>

#include "lib/base/text.h"

/** What stays of a long name. */
#define KEPT 128
#define SHA256_LEN 32
#define MARK '='
#define HEX "0123456789abcdef"

const char *mssl_filename(char out[MSSL_NAME_SIZE], const char *name)
{
    unsigned char digest[EVP_MAX_MD_SIZE] = { 0 };
    size_t len = strlen(name);

    apr_cpystrn(out, name, MSSL_NAME_SIZE);
    if (len > MSSL_FILENAME_MAX) {
        EVP_Digest(name, len, digest, NULL, EVP_sha256(), NULL);
        out[KEPT] = MARK;
        mssl_text_hex(out + KEPT + 1, digest, SHA256_LEN);
    }
    if (out[0] == '*') {
        out[0] = '_';
    }
    return out;
}

int mssl_filename_is_cut(const char *file)
{
    return strlen(file) == KEPT + 1 + 2 * SHA256_LEN && file[KEPT] == MARK
           && strspn(file + KEPT + 1, HEX) == 2 * SHA256_LEN;
}

int mssl_filename_parse(char name[MSSL_NAME_SIZE], const char *file)
{
    char text[MSSL_NAME_SIZE];
    size_t len = strlen(file);

    if (len > MSSL_FILENAME_MAX) {
        return 0;
    }
    memcpy(text, file, len + 1);
    if (text[0] == '_' && text[1] == '.') {
        text[0] = '*';
    }
    return mssl_name_canon_pattern(name, text, len) && strcmp(name, text) == 0;
}
