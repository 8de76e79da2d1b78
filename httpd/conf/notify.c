/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "httpd/conf/notify.h"

#include <apr_strings.h>
#include <http_log.h>

#include "httpd/conf/args.h"
#include "lib/base/tags.h"
#include "lib/notify/program.h"
#include "lib/notify/settings.h"

APLOG_USE_MODULE(mssl);

#define USE "use [every=TIME] PROGRAM [ARG...], or [every=TIME] mail ADDRESS..., " \
    "or [every=TIME] owner [LANGUAGE]"
#define EVERY "every="
#define DEFAULT_EVERY apr_time_from_sec(3600)
#define HTTPD "httpd"

/* What is wrong with a program, where that is to stop something. */
static const char *refuse(cmd_parms *cmd, const char *why)
{
    if (!mssl_conf_is_restarting()) {
        return apr_psprintf(cmd->pool, "%s: %s", cmd->cmd->name, why);
    }
    ap_log_error(APLOG_MARK, APLOG_ERR, 0, cmd->server, MSSLNO(0216) "%s: %s; until that is mended "
                 "nothing is told by it", cmd->cmd->name, why);
    return NULL;
}

static const char *check(cmd_parms *cmd, const char *const *argv)
{
    const char *err = mssl_args_check_utf8(cmd, argv);
    mssl_reason_t why = { "" };

    if (err != NULL) {
        return err;
    }
    if (strchr(argv[0], '/') == NULL) {
        return mssl_shipped_check(argv, &why) == APR_SUCCESS
                   ? NULL : apr_psprintf(cmd->pool, "%s: %s", cmd->cmd->name, why.text);
    }
    return mssl_program_check(argv[0], &why) == APR_SUCCESS ? NULL : refuse(cmd, why.text);
}

const char *mssl_notify_add(cmd_parms *cmd, void *dir, int argc, char *const argv[])
{
    mssl_global_t *global = mssl_conf_get_global(cmd->server);
    mssl_order_t order = { DEFAULT_EVERY, NULL };
    const char *err = mssl_args_check_global(cmd);
    int i;

    (void)dir;
    if (err == NULL && argc > 0 && strncmp(argv[0], EVERY, strlen(EVERY)) == 0) {
        err = mssl_args_parse_time(cmd, &order.every, argv[0] + strlen(EVERY), APR_USEC_PER_SEC);
        argc--;
        argv++;
    }
    if (err == NULL && (argc == 0 || *argv[0] == '\0')) {
        err = apr_psprintf(cmd->pool, "%s: no program is named, " USE, cmd->cmd->name);
    }
    if (err != NULL) {
        return err;
    }
    order.argv = apr_pcalloc(cmd->pool, ((size_t)argc + 1) * sizeof(*order.argv));
    for (i = 0; i < argc; i++) {
        order.argv[i] = apr_pstrdup(cmd->pool, argv[i]);
    }
    err = check(cmd, order.argv);
    if (err == NULL) {
        if (global->notify == NULL) {
            global->notify = apr_array_make(cmd->pool, 2, sizeof(order));
        }
        APR_ARRAY_PUSH(global->notify, mssl_order_t) = order;
    }
    return err;
}

const char *mssl_notify_set_steward(cmd_parms *cmd, void *dir, const char *arg)
{
    mssl_global_t *global = mssl_conf_get_global(cmd->server);
    const char *err = mssl_args_check_global(cmd);
    mssl_reason_t why = { "" };

    (void)dir;
    if (err != NULL) {
        return err;
    }
    global->is_steward_external = ap_cstr_casecmp(arg, "external") == 0;
    global->steward_program = NULL;
    if (global->is_steward_external || ap_cstr_casecmp(arg, HTTPD) == 0) {
        return NULL;
    }
    if (ap_cstr_casecmpn(arg, HTTPD ":", sizeof(HTTPD)) != 0) {
        return apr_psprintf(cmd->pool, "%s: '%s' is not known, use httpd, httpd:PROGRAM or external",
                            cmd->cmd->name, arg);
    }
    global->steward_program = apr_pstrdup(cmd->pool, arg + sizeof(HTTPD));
    return mssl_program_check(global->steward_program, &why) == APR_SUCCESS
               ? NULL : refuse(cmd, why.text);
}
