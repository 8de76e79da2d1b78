/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_LIB_ISSUE_WORKFILES_H
#define MSSL_LIB_ISSUE_WORKFILES_H

/**
 * @file workfiles.h
 * What lies in the working folder of an order for its issuer, and what that leaves there. Part of
 * work.c. One thread.
 */

#include "lib/issue/ending.h"

/**
 * What the issuer left as a chain.
 * @param chain empty
 * @return APR_SUCCESS; APR_ENOENT: nothing; other; with working->why
 */
apr_status_t mssl_workfiles_read_chain(mssl_working_t *working, mssl_buffer_t *chain);

/** The chain is no good: it is put beside, for a person who looks. */
void mssl_workfiles_refuse_chain(const mssl_working_t *working);

/** @param file of issuer.h. @return APR_SUCCESS; other, with working->why */
apr_status_t mssl_workfiles_write(mssl_working_t *working, const char *file,
                                  const mssl_buffer_t *data);

/** A renewal says what it is one of (RFC 9773). Without that it is an order as any other. */
void mssl_workfiles_write_replaced(mssl_working_t *working);

/**
 * The end of what the order replaces, where that matters; not of a CA that was tried out (its
 * staging). @return 0: it does not
 */
apr_time_t mssl_workfiles_get_replaced(const mssl_working_t *working);

#endif /* MSSL_LIB_ISSUE_WORKFILES_H */
