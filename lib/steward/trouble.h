/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_LIB_STEWARD_TROUBLE_H
#define MSSL_LIB_STEWARD_TROUBLE_H

/**
 * @file trouble.h
 * Why work on a name could not be begun, or its job not be written, so that each is told once, and once
 * more when it is over: it is tried again each minute. What is the machine's (a full disk, no
 * processes) stands in the way of all names and is told once for all of them. One thread.
 */

#include <apr_pools.h>

#include "mod_mssl.h"

/** Names in trouble of their own; of more is told each time. */
#define MSSL_TROUBLE_MAX 1000

typedef struct mssl_trouble_t mssl_trouble_t;

mssl_trouble_t *mssl_trouble_make(apr_pool_t *pool);

/**
 * Something is in the way of a name.
 * @param rv what, as errno
 * @return whether that is news, and to be told
 */
int mssl_trouble_note(mssl_trouble_t *trouble, const char *name, apr_status_t rv);

/**
 * A job of that name was written: nothing is in its way any more.
 * @param text out: a sentence that says so
 * @return whether anything was, and it is to be told
 */
int mssl_trouble_end(mssl_trouble_t *trouble, const char *name, mssl_reason_t *text);

#endif /* MSSL_LIB_STEWARD_TROUBLE_H */
