/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_HTTPD_START_SCHEMA_H
#define MSSL_HTTPD_START_SCHEMA_H

/**
 * @file schema.h
 * What is configured, as text: the schema "mssl-server/1" of docs/server-json.md, and one line for
 * each virtual host of each address. The same configuration gives the same bytes: nothing of the
 * time, nothing in the order of a hash. Fields are only ever added. Parent, one thread, once the
 * addresses are known (httpd/server/address.h).
 */

#include "httpd/conf/conf.h"
#include "lib/base/json.h"

typedef struct mssl_schema_t mssl_schema_t;

/** Put it in order. @param pool all that is made lives there */
mssl_schema_t *mssl_schema_make(mssl_global_t *global, server_rec *main_server, apr_pool_t *pool);

/** server.json. @return as the sink */
apr_status_t mssl_schema_write_server(const mssl_schema_t *schema, mssl_json_sink_fn sink,
                                      void *baton);

/** vhosts. @return as the sink */
apr_status_t mssl_schema_write_vhosts(const mssl_schema_t *schema, mssl_json_sink_fn sink,
                                      void *baton);

#endif /* MSSL_HTTPD_START_SCHEMA_H */
