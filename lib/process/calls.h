/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_LIB_PROCESS_CALLS_H
#define MSSL_LIB_PROCESS_CALLS_H

/**
 * @file calls.h
 * The calls of the kernel that a confined process may make, by the work that they are for
 * (rights.h). What is not in the list does not exist for it.
 */

#include <stdint.h>

/** What an argument must be for the call to be allowed. */
typedef enum {
    MSSL_CALL_ANY = 0,
    MSSL_CALL_EQUALS,  /**< its low 32 bits are value */
    MSSL_CALL_HAS,     /**< the bit of value is set */
    MSSL_CALL_HAS_NOT, /**< no bit of value is set */
    MSSL_CALL_NULL,    /**< all of it is 0 */
    MSSL_CALL_SELF     /**< its low 32 bits are our process id */
} mssl_call_test_t;

/** One call, or one way in which it may be made; those of one call stand side by side. */
typedef struct mssl_call_t {
    int nr;
    unsigned char group;    /**< MSSL_CALLS_* */
    unsigned char argument; /**< 0 to 5 */
    unsigned char test;     /**< mssl_call_test_t */
    uint32_t value;
} mssl_call_t;

/** The list; constant. @param n out: its rows */
const mssl_call_t *mssl_calls_get(int *n);

#endif /* MSSL_LIB_PROCESS_CALLS_H */
