/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_LIB_BASE_RFC3339_H
#define MSSL_LIB_BASE_RFC3339_H

/**
 * @file rfc3339.h
 * Points in time as our files have them: RFC 3339, in UTC, to the second. Any thread.
 */

#include <apr_errno.h>
#include <apr_time.h>

/** "2026-11-29T20:00:00Z" with its NUL; years of more digits find room, too. */
#define MSSL_RFC3339_SIZE 40

/** @return APR_SUCCESS; other: no such point in time, and text is "" */
apr_status_t mssl_rfc3339_print(char text[MSSL_RFC3339_SIZE], apr_time_t time);

/** Strictly as mssl_rfc3339_print() writes it, from 1970 on. @return APR_SUCCESS; APR_EINVAL, 0 */
apr_status_t mssl_rfc3339_parse(apr_time_t *time, const char *text);

#endif /* MSSL_LIB_BASE_RFC3339_H */
