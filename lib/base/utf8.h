/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_LIB_BASE_UTF8_H
#define MSSL_LIB_BASE_UTF8_H

/**
 * @file utf8.h
 * UTF-8 (RFC 3629) out of hostile bytes. Pure, any thread.
 */

/** What stands for bytes that are no UTF-8. */
#define MSSL_UTF8_BAD 0xfffdu

/**
 * The next character.
 * @param at in: before end; out: behind it
 * @return its code; MSSL_UTF8_BAD for a byte that begins none (overlong forms, surrogates and what is
 *         cut off, too): then one byte is passed
 */
unsigned mssl_utf8_next(const char **at, const char *end);

/**
 * Whether a character moves or hides what stands beside it: controls (C0, DEL, C1),
 * marks of direction, line and paragraph separators, what has no width.
 */
int mssl_utf8_is_control(unsigned code);

#endif /* MSSL_LIB_BASE_UTF8_H */
