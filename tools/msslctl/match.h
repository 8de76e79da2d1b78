/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_TOOLS_MSSLCTL_MATCH_H
#define MSSL_TOOLS_MSSLCTL_MATCH_H

/**
 * @file match.h
 * Which certificates and keys of many files belong together: by the public key, whatever the files
 * are called. In a worker: the bytes are foreign.
 */

#include "lib/pair/pair.h"
#include "tools/msslctl/tree.h"

/** Files of one pair: certificate, key, issuers. */
#define CTL_MATCH_FILES 6

/** A name with the best pair of a key type that was found for it. */
typedef struct ctl_match_t {
    const char *name;       /**< or pattern */
    mssl_key_type_t type;
    apr_time_t from, until; /**< of the certificate */
    const char *files[CTL_MATCH_FILES];
    int nfiles;
    int number;             /**< of the pair in its one file, from 1; 0: the files are the pair's */
    int is_unfound;         /**< a store finds the pair by others of its names, and not by this one */
} ctl_match_t;

/** Pairs that come one by one; of each name and key type the best one stays. */
typedef struct ctl_matcher_t ctl_matcher_t;

ctl_matcher_t *ctl_match_begin(apr_pool_t *pool);

/**
 * All names of a pair. @param from its files and number
 * @return how many names it has
 */
size_t ctl_match_add(ctl_matcher_t *matcher, const mssl_pair_t *pair, const ctl_match_t *from);

/** @return of ctl_match_t, by name */
apr_array_header_t *ctl_match_end(const ctl_matcher_t *matcher);

/** @return of ctl_match_t, by name */
apr_array_header_t *ctl_match_files(const ctl_tree_t *tree);

/**
 * What a folder in a layout of dir: has, and what its certificates are for besides.
 * @param matches out
 */
apr_status_t ctl_match_store(apr_array_header_t **matches, const char *path, apr_pool_t *pool,
                             mssl_reason_t *why);

#endif /* MSSL_TOOLS_MSSLCTL_MATCH_H */
