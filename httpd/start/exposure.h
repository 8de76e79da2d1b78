/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_HTTPD_START_EXPOSURE_H
#define MSSL_HTTPD_START_EXPOSURE_H

/**
 * @file exposure.h
 * Where children open the files themselves: whether keys lie open to everybody on the machine, or
 * to every visitor.
 */

#include "httpd/conf/conf.h"

/**
 * At start, in the parent: one warning for each store or key file that all may read, or that lies
 * below a DocumentRoot. Of a store only some files are looked at, as its size must not count at
 * start.
 */
void mssl_exposure_check(server_rec *main_server, apr_pool_t *ptemp);

#endif /* MSSL_HTTPD_START_EXPOSURE_H */
