/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_TOOLS_MSSLCTL_WHOLE_H
#define MSSL_TOOLS_MSSLCTL_WHOLE_H

/**
 * @file whole.h
 * Pairs that lie whole in one file each (PFX), or many of them in one file (Traefik's acme.json).
 * One that is wrong costs itself, and is told. In a worker: the bytes are foreign.
 */

#include "tools/msslctl/joined.h"
#include "tools/msslctl/match.h"

typedef struct ctl_whole_t {
    apr_pool_t *pool;
    ctl_matcher_t *matcher;     /**< gets what was found */
    apr_array_header_t *faults; /**< const char *: what is wrong with those left out */
    int more;                   /**< faults beyond those that are kept */
} ctl_whole_t;

void ctl_whole_init(ctl_whole_t *whole, apr_pool_t *pool);

/** @return APR_SUCCESS; other, with why: no such file, or cut off behind what was found */
apr_status_t ctl_whole_add_traefik(ctl_whole_t *whole, const char *path, mssl_reason_t *why);

/**
 * A PFX file, or all NAME.pfx and NAME.p12 below a folder.
 * @param password_file of all; NULL: NAME.pass beside each, where there is one
 * @return APR_SUCCESS; other, with why: there is none
 */
apr_status_t ctl_whole_add_pfx(ctl_whole_t *whole, const char *path, const char *password_file,
                               mssl_reason_t *why);

/** One of the pairs of Traefik's file, as ctl_joined_read() reads files. @param number its own */
apr_status_t ctl_whole_read(ctl_joined_t *joined, const char *path, int number, const char *key,
                            apr_pool_t *pool, mssl_reason_t *why);

#endif /* MSSL_TOOLS_MSSLCTL_WHOLE_H */
