/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_LIB_PAIR_BUILD_H
#define MSSL_LIB_PAIR_BUILD_H

/**
 * @file build.h
 * Making a pair out of files, and the reading of those, which judge.c has to do in the same way.
 */

#include "lib/pair/blocks.h"
#include "lib/pair/pair.h"

/**
 * Parse and check what a store holds: the certificate parses, the key matches it, the key type
 * is one of ours. In a bundle the leaf is the certificate that the key belongs to; the rest is the
 * chain, put in order, with what does not belong to it left out.
 * @param pair out: one reference, owned by the caller; NULL on failure
 * @param why out: which file, what is wrong, the fix
 * @return APR_SUCCESS; APR_EINVAL for a bad pair; item->rv when that is set
 */
apr_status_t mssl_pair_new(mssl_pair_t **pair, const mssl_item_t *item, mssl_reason_t *why);

/**
 * The same, with intermediates held in a table that many pairs share (lib/pair/chain.h).
 * @param chains NULL: shared with nobody
 */
apr_status_t mssl_pair_new_shared(mssl_pair_t **pair, const mssl_item_t *item,
                                  mssl_chains_t *chains, mssl_reason_t *why);

/**
 * The same from what was read of the item's files already (a PFX is decrypted once).
 * @param blocks as mssl_pair_read_blocks() filled them; stay the caller's, but for a decoded key,
 *        which becomes the pair's
 */
apr_status_t mssl_pair_new_of_blocks(mssl_pair_t **pair, const mssl_item_t *item,
                                     mssl_blocks_t *blocks, mssl_chains_t *chains,
                                     mssl_reason_t *why);

/**
 * The blocks of an item's files, before anything is judged.
 * @param blocks zeroed; to be freed by mssl_blocks_free() in any case
 * @return APR_SUCCESS; APR_EINVAL with why
 */
apr_status_t mssl_pair_read_blocks(mssl_blocks_t *blocks, const mssl_item_t *item,
                                   mssl_reason_t *why);

#endif /* MSSL_LIB_PAIR_BUILD_H */
