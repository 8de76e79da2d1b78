/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_LIB_BASE_NAME_H
#define MSSL_LIB_BASE_NAME_H

/**
 * @file name.h
 * The one place that decides what a name is: for SNI, Host, switch targets, file names,
 * maps and directives alike (contract section 1). Pure functions, any thread, no allocation.
 *
 * A name is a host name in canonical form: ASCII lower case, one trailing dot removed,
 * labels of 1-63 bytes from a-z 0-9 - _, at most 253 bytes (RFC 1035 section 2.3.4, as text
 * without the root's dot). An IP literal is no name (RFC 6066 section 3), nor is anything
 * whose last label is a number ("1.2.3.4", "0x7f.1"): URL parsers take it for an IPv4 address.
 */

#include <stddef.h>

#define MSSL_NAME_MAX 253
/** Bytes for a name or a pattern with its NUL. A pattern is never longer than a name. */
#define MSSL_NAME_SIZE (MSSL_NAME_MAX + 1)

/**
 * Turn hostile bytes into a name.
 * @param out the canonical form, NUL-terminated; "" when in is no name
 * @param in any bytes, need not be NUL-terminated, may hold NULs
 * @return 1 for a name, 0 for no name
 */
int mssl_name_canon(char out[MSSL_NAME_SIZE], const char *in, size_t len);

/**
 * The same for what an admin or a certificate writes: a name, or a pattern "*.parent" whose
 * parent is a name of at least one label.
 * @return 1 for a name, 2 for a pattern, 0 for neither
 */
int mssl_name_canon_pattern(char out[MSSL_NAME_SIZE], const char *in, size_t len);

/**
 * The pattern that stands for a name: "*.parent" for "label.parent".
 * @param name a canonical name
 * @return 1, or 0 with out "" when the name has no parent (a single label)
 */
int mssl_name_pattern(char out[MSSL_NAME_SIZE], const char *name);

/**
 * Whether the bytes are an IP literal as a Host or a SNI may carry it: dotted IPv4, or IPv6
 * with or without brackets.
 * @param addr out: 4 or 16 bytes in network order
 * @return 4, 16, or 0 for none
 */
int mssl_name_parse_ip(unsigned char addr[16], const char *in, size_t len);

#endif /* MSSL_LIB_BASE_NAME_H */
