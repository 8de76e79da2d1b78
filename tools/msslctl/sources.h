/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_TOOLS_MSSLCTL_SOURCES_H
#define MSSL_TOOLS_MSSLCTL_SOURCES_H

/** @file sources.h The stores of a walk, for walk.c only. */

#include <apr_hash.h>

#include "lib/pair/chain.h"
#include "lib/store/store.h"
#include "tools/msslctl/walk.h"

typedef struct ctl_source_t {
    int id;            /* in the store; -1: it could not be made */
    const mssl_store_provider_t *provider; /* NULL: not known here */
    void *instance;    /* for listing */
    int found;         /* its place among the walk's stores */
} ctl_source_t;

struct ctl_sources_t {
    mssl_store_t *store;
    mssl_chains_t *chains;
    apr_array_header_t *sources; /* ctl_source_t */
    apr_array_header_t *keys;    /* const char * */
    apr_hash_t *patterns;        /* pattern -> set_t * */
    apr_hash_t *certificates;    /* SHA-256 of each that is usable */
};

/** What was found of a source. */
ctl_found_store_t *ctl_sources_found(const ctl_walk_t *walk, const ctl_source_t *source);

/** It cannot be read. */
void ctl_sources_give_up(ctl_walk_t *walk, const ctl_source_t *source, const char *reason);

#endif /* MSSL_TOOLS_MSSLCTL_SOURCES_H */
