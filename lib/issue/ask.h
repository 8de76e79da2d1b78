/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_LIB_ISSUE_ASK_H
#define MSSL_LIB_ISSUE_ASK_H

/**
 * @file ask.h
 * Asking the program of MSSLIssueFor ask:PROGRAM for one name: in a process of its own, as it blocks.
 * The program has no right (MSSL_ROLE_ASKED in lib/process/rights.c) and writes nothing; where the
 * kernel has Landlock it sees nothing of MSSLStateDir. What it writes is thrown away, and what it
 * leaves behind in its session is ended with it. One thread; SIGCHLD blocked.
 *
 * It is run without arguments; its environment is PATH, LANG, and MSSL_NAME: a canonical name. Exit
 * code 0 is a yes, 1 a no; anything else says nothing of the name.
 */

#include <apr_tables.h>

#include "lib/issue/consent.h"

typedef struct mssl_ask_t {
    const char *program;
    const char *state_dir;               /**< absolute */
    const apr_array_header_t *addresses; /**< const char *: of all MSSLPublicAddress */
    int looks;                           /**< ask only where the name leads to this machine */
    apr_interval_time_t look_patience;   /**< the DNS may take so long, in whole seconds; */
    apr_interval_time_t patience, mercy; /**< the program, and to end when it was told to */
} mssl_ask_t;

/** Blocks. @param why out: what was wrong with the program where the answer is LATE or BROKEN */
mssl_answer_t mssl_ask(const mssl_ask_t *ask, const char *name, apr_pool_t *pool,
                       mssl_reason_t *why);

#endif /* MSSL_LIB_ISSUE_ASK_H */
