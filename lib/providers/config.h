/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_LIB_PROVIDERS_CONFIG_H
#define MSSL_LIB_PROVIDERS_CONFIG_H

/**
 * @file config.h
 * MSSLCertificate as a provider: the rows of one list of the configuration. It has no argument that
 * could stand behind "MSSLCertStore", so its instance is made here, by the parent, and read-only from
 * then on.
 */

#include <apr_tables.h>

#include "mod_mssl.h"

/** fetch, list and places; an mssl_config_t is the instance. */
extern const mssl_store_provider_t mssl_store_config;

typedef struct mssl_config_t mssl_config_t;

mssl_config_t *mssl_config_make(apr_pool_t *pool);

/**
 * One line. A later one of the same key is an alternative behind the earlier ones.
 * @param keys const char *: canonical names and patterns
 * @param key_file NULL: the key is in cert_file
 */
void mssl_config_add(mssl_config_t *config, const apr_array_header_t *keys, const char *cert_file,
                     const char *key_file);

/** Whether a line names a key: cheaper than to ask. */
int mssl_config_has(const void *config, const char *key);

/** The files of a key, for where what it has is remembered. In pool. */
const char *mssl_config_identify(const void *config, const char *key, apr_pool_t *pool);

/**
 * Parent, where children open files themselves and may not open these: keep their bytes, so that
 * children have them. Nothing is parsed. They are wiped with the pool.
 */
void mssl_config_keep(mssl_config_t *config);

#endif /* MSSL_LIB_PROVIDERS_CONFIG_H */
