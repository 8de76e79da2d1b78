/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_LIB_EXPLAIN_PREFLIGHT_H
#define MSSL_LIB_EXPLAIN_PREFLIGHT_H

/**
 * @file preflight.h
 * What a preflight (lib/issue/preflight.h) says of a name now, in words for people: of each address, and
 * of all together. Who looks is msslctl alone, where an admin asks; the status only remembers. One thread.
 */

#include "lib/base/json.h"
#include "lib/explain/explain.h"
#include "lib/issue/job.h"

/** One address. */
typedef struct mssl_explain_spot_t {
    const char *address;     /**< as getnameinfo() writes it */
    mssl_job_found_t found;  /**< OURS, ELSEWHERE, UNKNOWN */
    int status;              /**< of another server's answer */
} mssl_explain_spot_t;

typedef struct mssl_explain_preflight_t {
    mssl_job_found_t found;
    const char *text;        /**< why, in a sentence; "": it leads here */
    int n;
    const mssl_explain_spot_t *spot;
} mssl_explain_preflight_t;

/** "A 192.0.2.1: a token came back from there" */
const char *mssl_explain_spot_text(const mssl_explain_spot_t *spot, apr_pool_t *pool);

/** What helps. @return static text; NULL: nothing need be done */
const char *mssl_explain_preflight_fix(mssl_job_found_t found);

/** Whether all that answers is this server. */
int mssl_explain_leads_here(const mssl_explain_facts_t *facts);

/** Behind mssl_explain_job(): what would hold an order that nobody has made yet. */
void mssl_explain_preflight(mssl_explained_t *explained, const mssl_explain_facts_t *facts,
                            apr_pool_t *pool);

/** Lines for people. @param i from 0 */
int mssl_explain_preflight_lines(const mssl_explain_facts_t *facts);
const char *mssl_explain_preflight_line(const mssl_explain_facts_t *facts, int i, apr_pool_t *pool);

/** The member "preflight": null where nobody looked. */
void mssl_explain_preflight_json(mssl_json_t *json, const mssl_explain_facts_t *facts);

#endif /* MSSL_LIB_EXPLAIN_PREFLIGHT_H */
