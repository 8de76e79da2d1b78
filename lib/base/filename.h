/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_LIB_BASE_FILENAME_H
#define MSSL_LIB_BASE_FILENAME_H

/**
 * @file filename.h
 * How files are called that are called after a name, in all of MSSLStateDir. "*.parent" is "_.parent",
 * as "*" is a trap for whoever types it in a shell. A file system takes 255 bytes, a name may have 253,
 * and most files have an ending, or another name while they are written: a long name is its beginning,
 * "=", and the SHA-256 of all of it. No name has "=" in it, so no file is two names'. Whoever lists
 * such files has the whole name to be written in them, and held against the file's. Pure; any thread.
 */

#include "lib/base/name.h"

/** Longer ones are cut and hashed. What is called so may be 55 bytes longer. */
#define MSSL_FILENAME_MAX 200

/**
 * @param name canonical, or a pattern
 * @return out
 */
const char *mssl_filename(char out[MSSL_NAME_SIZE], const char *name);

/** Whether a file is called so after a long name, whichever that is. */
int mssl_filename_is_cut(const char *file);

/**
 * The name that a file is called after.
 * @return 0: it is none; or that of a long one, which says not which
 */
int mssl_filename_parse(char name[MSSL_NAME_SIZE], const char *file);

#endif /* MSSL_LIB_BASE_FILENAME_H */
