/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_LIB_STEWARD_LATE_H
#define MSSL_LIB_STEWARD_LATE_H

/**
 * @file late.h
 * Orders that came to an end when their steward was the one at work no more (a graceful restart in the
 * middle of them): it hands them on to the next one, which counts them (record.h). A file of lines in
 * the steward's own folder, that several write and one empties, each under its lock. One thread.
 */

#include "mod_mssl.h"

#define MSSL_LATE_FILE "late"
/** It holds so much; what comes later, and nobody takes, is not counted. */
#define MSSL_LATE_MAX 65536

/**
 * By who is at work no more.
 * @param dir descriptor of MSSLStateDir
 * @return APR_SUCCESS; other, with why: it is counted by nobody
 */
apr_status_t mssl_late_add(int dir, const char *issuer, int is_issued, mssl_reason_t *why);

/**
 * By who is: call for each that is there, and empty it. What another one writes just now is there at
 * the next call.
 */
void mssl_late_take(int dir, void (*count)(void *baton, const char *issuer, int is_issued),
                    void *baton);

#endif /* MSSL_LIB_STEWARD_LATE_H */
