/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_LIB_ISSUE_APPROVER_H
#define MSSL_LIB_ISSUE_APPROVER_H

/**
 * @file approver.h
 * Who may approve an order by mail, as CAs have it (CA/Browser Forum Baseline Requirements 2.2.6,
 * section 3.2.2.4): pure functions of an address, names and a date. Any thread.
 */

#include <apr_time.h>

#include "mod_mssl.h"

/**
 * Whether an address is one of the five of each name (3.2.2.4.4): admin, administrator, hostmaster,
 * postmaster or webmaster, at the name or a parent of it down to the registered domain.
 * @param address as mssl_mailbox_is_plain() takes it
 * @param names one or several (names.h)
 * @return APR_SUCCESS; APR_ENOENT: it is not, so that only a contact in the DNS may be it (3.2.2.4.13,
 *         3.2.2.4.14), with why, which says what to use
 */
apr_status_t mssl_approver_check(const char *address, const char *names, mssl_reason_t *why);

/**
 * The places below which a name's contacts in the DNS stand: the name without "*.", and its parents down
 * to the registered domain.
 * @param at in: NULL at first, then what it returned
 * @return a part of name; NULL: there is none any more
 */
const char *mssl_approver_next_domain(const char *name, const char *at);

/**
 * Whether CAs take approval by mail at all: not from 2028-03-15 on (ballot SC-090).
 * @return APR_SUCCESS; APR_EINVAL, with why
 */
apr_status_t mssl_approver_check_date(apr_time_t now, mssl_reason_t *why);

#endif /* MSSL_LIB_ISSUE_APPROVER_H */
