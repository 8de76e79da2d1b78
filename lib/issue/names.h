/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_LIB_ISSUE_NAMES_H
#define MSSL_LIB_ISSUE_NAMES_H

/**
 * @file names.h
 * The names of one certificate, as a text: "a.example b.example *.c.example", one blank between two,
 * each once, canonical. The first is the one that its job is called after. Any thread.
 */

#include <stddef.h>

#include "lib/base/name.h"

/** So many names, and bytes of them with a NUL. */
#define MSSL_NAMES_MAX 100
#define MSSL_NAMES_SIZE 4096

/**
 * Read names that a person or a file gives.
 * @param names out: canonical; of a name that is there twice the first
 * @param text names with any of separators between
 * @return NULL; else what is wrong with it: a part of text, *len bytes of it; of no length: too many
 */
const char *mssl_names_parse(char names[MSSL_NAMES_SIZE], const char *text, const char *separators,
                             size_t *len);

/**
 * The next name.
 * @param at in: where it is looked for; out: behind it
 * @return 0: there is none
 */
int mssl_names_next(char name[MSSL_NAME_SIZE], const char **at);

int mssl_names_has(const char *names, const char *name);

/** Whether both are the same names, in any order. */
int mssl_names_are_same(const char *a, const char *b);

/** Whether there is more than one. */
int mssl_names_are_several(const char *names);

#endif /* MSSL_LIB_ISSUE_NAMES_H */
