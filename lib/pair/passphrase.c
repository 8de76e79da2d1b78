/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "lib/pair/passphrase.h"

int mssl_passphrase_refuse(char *out, int size, int is_writing, void *baton)
{
    (void)out;
    (void)size;
    (void)is_writing;
    (void)baton;
    return -1;
}
