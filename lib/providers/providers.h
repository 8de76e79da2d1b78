/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_LIB_PROVIDERS_PROVIDERS_H
#define MSSL_LIB_PROVIDERS_PROVIDERS_H

/**
 * @file providers.h
 * The store providers that come with the module. See mod_mssl.h for what a provider is.
 */

#include "mod_mssl.h"

/** dir:PATH, a directory of pairs in any of the layouts of contract 7 (lib/providers/dir.c). */
extern const mssl_store_provider_t mssl_store_dir;

/**
 * map:FILE, a file of lines NAME[,NAME...] CERT-FILE [KEY-FILE], read again when it changes
 * (lib/providers/map.c).
 */
extern const mssl_store_provider_t mssl_store_map;

#endif /* MSSL_LIB_PROVIDERS_PROVIDERS_H */
