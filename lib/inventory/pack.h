/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_LIB_INVENTORY_PACK_H
#define MSSL_LIB_INVENTORY_PACK_H

/**
 * @file pack.h
 * File names without what is known anyway: the path of the store at the beginning, or the folder
 * of that, and the name that it is filed under. "/etc/mssl/shop.example.pem" takes six bytes. Pure
 * functions, any thread.
 */

#include <stddef.h>

/**
 * @param out of max bytes, not NUL-terminated
 * @param label of the store, "dir:/etc/mssl"; NULL: none
 * @param name that it is filed under
 * @return the length; 0: it does not fit, or has bytes that stand for something
 */
size_t mssl_pack_file(char *out, size_t max, const char *file, const char *label,
                      const char *name);

/**
 * @param packed need not be NUL-terminated; hostile bytes are fine
 * @param out of max bytes; NUL-terminated, cut where it does not fit
 * @return the length of what there would be; from max on it was cut
 */
size_t mssl_pack_unpack(char *out, size_t max, const char *packed, size_t len, const char *label,
                        const char *name);

#endif /* MSSL_LIB_INVENTORY_PACK_H */
