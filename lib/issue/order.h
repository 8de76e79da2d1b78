/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_LIB_ISSUE_ORDER_H
#define MSSL_LIB_ISSUE_ORDER_H

/**
 * @file order.h
 * The tasks of work.h in which an issuer is asked for a certificate. Part of work.c. One thread.
 */

#include "lib/issue/ending.h"

/**
 * ORDER: go on with the order that is there, or begin one. The job is not written at the end.
 * @return APR_SUCCESS: the job says how it went; other, with working->why
 */
apr_status_t mssl_order(mssl_working_t *working);

/** POLL: ask after one that is pending. @return as mssl_order() */
apr_status_t mssl_order_poll(mssl_working_t *working);

#endif /* MSSL_LIB_ISSUE_ORDER_H */
