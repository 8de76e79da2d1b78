/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_LIB_FILES_SIGHT_H
#define MSSL_LIB_FILES_SIGHT_H

/**
 * @file sight.h
 * Which file it was: one that is written anew is another one, whatever its content. One thread.
 */

#include <sys/types.h>
#include <time.h>

/** Zeroed: none was seen. */
typedef struct mssl_sight_t {
    int is_there;
    dev_t dev;
    ino_t ino;
    off_t size;
    struct timespec changed;
} mssl_sight_t;

/**
 * @param dir descriptor of the folder, or AT_FDCWD; -1: there is none
 * @return whether it is another one than it was, or there was one and is none; that is noted
 */
int mssl_sight_has_changed(mssl_sight_t *sight, int dir, const char *name);

#endif /* MSSL_LIB_FILES_SIGHT_H */
