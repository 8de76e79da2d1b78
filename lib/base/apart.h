/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_LIB_BASE_APART_H
#define MSSL_LIB_BASE_APART_H

/**
 * @file apart.h
 * A mark for what few requests need of a hook that each one calls. Where the compiler puts such a
 * function into the hook, every request saves the registers that it alone wants.
 */

#define MSSL_APART __attribute__((noinline))

#endif /* MSSL_LIB_BASE_APART_H */
