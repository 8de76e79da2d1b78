/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_LIB_BASE_IDN_H
#define MSSL_LIB_BASE_IDN_H

/**
 * @file idn.h
 * A name with letters beyond ASCII (U-labels, RFC 5890) as people write it, in the form that certificates,
 * clients and files have it in (A-labels, "xn--..."). To tell people what to write, and for what they
 * type at msslctl: what the network, a list or a map says is no name where it is not ASCII (name.h). By
 * libidn2: IDNA 2008, with the mapping of UTS #46, non-transitional. Any thread.
 */

#include <stddef.h>

#include "lib/base/name.h"

/**
 * @param text UTF-8, a name or "*.parent"; len bytes
 * @return 1: name is canonical, or a pattern; 0: text is ASCII alone, or has no such form
 */
int mssl_idn_to_ascii(char name[MSSL_NAME_SIZE], const char *text, size_t len);

#endif /* MSSL_LIB_BASE_IDN_H */
