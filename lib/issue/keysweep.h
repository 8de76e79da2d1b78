/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_LIB_ISSUE_KEYSWEEP_H
#define MSSL_LIB_ISSUE_KEYSWEEP_H

/**
 * @file keysweep.h
 * Keys and requests in keys/ are kept for a year after their order is over, for what an admin may be sent
 * for them (approve); then they are removed. Those that something may come of by itself never are: of a
 * job that waits for its turn, is ordered or pending, or is tried again. One thread.
 */

#include <apr_time.h>

/** So long, from when it was made, and from when the job is as it is. */
#define MSSL_KEY_LIFE apr_time_from_sec(365 * 86400)
/** So many files are looked at in one turn. */
#define MSSL_KEYSWEEP_MAX 500

/** Zeroed: nothing was looked at yet. */
typedef struct mssl_keysweep_t {
    apr_time_t next; /**< not before */
    int at;          /**< so many files come before the next one */
} mssl_keysweep_t;

/**
 * Look at some, each of them about once a day. A name that somebody works on is left for another day; what
 * is no file of a name, or a link, for good.
 * @param dir descriptor of MSSLStateDir
 */
void mssl_keysweep_turn(mssl_keysweep_t *sweep, int dir, apr_time_t now);

#endif /* MSSL_LIB_ISSUE_KEYSWEEP_H */
