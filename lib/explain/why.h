/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_LIB_EXPLAIN_WHY_H
#define MSSL_LIB_EXPLAIN_WHY_H

/**
 * @file why.h
 * Why nothing better is in service: what takes the name out, what there is instead, and what an ACME client
 * has that no store of the server sees. One thread.
 */

#include "lib/base/json.h"
#include "lib/explain/explain.h"

/** What an ACME client keeps for the name, in its own layout, and no store has. */
typedef struct mssl_explain_newer_t {
    const char *form, *command; /**< "certbot", and "msslctl import certbot", which says what to do */
    const char *file;     /**< foreign bytes */
    apr_time_t not_after;
} mssl_explain_newer_t;

/** Whether what is in service is such that a better pair is worth looking for. */
int mssl_explain_wants_newer(const mssl_explain_facts_t *facts);

/** Behind mssl_explain(): the way to have facts->newer in service comes first. */
void mssl_explain_newer(mssl_explained_t *explained, const mssl_explain_facts_t *facts);

/** What takes it out of which wildcard, whose file that is and of when. @return NULL: nothing does */
const char *mssl_explain_excluded_text(const mssl_explained_t *explained,
                                       const mssl_explain_facts_t *facts, apr_pool_t *pool);

/** An expired one: why it is shown all the same. @return NULL: it is none */
const char *mssl_explain_expired_text(const mssl_explained_t *explained,
                                      const mssl_explain_facts_t *facts, apr_pool_t *pool);

/** @return NULL: there is none */
const char *mssl_explain_newer_text(const mssl_explain_facts_t *facts, apr_pool_t *pool);

/** "newer": an object, or null. */
void mssl_explain_newer_json(mssl_json_t *json, const mssl_explain_facts_t *facts);

#endif /* MSSL_LIB_EXPLAIN_WHY_H */
