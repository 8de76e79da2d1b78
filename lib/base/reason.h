/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_LIB_BASE_REASON_H
#define MSSL_LIB_BASE_REASON_H

/**
 * @file reason.h
 * Failures with a reason. Units below the hooks do not log: they return a status and say
 * in one sentence what is wrong; the caller that decides what happens next logs it.
 * Any thread; no allocation.
 */

#include "mod_mssl.h"

/**
 * Say why, and hand on the status: `return mssl_reason_set(why, APR_EINVAL, "...", ...)`.
 * @param why may be NULL; text longer than its buffer is cut
 * @param fmt apr_snprintf format; arguments that came from the network must be escaped
 *        before (mssl_text_printable())
 * @return rv
 */
apr_status_t mssl_reason_set(mssl_reason_t *why, apr_status_t rv, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/**
 * Like mssl_reason_set(), and append OpenSSL's first queued error, whose queue is emptied.
 */
apr_status_t mssl_reason_set_openssl(mssl_reason_t *why, apr_status_t rv, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

#endif /* MSSL_LIB_BASE_REASON_H */
