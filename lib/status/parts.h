/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_LIB_STATUS_PARTS_H
#define MSSL_LIB_STATUS_PARTS_H

/**
 * @file parts.h
 * The parts that the status pages are made of. What is foreign is escaped in here. One thread.
 */

#include "lib/status/facts.h"
#include "lib/status/out.h"

/** Everything before the content. @param title plain text */
void mssl_parts_begin(mssl_out_t *out, const char *title);
void mssl_parts_end(mssl_out_t *out);

/** The form that asks about a name. @param host what was asked for; NULL: nothing yet */
void mssl_parts_ask(mssl_out_t *out, const char *host);

/** A table of names. @param caption what it shows, plain text */
void mssl_parts_names(mssl_out_t *out, const mssl_status_facts_t *facts, const char *caption,
                      const mssl_index_row_t *row, int nrows);

/** A table of the counters of a group. @param title plain text */
void mssl_parts_counts(mssl_out_t *out, const mssl_status_facts_t *facts, const char *group,
                       const char *title);

/** The expiries of the coming days, as a picture and in words. */
void mssl_parts_forecast(mssl_out_t *out, const mssl_index_summary_t *index);

/** "2026-11-29 10:44 UTC"; "unknown" for 0. In out->pool. */
const char *mssl_parts_time(mssl_out_t *out, apr_time_t time);

/** "100,000". In out->pool. */
const char *mssl_parts_number(mssl_out_t *out, apr_uint64_t number);

/** "not yet valid": the state's word for people. In out->pool. */
const char *mssl_parts_state(mssl_out_t *out, mssl_name_state_t state);

#endif /* MSSL_LIB_STATUS_PARTS_H */
