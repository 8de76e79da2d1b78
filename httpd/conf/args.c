/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "httpd/conf/args.h"

#include <apr_lib.h>
#include <apr_strings.h>
#include <http_core.h>

#include "lib/base/utf8.h"

/* The longest time that a setting takes: a year. Anything longer is a slip of the unit. */
#define MAX_SECONDS (366 * 24 * 60 * 60)

const char *mssl_args_check_global(cmd_parms *cmd)
{
    const char *err = ap_check_cmd_context(cmd, GLOBAL_ONLY);

    return err != NULL ? apr_psprintf(cmd->pool, "%s: is for the whole server, write it outside of "
                                      "<VirtualHost> and <Directory>", cmd->cmd->name)
                       : NULL;
}

static int is_utf8(const char *text)
{
    const char *end = text + strlen(text);

    while (text < end) {
        if (mssl_utf8_next(&text, end) == MSSL_UTF8_BAD) {
            return 0;
        }
    }
    return 1;
}

const char *mssl_args_check_utf8(cmd_parms *cmd, const char *const *argv)
{
    for (; *argv != NULL; argv++) {
        if (!is_utf8(*argv)) {
            return apr_psprintf(cmd->pool, "%s: an argument is not UTF-8", cmd->cmd->name);
        }
    }
    return NULL;
}

const char *mssl_args_parse_time(cmd_parms *cmd, apr_interval_time_t *out, const char *arg,
                                 apr_interval_time_t least)
{
    const char *err = mssl_args_check_global(cmd);
    size_t len = strlen(arg);
    apr_interval_time_t value;

    if (err != NULL) {
        return err;
    }
    /* httpd's own parser knows minutes as "min" or "mi" only. */
    if (len > 1 && arg[len - 1] == 'm' && apr_isdigit(arg[len - 2])) {
        arg = apr_pstrcat(cmd->temp_pool, arg, "i", NULL);
    }
    /* ... and takes "soon" for 0 seconds. */
    if (!apr_isdigit(*arg) || ap_timeout_parameter_parse(arg, &value, "s") != APR_SUCCESS
        || value < least || value > apr_time_from_sec(MAX_SECONDS)) {
        return apr_psprintf(cmd->pool, "%s: '%s' is not a time from %s to a year, use for example "
                            "300s, 5m or 500ms", cmd->cmd->name, arg,
                            least == 0 ? "0" : least < APR_USEC_PER_SEC ? "1ms" : "1s");
    }
    *out = value;
    return NULL;
}
