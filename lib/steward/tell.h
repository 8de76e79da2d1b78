/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_LIB_STEWARD_TELL_H
#define MSSL_LIB_STEWARD_TELL_H

/**
 * @file tell.h
 * Telling one command one thing: its program is run with the message (message.h) on its standard
 * input. One thread, with SIGCHLD blocked.
 */

#include "lib/notify/settings.h"
#include "lib/steward/message.h"

/** How programs are run; see mssl_program_t. */
typedef struct mssl_teller_t {
    const char *self; /**< the steward's own program, which has the shipped ones in it */
    apr_interval_time_t patience, mercy;
    void (*tick)(void *baton); /**< NULL: none */
    void *baton;
    int *code;        /**< out: the exit code; -1: it has none. NULL: nobody asks */
} mssl_teller_t;

/**
 * Run it. Blocks.
 * @return APR_SUCCESS: it took the message; other, with why
 */
apr_status_t mssl_tell(const mssl_teller_t *teller, const mssl_order_t *order,
                       const mssl_message_t *message, apr_pool_t *pool, mssl_reason_t *why);

#endif /* MSSL_LIB_STEWARD_TELL_H */
