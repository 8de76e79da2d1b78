/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_TOOLS_MSSLCTL_JOINED_H
#define MSSL_TOOLS_MSSLCTL_JOINED_H

/**
 * @file joined.h
 * Files of a pair, whichever and in whatever order, as one joined file: certificate, chain, key,
 * PEM. In a worker: the bytes are foreign.
 */

#include "lib/pair/blocks.h"
#include "lib/pair/pair.h"

typedef struct ctl_joined_t {
    mssl_pair_t *pair; /**< one reference */
    mssl_blob_t text;  /**< written anew, no byte of the files but the pair's; to be wiped */
    int is_locked;     /**< of a failure: a PFX that the password does not open, or that needs one */
} ctl_joined_t;

/**
 * Sort files out by what is in them and judge the pair under a key, as the server will. A file that
 * is one short line of text is the password of a PFX.
 * @param joined out: to be freed by ctl_joined_free() in any case
 * @param key a canonical name, or a pattern; NULL: the pair alone is judged, and there is no text
 * @return APR_SUCCESS; other, with why
 */
apr_status_t ctl_joined_read(ctl_joined_t *joined, const char *const *paths, int n, const char *key,
                             apr_pool_t *pool, mssl_reason_t *why);

/**
 * The same of blocks that were read.
 * @param blocks stay the caller's, but for a decoded key
 * @param item label and key_label, for the reason
 */
apr_status_t ctl_joined_make(ctl_joined_t *joined, mssl_blocks_t *blocks, const mssl_item_t *item,
                             const char *key, apr_pool_t *pool, mssl_reason_t *why);

/** The text of a pair that is there already. */
apr_status_t ctl_joined_write(mssl_blob_t *text, const mssl_pair_t *pair, apr_pool_t *pool);

/** Wipes and gives up. Zeroed is fine. */
void ctl_joined_free(ctl_joined_t *joined);

#endif /* MSSL_TOOLS_MSSLCTL_JOINED_H */
