/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_LIB_ISSUE_OWNER_H
#define MSSL_LIB_ISSUE_OWNER_H

/**
 * @file owner.h
 * Who is to be named in a certificate of an organisation: what an admin writes into a file, and an issuer
 * is handed (MSSL_OWNER_FILE). Lines "field: value", UTF-8:
 *
 *     organisation, street, city, region, postcode, country (two letters, ISO 3166), phone,
 *     registration (its number in a register), admin-name, admin-mail
 *
 * organisation, city, country, admin-name and admin-mail must be there. Any thread.
 */

#include "lib/base/buffer.h"
#include "mod_mssl.h"

/** A file is no larger, bytes. */
#define MSSL_OWNER_MAX 4096

/**
 * Check it.
 * @param out empty, with a bound: the same in one order, without comments
 * @param text foreign bytes
 * @return APR_SUCCESS; APR_EINVAL, with why: which line, and what is wrong with it; APR_ENOMEM
 */
apr_status_t mssl_owner_parse(mssl_buffer_t *out, const char *text, size_t len, mssl_reason_t *why);

#endif /* MSSL_LIB_ISSUE_OWNER_H */
