/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_LIB_EXPLAIN_ITSELF_H
#define MSSL_LIB_EXPLAIN_ITSELF_H

/**
 * @file itself.h
 * A certificate in service that no authority has signed: browsers warn of it, and where somebody filed
 * it none is ordered over it, as it may be meant. Said with the way to one that is trusted. One thread.
 */

#include "lib/explain/explain.h"

/** Behind mssl_explain_job(): problem "signs_itself". Nothing of what was issued here. */
void mssl_explain_itself(mssl_explained_t *explained, const mssl_explain_facts_t *facts,
                         apr_pool_t *pool);

#endif /* MSSL_LIB_EXPLAIN_ITSELF_H */
