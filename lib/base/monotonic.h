/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_LIB_BASE_MONOTONIC_H
#define MSSL_LIB_BASE_MONOTONIC_H

/**
 * @file monotonic.h
 * A clock that nobody sets, for spans: how long something waits or has lived. Any thread.
 */

#include <apr_time.h>

/** Microseconds since some moment, the same for all processes until a reboot. */
apr_time_t mssl_monotonic_now(void);

#endif /* MSSL_LIB_BASE_MONOTONIC_H */
