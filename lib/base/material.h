/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_LIB_BASE_MATERIAL_H
#define MSSL_LIB_BASE_MATERIAL_H

/**
 * @file material.h
 * What every holder of a store's bytes does with them in the end.
 */

#include "mod_mssl.h"

/**
 * Wipe all bytes and passwords, keys or not: a certificate file may hold the key. The pool that
 * they are in stays the caller's. Any thread.
 */
void mssl_material_wipe(const mssl_material_t *material);

#endif /* MSSL_LIB_BASE_MATERIAL_H */
