/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "httpd/conf/certfile.h"

#include <apr_strings.h>
#include <http_core.h>

#include "lib/base/reason.h"
#include "lib/pair/build.h"
#include "lib/providers/rows.h"

apr_status_t mssl_certfile_load(mssl_pair_t **pair, const char *cert_file, const char *key_file,
                                apr_pool_t *ptemp, mssl_reason_t *why)
{
    const mssl_maprow_t row = { cert_file, key_file };
    mssl_item_t item = { NULL };
    apr_status_t rv;

    *pair = NULL;
    mssl_rows_read(&item, &row, NULL, ptemp);
    rv = item.rv;
    *why = item.why;
    if (APR_STATUS_IS_ENOENT(rv)) {
        mssl_reason_set(why, rv, "file '%s' does not exist",
                        item.cert.data == NULL ? cert_file : key_file);
    }
    if (rv == APR_SUCCESS) {
        rv = mssl_pair_new(pair, &item, why);
    }
    if (item.cert.data != NULL) {
        OPENSSL_cleanse((void *)item.cert.data, item.cert.len);
    }
    if (item.key.data != NULL) {
        OPENSSL_cleanse((void *)item.key.data, item.key.len);
    }
    return rv;
}

const char *mssl_certfile_name(cmd_parms *cmd, mssl_cert_row_t *row, const char *cert_file,
                               const char *key_file)
{
    row->line = cmd->directive;
    row->cert_file = ap_server_root_relative(cmd->pool, cert_file);
    row->key_file = key_file != NULL ? ap_server_root_relative(cmd->pool, key_file) : NULL;
    if (row->cert_file == NULL || (key_file != NULL && row->key_file == NULL)) {
        return apr_psprintf(cmd->pool, "%s: '%s' is not a path", cmd->cmd->name,
                            row->cert_file == NULL ? cert_file : key_file);
    }
    return NULL;
}
