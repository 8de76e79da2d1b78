/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_HTTPD_START_ACCESS_H
#define MSSL_HTTPD_START_ACCESS_H

/**
 * @file access.h
 * Whether the broker can read what is configured at all: the capability to read counts for nothing
 * on network and FUSE file systems, and may be withheld. Looked at by the broker itself, in a
 * thread that may hang: a store on a dead server delays no start.
 */

#include "httpd/conf/conf.h"

typedef struct mssl_access_t mssl_access_t;

/**
 * Parent, post_config: note the paths of all stores and certificates, without looking at them.
 * @param pconf owns the result
 */
mssl_access_t *mssl_access_make(server_rec *s, apr_pool_t *pconf);

/**
 * Broker, once it is confined: look, and say what it cannot read (MSSL0166). Returns at once.
 */
void mssl_access_begin(mssl_access_t *access);

#endif /* MSSL_HTTPD_START_ACCESS_H */
