/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_LIB_INVENTORY_FIND_H
#define MSSL_LIB_INVENTORY_FIND_H

/**
 * @file find.h
 * One look: what a source has for a key, judged as a handshake would, with the last good pair where
 * files went bad: the one that was seen to be good, else what the history has. Any thread, each with
 * a judge of its own.
 */

#include "lib/inventory/book.h"
#include "lib/inventory/served.h"
#include "lib/pair/brief.h"
#include "lib/store/store.h"

/** Names of one certificate that are told, at most. */
#define MSSL_FIND_NAMES_MAX 100

/** Where one looks, and how. */
typedef struct mssl_look_t {
    const mssl_store_t *store;
    int source;
    const mssl_served_t *served; /**< what is read there and is damaged is set aside; NULL: none */
    mssl_briefs_t *briefs;
    /**
     * told the names that the certificate in a folder of the key has beside it: no list of the
     * source may have them, and a handshake finds them there. NULL: nobody wants to know
     */
    void (*take_name)(void *baton, const char *name);
    void *baton;
} mssl_look_t;

/**
 * @param known what was found before; NULL: nothing. Where its stamp still holds, nothing is read
 * @param has_last what known had as good pairs serves on where the files went bad
 * @param finding out, not known itself; its texts in pool. state and since are known's
 * @return APR_SUCCESS; APR_EEXIST: as known; APR_NOTFOUND: nothing of the key's is there; other,
 *         with why: the source cannot be asked
 */
apr_status_t mssl_find_key(const mssl_look_t *look, const char *key, const mssl_finding_t *known,
                           int has_last, mssl_finding_t *finding, apr_pool_t *pool,
                           mssl_reason_t *why);

#endif /* MSSL_LIB_INVENTORY_FIND_H */
