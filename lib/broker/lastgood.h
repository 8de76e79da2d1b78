/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_LIB_BROKER_LASTGOOD_H
#define MSSL_LIB_BROKER_LASTGOOD_H

/**
 * @file lastgood.h
 * The last good pairs of all names, for the whole server: a table that outlives children, brokers
 * and configurations, in a file without a name. It holds private keys, so it is nobody's by being
 * forked: what processes inherit is a descriptor that neither reads nor maps (O_PATH), and the
 * kernel asks anew, of whoever opens the file by it, whether he is its owner. A mapping is in no
 * core and in no process that is forked.
 *
 * 4,096 places of 16 KB in sets of four; memory is taken as places are filled. What is longer is
 * not kept. In a full set the one that was not used for the longest time gives way. What goes is
 * wiped.
 *
 * One lock for all processes. One that dies with it (a robust mutex) leaves nothing torn: the place
 * that it wrote is wiped, and length and hash of each entry are checked when it is read. One that
 * is stopped with it costs the others 200 ms each time, and no more. Any thread.
 */

#include <apr_pools.h>
#include <apr_time.h>
#include <sys/types.h>

#include "lib/base/hash.h"
#include "lib/base/kept.h"

#define MSSL_LASTGOOD_SETS 1024
#define MSSL_LASTGOOD_WAYS 4
/** Bytes of a place, with the names of source and key, and MSSL_LASTGOOD_HEAD more. */
#define MSSL_LASTGOOD_SLOT 16384
#define MSSL_LASTGOOD_HEAD 32

/** A process's way to the table. */
typedef struct mssl_lastgood_t mssl_lastgood_t;

/**
 * Parent: the table, empty.
 * @param owner who may open it, besides root
 * @param fd out: the caller's; what lastgood_new() takes
 */
apr_status_t mssl_lastgood_make(int *fd, uid_t owner);

/**
 * A way to the table that maps it for each use and unmaps it again: nothing stays in the memory of
 * a process that may become somebody else's (mpm_itk).
 * @param fd stays the caller's
 */
mssl_lastgood_t *mssl_lastgood_new(int fd, apr_pool_t *pool);

/**
 * Map it for good, for a process that cannot open it later. One thread.
 * @param kept takes note of the mapping
 */
apr_status_t mssl_lastgood_hold(mssl_lastgood_t *last, mssl_kept_t *kept);

/** Give the descriptor up: no way leads to the table from this process any more. */
void mssl_lastgood_close(mssl_lastgood_t *last);

/**
 * What is kept of a key.
 * @param source name of the source, the same over restarts
 * @param body out, in pool: as it was put. Holds keys: the caller wipes it
 * @return APR_SUCCESS; APR_NOTFOUND: nothing; APR_ENOENT: nothing, and it was taken away
 *         (lastgood_drop()); other: it cannot be found out now
 */
apr_status_t mssl_lastgood_get(mssl_lastgood_t *last, const char *source, const char *key,
                               unsigned char **body, size_t *len, apr_pool_t *pool);

/**
 * Keep it.
 * @param body NULL, or longer than what fits: the old one goes, and that nothing is kept is known;
 *        with NULL it also stays known that it was taken away
 */
void mssl_lastgood_put(mssl_lastgood_t *last, const char *source, const char *key,
                       const void *body, size_t len);

/**
 * Its files were taken away: wipe what is kept of a key.
 * @param has_else something else remembers it, too (lib/inventory/served.h), and is not to be
 *        believed: that it was taken away is known from now on, by a hash of its name
 */
void mssl_lastgood_drop(mssl_lastgood_t *last, const char *source, const char *key, int has_else);

/**
 * A key is in use, as it was.
 * @return 1; 0: nothing is known of it, and there is room: put it
 */
int mssl_lastgood_touch(mssl_lastgood_t *last, const char *source, const char *key);

#endif /* MSSL_LIB_BROKER_LASTGOOD_H */
