/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_LIB_EXPLAIN_JOB_H
#define MSSL_LIB_EXPLAIN_JOB_H

/**
 * @file job.h
 * What is told of a name's certificate to be (lib/issue/job.h), where certificates are issued here: how
 * far it is, what is in its way, and what helps. Its texts are the CA's and the issuer's, foreign
 * bytes. One thread.
 */

#include "lib/base/json.h"
#include "lib/explain/explain.h"

/** Behind mssl_explain(): what the job makes of it. Nothing where facts->job is NULL. */
void mssl_explain_job(mssl_explained_t *explained, const mssl_explain_facts_t *facts,
                      apr_pool_t *pool);

/** "failed since 2026-11-29T20:00:00Z, 3 times: ..."; NULL: there is none. */
const char *mssl_explain_job_text(const mssl_explain_facts_t *facts, apr_pool_t *pool);

/** The member "job": null where there is none. */
void mssl_explain_job_json(mssl_json_t *json, const mssl_explain_facts_t *facts);

#endif /* MSSL_LIB_EXPLAIN_JOB_H */
