/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "httpd/conf/status.h"

#include <apr_strings.h>

const char *mssl_status_set(cmd_parms *cmd, void *dir, const char *arg)
{
    static const char *const words[] = { "off", "summary", "full" };
    int i;

    for (i = 0; i < 3; i++) {
        if (ap_cstr_casecmp(arg, words[i]) == 0) {
            ((mssl_dir_conf_t *)dir)->status = (mssl_status_t)(MSSL_STATUS_OFF + i);
            return NULL;
        }
    }
    return apr_psprintf(cmd->pool, "%s: '%s' is not known, use off, summary or full",
                        cmd->cmd->name, arg);
}
