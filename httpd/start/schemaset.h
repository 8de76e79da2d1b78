/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_HTTPD_START_SCHEMASET_H
#define MSSL_HTTPD_START_SCHEMASET_H

/**
 * @file schemaset.h
 * What of server.json (schema.h) hangs on no virtual host: users, the settings of the whole server,
 * issuing without the issuers' arguments. Parent, one thread.
 */

#include "httpd/conf/conf.h"
#include "lib/base/json.h"

/** As members of the object that is open. @param pool for what is made on the way */
void mssl_schemaset_write(mssl_json_t *json, mssl_global_t *global, apr_pool_t *pool);

#endif /* MSSL_HTTPD_START_SCHEMASET_H */
