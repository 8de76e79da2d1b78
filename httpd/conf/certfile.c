/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "httpd/conf/certfile.h"

#include <apr_strings.h>
#include <http_core.h>

#include "lib/base/reason.h"
#include "lib/files/read.h"
#include "lib/pair/build.h"

apr_status_t mssl_certfile_load(mssl_pair_t **pair, const char *cert_file, const char *key_file,
                                apr_pool_t *ptemp, mssl_reason_t *why)
{
    mssl_item_t item = { NULL };
    apr_status_t rv;

    *pair = NULL;
    item.label = cert_file;
    item.key_label = key_file != NULL ? key_file : cert_file;
    item.format = MSSL_FORMAT_PEM;
    rv = mssl_file_read(&item.cert, NULL, cert_file, ptemp, why);
    if (rv == APR_SUCCESS && key_file != NULL) {
        rv = mssl_file_read(&item.key, NULL, key_file, ptemp, why);
    }
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

static const char *check_pair(cmd_parms *cmd, mssl_cert_row_t *row)
{
    mssl_reason_t why = { "" };
    mssl_pair_t *pair;
    const char *err = NULL;
    int i;

    if (mssl_certfile_load(&pair, row->cert_file, row->key_file, cmd->temp_pool, &why)
        != APR_SUCCESS) {
        return apr_psprintf(cmd->pool, "%s: %s; use CERT-FILE [KEY-FILE], PEM files of a "
                            "certificate with its chain and its key", cmd->cmd->name, why.text);
    }
    for (i = 0; row->keys != NULL && i < row->keys->nelts && err == NULL; i++) {
        const char *key = APR_ARRAY_IDX(row->keys, i, const char *);

        if (*key == '*' ? !mssl_pair_has_pattern(pair, key) : !mssl_pair_has_name(pair, key)) {
            err = apr_psprintf(cmd->pool, "%s: the certificate in '%s' does not cover '%s', use "
                               "one that has it among its dNSName entries", cmd->cmd->name,
                               row->cert_file, key);
        }
    }
    row->type = (int)mssl_pair_get_type(pair);
    mssl_pair_unref(pair);
    return err;
}

const char *mssl_certfile_check(cmd_parms *cmd, mssl_cert_row_t *row, const char *cert_file,
                                const char *key_file)
{
    row->type = -1;
    row->cert_file = ap_server_root_relative(cmd->pool, cert_file);
    row->key_file = key_file != NULL ? ap_server_root_relative(cmd->pool, key_file) : NULL;
    if (row->cert_file == NULL || (key_file != NULL && row->key_file == NULL)) {
        return apr_psprintf(cmd->pool, "%s: '%s' is not a path", cmd->cmd->name,
                            row->cert_file == NULL ? cert_file : key_file);
    }
    if (!mssl_conf_is_first_pass() || ap_state_query(AP_SQ_RUN_MODE) == AP_SQ_RM_CONFIG_DUMP) {
        return NULL;
    }
    return check_pair(cmd, row);
}
