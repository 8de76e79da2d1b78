/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_LIB_EXPLAIN_NEAR_H
#define MSSL_LIB_EXPLAIN_NEAR_H

/**
 * @file near.h
 * Typing errors. Pure, any thread, no allocation.
 */

/**
 * Whether two different names could be meant for each other: one or two letters are missing, too
 * many, wrong, or swapped; one in short names.
 */
int mssl_near_is(const char *a, const char *b);

#endif /* MSSL_LIB_EXPLAIN_NEAR_H */
