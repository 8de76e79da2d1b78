/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_LIB_STEWARD_RECORD_H
#define MSSL_LIB_STEWARD_RECORD_H

/**
 * @file record.h
 * The steward's own account of itself, for the status (lib/notify/standing.h): kept in memory,
 * written when it changes and so often that a reader knows that its writer lives. What was counted,
 * and what each command was last told, goes on from the steward before. One steward at a time has
 * one (memory.h has the lock). One thread.
 */

#include "lib/notify/settings.h"
#include "lib/notify/standing.h"

typedef struct mssl_record_t mssl_record_t;

/**
 * @param dir descriptor of MSSLStateDir
 * @param generation httpd's; -1: unknown
 */
mssl_record_t *mssl_record_make(int dir, int generation, apr_pool_t *pool);

/**
 * Go on from what the one before wrote.
 * @return APR_SUCCESS, also where there is nothing; APR_EINVAL: it is damaged, was set aside as
 *         steward.json.bad, and all counts begin at 0; other, with why
 */
apr_status_t mssl_record_load(mssl_record_t *record, mssl_reason_t *why);

/** Other commands are in force. @param settings NULL: none is */
void mssl_record_configure(mssl_record_t *record, const mssl_settings_t *settings);

/** The end of the walk that is gone by. */
void mssl_record_set_walk(mssl_record_t *record, apr_time_t walk);

/** A command is begun. @param i its place in the settings */
void mssl_record_begin(mssl_record_t *record, int i, mssl_event_t event, apr_time_t now);
/**
 * It has ended.
 * @param failures since it took something; 0: it did
 * @param next when it is tried again
 */
void mssl_record_end(mssl_record_t *record, int i, mssl_event_t event, int failures, apr_time_t now,
                     apr_time_t next);

/** So many jobs are in a state. @param state a word of lib/issue/job.h */
void mssl_record_set_jobs(mssl_record_t *record, const char *state, apr_uint64_t n);
/** Nothing is issued any more: no job is counted. */
void mssl_record_clear_jobs(mssl_record_t *record);

/** An order of an issuer came to an end. Of more issuers than there is room for none is counted. */
void mssl_record_add_order(mssl_record_t *record, const char *issuer, int is_issued);

/**
 * Write it, where that is due.
 * @return APR_SUCCESS; other: it could not be written, with why where it was tried just now. It is
 *         tried again
 */
apr_status_t mssl_record_keep(mssl_record_t *record, mssl_reason_t *why);

#endif /* MSSL_LIB_STEWARD_RECORD_H */
