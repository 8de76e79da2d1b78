/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_LIB_BASE_MATERIAL_H
#define MSSL_LIB_BASE_MATERIAL_H

/**
 * @file material.h
 * How what a store has for a key is asked for, on all ways between a handshake and a file; and what
 * every holder of its bytes does with them in the end.
 */

#include "mod_mssl.h"

/**
 * As fetch() of a provider, with the number of a source in place of the instance: the store asks
 * one, the broker's client is one, and the broker asks its own store by one.
 */
typedef apr_status_t (*mssl_ask_fn)(void *baton, int source, mssl_question_t *question);

/**
 * Wipe all bytes and passwords, keys or not: a certificate file may hold the key. The pool that
 * they are in stays the caller's. Any thread.
 */
void mssl_material_wipe(const mssl_material_t *material);

#endif /* MSSL_LIB_BASE_MATERIAL_H */
