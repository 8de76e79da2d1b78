/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_LIB_STATUS_FACTS_H
#define MSSL_LIB_STATUS_FACTS_H

/**
 * @file facts.h
 * What the status says (contract, section 12), gathered once for each answer; the same facts become
 * HTML, JSON and Prometheus's text. Names are canonical; labels, files and reasons are foreign bytes,
 * and each form escapes them for itself.
 */

#include "lib/base/counters.h"
#include "lib/inventory/index.h"
#include "lib/notify/standing.h"

/** One of the processes beside httpd's children. */
typedef struct mssl_status_process_t {
    int is_used;         /**< there is to be one */
    int is_alive;
    long pid;
    apr_time_t started;  /**< 0: unknown */
} mssl_status_process_t;

typedef struct mssl_status_facts_t {
    apr_time_t now;
    int is_summary;      /**< no name and no path is said; stores are numbers */
    struct {
        const char *version, *httpd, *openssl, *hostname;
        apr_time_t started;    /**< httpd's first start */
        apr_time_t configured; /**< its last start or restart */
        int generation, children;
    } server;
    const char *key_access; /**< "broker", "direct" */
    mssl_status_process_t broker, inventory, steward;
    /** what the steward wrote of itself; NULL: nothing is known of that. Its texts are foreign */
    const mssl_standing_t *standing;
    int is_standing_old;   /**< it is not written any more: counts are the last ones known */
    int is_inventory_on;
    /** NULL: nothing is known of the stores yet */
    const mssl_index_summary_t *index;
    mssl_totals_t totals;
    /** what the child that answers has in memory */
    struct {
        apr_uint64_t pairs, negative;
    } cache;
    int is_intent_cache_up; /**< as this child saw it last */
} mssl_status_facts_t;

/** A list of names, and what was asked for. */
typedef struct mssl_status_list_t {
    const mssl_index_query_t *query;
    const char *state;   /**< the words of query->states; NULL: all */
    const mssl_index_list_t *list;
} mssl_status_list_t;

/** Whole days from now; less than 0: so long ago. */
long mssl_status_days(apr_time_t now, apr_time_t until);

/** Names that need attention: bad to shadowed. */
apr_uint32_t mssl_status_count_attention(const mssl_index_summary_t *index);

/** The tag of the log line about such a state; NULL: it has none. */
const char *mssl_status_tag(mssl_name_state_t state);

/** "dir:/etc/mssl", or "2" in a summary. In pool. */
const char *mssl_status_store(const mssl_status_facts_t *facts, int store, const char *label,
                              apr_pool_t *pool);

/** When a command that failed is tried again; 0: never, or who would has gone. */
apr_time_t mssl_status_get_retry(const mssl_status_facts_t *facts,
                                 const mssl_standing_command_t *command);

/** For the value of a query (RFC 3986): what is not unreserved becomes %XX. In pool. */
const char *mssl_status_encode(const char *value, apr_pool_t *pool);

#endif /* MSSL_LIB_STATUS_FACTS_H */
