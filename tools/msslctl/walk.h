/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_TOOLS_MSSLCTL_WALK_H
#define MSSL_TOOLS_MSSLCTL_WALK_H

/**
 * @file walk.h
 * A look at all pairs of all stores, by the providers and the judge of the module itself. In a
 * worker: the bytes are foreign. What the stores of all virtual hosts have counts together, in the
 * order of the configuration.
 */

#include <apr_hash.h>

#include "lib/explain/cert.h"
#include "lib/inventory/states.h"
#include "tools/msslctl/ends.h"
#include "tools/msslctl/worker.h"

/** What was found of one name. */
typedef struct ctl_finding_t {
    const char *name;      /**< or pattern; canonical */
    mssl_name_state_t state;
    int has_own;           /**< something is filed under it, or takes it out: no pattern needed */
    int is_missing;        /**< asked for, and in no store: state says nothing */
    unsigned types;        /**< 1 << mssl_key_type_t of what is in service */
    apr_time_t not_after;  /**< of what is in service and ends first; 0: nothing is */
    apr_time_t until;      /**< the same with its chain */
    const char *store;     /**< label, of what is in service or bad; NULL: of none */
    const char *file;
    const char *reason;    /**< what is wrong; NULL */
    const char *exposed;   /**< a key in service that everybody may read; NULL */
    const char *note;      /**< worth knowing; NULL */
    int signs_itself;      /**< what is in service, or one of several: browsers warn of it */
    int is_copied;         /**< renewed by nobody (copied.h) */
    const char *chosen[MSSL_KEY_TYPES]; /**< file of what is in service; NULL: none of that type */
    const unsigned char *sha256[MSSL_KEY_TYPES]; /**< of its certificate; NULL the same */
    const mssl_explain_cert_t *cert[MSSL_KEY_TYPES]; /**< with has_details; NULL the same */
} ctl_finding_t;

/** A pair that is not there yet: what would be in service if it was? */
typedef struct ctl_instead_t {
    const char *key, *store, *file; /**< name or pattern, label, path */
    mssl_candidate_t candidate;
} ctl_instead_t;

/** What was found of one store. */
typedef struct ctl_found_store_t {
    const char *label;
    int can_list;
    const char *reason;    /**< why it could not be read; NULL: it could */
    int names, certificates, bad;
    apr_time_t soonest;    /**< end of the first that ends; 0 */
} ctl_found_store_t;

typedef struct ctl_walk_t {
    apr_pool_t *pool;
    apr_time_t now;
    mssl_warns_t warns;
    int has_details;       /**< set by the caller: what is in service is to be told of more */
    int has_progress;      /**< set by the caller: tell on standard error how far it is */
    int jobs;              /**< set by the caller: threads that look; 0, 1: none but the caller */
    apr_time_t told;       /**< of progress, last */
    apr_time_t cached;     /**< when the inventory's last walk ended, whose word all of this is; 0: the
                                files are looked at, or it has not come to an end yet */
    apr_hash_t *copied;    /**< set by the caller: ctl_copied_read(); NULL: nothing is */
    const ctl_instead_t *instead; /**< set by the caller; NULL: as it is */
    const char *fault;     /**< of a lookup in its view (sources.h): what was wrong last; NULL */
    int is_complete;       /**< 0: interrupted */
    int unreachable;       /**< stores that could not be read */
    int ends[CTL_ENDS];    /**< of what is made here (ends.h); 0 where one store is looked at */
    apr_array_header_t *findings; /**< ctl_finding_t, by name */
    apr_array_header_t *stores;   /**< ctl_found_store_t */
    apr_array_header_t *notes;    /**< const char *: lines of maps that do not count */
    struct ctl_sources_t *sources;
} ctl_walk_t;

/**
 * @param only the one store that is looked at; NULL: all, and MSSLCertificate
 * @return a walk that has not begun; NULL: no memory
 */
ctl_walk_t *ctl_walk_make(const ctl_server_t *server, const ctl_store_t *only,
                          const mssl_warns_t *warns, apr_pool_t *pool);

/**
 * The same of what the inventory found last: no file is read but its own.
 * @param walk out
 * @return APR_SUCCESS; other, with why: there is nothing to go by
 */
apr_status_t ctl_walk_make_cached(ctl_walk_t **walk, const ctl_server_t *server,
                                  const ctl_store_t *only, const mssl_warns_t *warns,
                                  apr_pool_t *pool, mssl_reason_t *why);

/** Look at all names, or at some. @param names canonical or patterns; n 0: all */
void ctl_walk_run(ctl_walk_t *walk, const char *const *names, int n, const ctl_stop_t *stop);

/**
 * A name in the stores that is nearly the same.
 * @return NULL: there is none
 */
const char *ctl_walk_near(ctl_walk_t *walk, const char *name);

/** "RSA+ECDSA"; "-": none. */
const char *ctl_walk_types(apr_pool_t *pool, unsigned types);

/** Whole days until then, negative when it is over. */
int ctl_walk_days(const ctl_walk_t *walk, apr_time_t until);

#endif /* MSSL_TOOLS_MSSLCTL_WALK_H */
