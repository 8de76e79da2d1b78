/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_LIB_BASE_TEXT_H
#define MSSL_LIB_BASE_TEXT_H

/**
 * @file text.h
 * Hostile bytes made harmless for the places where people read them. Any thread; results
 * live in the pool.
 */

#include <apr_pools.h>
#include <stddef.h>

/**
 * For log lines: printable ASCII without quote and backslash stays, every other byte becomes
 * \xHH; at most max bytes of input are shown, a cut is marked with "...".
 */
const char *mssl_text_printable(apr_pool_t *pool, const char *in, size_t len, size_t max);

/**
 * For a terminal: printable ASCII stays, every other byte becomes \xHH, so that nothing moves the
 * cursor, hides or turns what stands beside it; at most max bytes of input are shown.
 */
const char *mssl_text_shown(apr_pool_t *pool, const char *in, size_t max);

/**
 * For HTML text and attributes: & < > " ' become references, bytes outside of 0x20-0x7e become
 * &#xFFFD;.
 */
const char *mssl_text_html(apr_pool_t *pool, const char *in);

/**
 * The same for text in a language: UTF-8 beyond ASCII stays, but for mssl_utf8_is_control().
 */
const char *mssl_text_html_utf8(apr_pool_t *pool, const char *in);

/** Two lower case digits for each byte, and a NUL. @param out of 2 * len + 1 */
void mssl_text_hex(char *out, const unsigned char *bytes, size_t len);

#endif /* MSSL_LIB_BASE_TEXT_H */
