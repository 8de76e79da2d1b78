/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_LIB_ISSUE_SUFFIX_H
#define MSSL_LIB_ISSUE_SUFFIX_H

/**
 * @file suffix.h
 * What the public suffix list (libpsl) says of a name, and what may stand in a public certificate.
 * Any thread.
 */

/**
 * Whether a name's labels are of letters, digits and inner hyphens only: an underscore may not stand
 * in a public certificate (CA/Browser Forum, ballot SC12), a leading hyphen would be an option of a
 * program.
 * @param name canonical, or a pattern
 */
int mssl_suffix_is_plain(const char *name);

/** Whether it lies below a suffix of the ICANN part of the list, and is none itself. */
int mssl_suffix_is_public(const char *name);

/** The registered domain that it counts for: a part of name; all of it, where the list has none. */
const char *mssl_suffix_get_domain(const char *name);

#endif /* MSSL_LIB_ISSUE_SUFFIX_H */
