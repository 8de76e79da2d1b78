/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_LIB_ISSUE_CHOICE_H
#define MSSL_LIB_ISSUE_CHOICE_H

/**
 * @file choice.h
 * Which issuer makes an order: the one that the name asks for, else the first that is tried by itself,
 * may be asked and has not reached a limit; behind failures that were not the name's the next one. One
 * thread.
 */

#include "lib/issue/ledger.h"
#include "lib/issue/permit.h"

#define MSSL_NEVER ((apr_time_t)APR_INT64_MAX)

/** What is chosen from. Zeroed but for the pool's. */
typedef struct mssl_choice_t {
    const mssl_issuing_t *issuing;
    mssl_ledger_t *ledger;
    mssl_ledger_t *unknown;  /**< in memory: of orders that preflight said nothing of */
    apr_uint32_t stopped;    /**< bits of issuers that wait for an admin */
} mssl_choice_t;

/** What for. */
typedef struct mssl_need_t {
    const char *name, *named; /**< named: the one that is asked for; NULL: any */
    mssl_job_why_t cause;
    mssl_class_t class;       /**< of the last failure */
    int refusals;             /**< failures in a row that were not the name's */
    int is_unknown;           /**< preflight said nothing */
} mssl_need_t;

/** An issuer said that nothing goes before an admin has acted. */
void mssl_choice_stop(mssl_choice_t *choice, const char *issuer);

/** @param at out: where it is NULL, when one is free; MSSL_NEVER: none is going to be */
const mssl_issuer_t *mssl_choice_make(const mssl_choice_t *choice,
                                      const mssl_need_t *need, apr_time_t now,
                                      apr_time_t *at);

/** The first that could make it at all, limits and failures aside. @return NULL: none can */
const mssl_issuer_t *mssl_choice_first(const mssl_choice_t *choice, const mssl_need_t *need);

/** Whether there is one: not each makes wildcards. */
int mssl_choice_is_there(const mssl_choice_t *choice, const mssl_need_t *need);

/** Whether a name is ordered only when an admin asks: for money or a person's time, as was requested. */
int mssl_choice_is_asked_for(const mssl_choice_t *choice, const mssl_permit_t *permit);

/**
 * Whether what a name asks for costs money or a person's time: nobody else is asked in its place, and
 * what is in service is thought of apart. So is that of a request whose issuer is there no more.
 */
int mssl_choice_is_apart(const mssl_choice_t *choice, const mssl_permit_t *permit);

/** An order is made after all: what preflight said nothing of counts apart, too. */
void mssl_choice_note(const mssl_choice_t *choice, const mssl_need_t *need,
                      const mssl_issuer_t *issuer, apr_time_t now);

#endif /* MSSL_LIB_ISSUE_CHOICE_H */
