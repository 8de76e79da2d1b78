/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_LIB_BASE_NEEDS_H
#define MSSL_LIB_BASE_NEEDS_H

/**
 * @file needs.h
 * What must be there for all else to compile. The build looks at this file first and alone, so that
 * who has it not reads one sentence.
 */

#include <openssl/opensslv.h>

#if defined(__has_include) && !__has_include(<libpsl.h>)
#error "mod_mssl needs libpsl's development files (Debian: libpsl-dev; others: libpsl-devel)"
#endif

#if defined(__has_include) && !__has_include(<idn2.h>)
#error "mod_mssl needs libidn2's development files (Debian: libidn2-dev; others: libidn2-devel)"
#endif

#ifndef OPENSSL_VERSION_MAJOR /* came with 3.0 */
#error "mod_mssl needs OpenSSL 3.0 or later, and these are the headers of an older one"
#endif

#endif /* MSSL_LIB_BASE_NEEDS_H */
