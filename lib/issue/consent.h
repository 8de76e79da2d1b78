/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_LIB_ISSUE_CONSENT_H
#define MSSL_LIB_ISSUE_CONSENT_H

/**
 * @file consent.h
 * What the program of MSSLIssueFor ask:PROGRAM has said of names, as far as it outlives a restart:
 * those that it said yes to, and how often it has said no to such a one since. A name that has a
 * certificate is gone after three noes on three days; a program that is late or broken takes none
 * away. One that has none yet loses nothing: any other answer than a yes ends it. In memory, and as
 * MSSLStateDir/consents/names, lines "NAME YES-TIME NO-TIME NOES", the last of a name counts; what has more
 * than twice the lines that it needs is written anew. One thread.
 */

#include <apr_pools.h>
#include <apr_tables.h>
#include <apr_time.h>

#include "mod_mssl.h"

#define MSSL_CONSENTS_DIR "consents" /**< of MSSLStateDir, 0700 */
#define MSSL_CONSENTS_FILE "names"
/** Above that nobody new gets a yes. */
#define MSSL_CONSENTS_MAX 1000000
/** So many noes, each a day behind the one before, and the name is gone. */
#define MSSL_CONSENT_NOES 3
#define MSSL_CONSENT_DAY apr_time_from_sec(86400)

/** What was answered. */
typedef enum {
    MSSL_ANSWER_YES = 0,
    MSSL_ANSWER_NO,
    MSSL_ANSWER_LATE,      /**< it did not end in its time */
    MSSL_ANSWER_BROKEN,    /**< it did not run, was ended by a signal, or said what means nothing */
    MSSL_ANSWER_ELSEWHERE, /**< it was not asked: the name does not lead here */
    MSSL_ANSWERS
} mssl_answer_t;

/** Of one name. */
typedef struct mssl_consent_t {
    const char *name;
    apr_time_t yes;        /**< the last one */
    apr_time_t no;         /**< the last that counts since then; 0: none */
    int noes;
    int is_first;          /**< it has no certificate yet */
    mssl_answer_t last;    /**< in this process; YES where none was heard */
    apr_time_t heard;      /**< when; 0: not in this process */
} mssl_consent_t;

typedef struct mssl_consents_t mssl_consents_t;

/** @param folder descriptor of MSSLStateDir/consents, the caller's; -1: nothing is kept on disk */
mssl_consents_t *mssl_consents_make(int folder, apr_pool_t *pool);

/**
 * Read the file.
 * @param is_writer and write it anew where it says a thing twice: the steward alone
 * @return APR_SUCCESS; other, with why
 */
apr_status_t mssl_consents_load(mssl_consents_t *consents, int is_writer, mssl_reason_t *why);

/**
 * An answer of today. A yes to a new name is on the disk when it returns.
 * @param has_changed out: a name has come, or is gone
 * @return APR_SUCCESS; other, with why: it could not be written; a new name does not come then
 */
apr_status_t mssl_consents_note(mssl_consents_t *consents, const char *name, mssl_answer_t answer,
                                apr_time_t now, int *has_changed, mssl_reason_t *why);

/** Before an order: whether it is a first one. A name that it never said yes to is passed over. */
void mssl_consents_mark(mssl_consents_t *consents, const char *name, int is_first);

/** @return NULL: it never said yes, or that is over */
const mssl_consent_t *mssl_consents_find(const mssl_consents_t *consents, const char *name);

/** Call for each, in no order. */
void mssl_consents_each(const mssl_consents_t *consents,
                        void (*take)(void *baton, const mssl_consent_t *consent), void *baton);

#endif /* MSSL_LIB_ISSUE_CONSENT_H */
