/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_LIB_FILES_FOLDER_H
#define MSSL_LIB_FILES_FOLDER_H

/** @file folder.h Folders, by descriptor: what was opened stays the same one, whatever is moved. Any thread. */

#include <sys/types.h>

/**
 * To read what is in it. A link in its place is none (CWE-59); links above it are followed.
 * @param dir descriptor of the folder that path begins at, or AT_FDCWD; -1: there is none
 * @return descriptor, the caller's to close; -1: errno says why
 */
int mssl_folder_open(int dir, const char *path);

/**
 * The same; one that is not there is made before, and outlasts a crash.
 * @param dir may be no O_PATH one, for that
 * @param mode of a new one
 */
int mssl_folder_make(int dir, const char *name, mode_t mode);

#endif /* MSSL_LIB_FILES_FOLDER_H */
