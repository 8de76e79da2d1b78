/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_LIB_EXPLAIN_WRITE_H
#define MSSL_LIB_EXPLAIN_WRITE_H

/**
 * @file write.h
 * An explanation as JSON and as text for a terminal of 80 columns. One thread.
 */

#include "lib/base/json.h"
#include "lib/explain/explain.h"

/** Schema "mssl/1". @return the sink's first error */
apr_status_t mssl_explain_json(const mssl_explained_t *explained, const mssl_explain_facts_t *facts,
                               mssl_json_sink_fn sink, void *baton);

/** One line of an explanation: what it is about ("Certificate"), and what there is to say. */
typedef struct mssl_explain_line_t {
    const char *label, *text; /**< text has foreign bytes; escape it for where it goes */
} mssl_explain_line_t;

#define MSSL_EXPLAIN_LINES_MAX 60

/**
 * The lines below the sentence, in their order; for text and HTML alike.
 * @param line in: MSSL_EXPLAIN_LINES_MAX of them; out
 * @return how many
 */
int mssl_explain_lines(mssl_explain_line_t *line, const mssl_explained_t *explained,
                       const mssl_explain_facts_t *facts, apr_pool_t *pool);

#endif /* MSSL_LIB_EXPLAIN_WRITE_H */
