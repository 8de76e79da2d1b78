/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_TOOLS_MSSLCTL_TRAEFIK_H
#define MSSL_TOOLS_MSSLCTL_TRAEFIK_H

/**
 * @file traefik.h
 * Traefik's acme.json: an array "Certificates" of objects {domain{main}, certificate, key}, both
 * base64 of PEM, below the name of a resolver (version 2 and 3) or at the top (version 1, in which
 * names begin with a capital). In a worker: the bytes are hostile. The file may be long
 * (MSSL_FILE_LOAD_MAX), and what is not an entry is passed without a look into it, so that nothing in it
 * costs memory or stack; an entry that is wrong costs itself.
 */

#include <apr_pools.h>

#include "lib/pair/blocks.h"

/**
 * Takes one entry.
 * @param number from 1, in the order of the file
 * @param label for people: "certificate 3 (line 41, a.test)", printable; as long as the call
 * @param blocks of its certificate and key; NULL: it is wrong
 * @param wrong what is wrong, with the label; NULL
 */
typedef void (*ctl_traefik_fn)(void *baton, int number, const char *label, mssl_blocks_t *blocks,
                               const char *wrong);

/**
 * Read all entries, or one.
 * @param only its number; 0: all
 * @return APR_SUCCESS: the file was read to its end; other, with why, also behind entries that were
 *         taken: where it is no such file
 */
apr_status_t ctl_traefik_read(const char *path, int only, ctl_traefik_fn take, void *baton,
                              apr_pool_t *pool, mssl_reason_t *why);

#endif /* MSSL_TOOLS_MSSLCTL_TRAEFIK_H */
