/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_LIB_BASE_KEPT_H
#define MSSL_LIB_BASE_KEPT_H

/**
 * @file kept.h
 * What of its parent a forked process keeps: descriptors, and mappings of memory that others have,
 * too. Each unit that is to work there puts its own in; everything else is closed and unmapped
 * (lib/process/sever.h). Filled by the parent before it forks, or by the process itself; one
 * thread.
 */

#include <stddef.h>

#define MSSL_KEPT_MAX 16

typedef struct mssl_kept_t {
    int nfds, nmaps;
    int fds[MSSL_KEPT_MAX];
    struct {
        const void *at;
        size_t len; /**< bytes */
    } maps[MSSL_KEPT_MAX];
} mssl_kept_t;

/** @param fd -1: nothing is to be kept. More than MSSL_KEPT_MAX are a fault of the caller: abort() */
void mssl_kept_add_fd(mssl_kept_t *kept, int fd);

/** @param at NULL: nothing is to be kept */
void mssl_kept_add_map(mssl_kept_t *kept, const void *at, size_t len);

/** Whether the mapping [from, to) is, or lies in, or reaches into one that is kept. */
int mssl_kept_has_map(const mssl_kept_t *kept, const void *from, const void *to);

#endif /* MSSL_LIB_BASE_KEPT_H */
