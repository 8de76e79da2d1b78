/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_LIB_EXPLAIN_LIVE_H
#define MSSL_LIB_EXPLAIN_LIVE_H

/**
 * @file live.h
 * What visits of a name have seen, held against what its files and the configuration promise. Who
 * made the visits hands them in with the facts; nobody does so in the status, which waits for no
 * network. Addresses, locations and failures are foreign bytes. One thread.
 */

#include "lib/explain/explain.h"

/** Behind mssl_explain(): add to explained->problem what was seen otherwise, worst first, and raise the severity. */
void mssl_explain_live(mssl_explained_t *explained, const mssl_explain_facts_t *facts,
                       apr_pool_t *pool);

/** Which visits are meant. */
typedef enum {
    MSSL_VISITS_WITH_SNI = 0,
    MSSL_VISITS_WITHOUT_SNI,
    MSSL_VISITS_PLAIN
} mssl_visits_t;

/**
 * "seen: 200", "seen: 200 (remembered from the switch)" where that is why it is not as for others;
 * of several that differ "seen: 200 at 192.0.2.1:443, nothing at ..."; NULL: none.
 */
const char *mssl_explain_seen(const mssl_explained_t *explained, const mssl_explain_facts_t *facts,
                              mssl_visits_t which, apr_pool_t *pool);

#endif /* MSSL_LIB_EXPLAIN_LIVE_H */
