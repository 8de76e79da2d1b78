/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_LIB_PROVIDERS_DIRLIST_H
#define MSSL_LIB_PROVIDERS_DIRLIST_H

/**
 * @file dirlist.h
 * Under which keys something is filed in a directory. Names of files alone are looked at, none is
 * opened: a folder with a name's look counts whatever is in it, as does NAME.none. Needs the right
 * to list; never in the broker.
 */

#include <apr_tables.h>

#include "lib/providers/census.h"
#include "mod_mssl.h"

/**
 * As list() of a provider. A store of 100,000 names takes some 10 MB of the pool.
 * @param census out: of what was listed, the caller's to free; NULL: none could be taken. The
 *        parameter may be NULL itself
 */
apr_status_t mssl_dirlist_read(const char *root, const char *after, mssl_key_fn take, void *baton,
                               mssl_census_t **census, apr_pool_t *pool, mssl_reason_t *why);

/** As places() of a provider: the forms of one key type, without the fan-out. */
apr_status_t mssl_dirlist_places(const char *root, const char *key, mssl_key_fn place, void *baton,
                                 apr_pool_t *pool);

/**
 * Tell keys in order, each once.
 * @param keys of const char *, in any order; sorted here
 */
apr_status_t mssl_keylist_tell(apr_array_header_t *keys, mssl_key_fn take, void *baton);

#endif /* MSSL_LIB_PROVIDERS_DIRLIST_H */
