/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "httpd/conf/inventory.h"

#include <apr_lib.h>
#include <apr_strings.h>

#include "httpd/conf/args.h"

#define KEEP "keep="
#define KEEP_MAX 100

static const char *parse_keep(cmd_parms *cmd, int *keep, const char *arg)
{
    char *end;
    apr_int64_t value = apr_strtoi64(arg, &end, 10);

    if (!apr_isdigit(*arg) || *end != '\0' || value > KEEP_MAX) {
        return apr_psprintf(cmd->pool, "%s: '" KEEP "%s' is not a count, use " KEEP "0 to " KEEP
                            "%d", cmd->cmd->name, arg, KEEP_MAX);
    }
    *keep = (int)value;
    return NULL;
}

const char *mssl_inventory_set(cmd_parms *cmd, void *dir, int argc, char *const argv[])
{
    const char *err = mssl_args_check_global(cmd);
    mssl_inventory_conf_t *conf;
    int i, has_interval = 0, is_on = argc > 0 && ap_cstr_casecmp(argv[0], "on") == 0;

    (void)dir;
    if (err != NULL) {
        return err;
    }
    if (!is_on && (argc == 0 || ap_cstr_casecmp(argv[0], "off") != 0)) {
        return apr_psprintf(cmd->pool, "%s: '%s' is not known, use on|off [INTERVAL] [keep=N]",
                            cmd->cmd->name, argc > 0 ? argv[0] : "");
    }
    conf = &mssl_conf_get_global(cmd->server)->inventory;
    conf->is_on = is_on ? MSSL_ON : MSSL_OFF;
    for (i = 1; i < argc && err == NULL; i++) {
        if (ap_cstr_casecmpn(argv[i], KEEP, sizeof(KEEP) - 1) == 0) {
            err = parse_keep(cmd, &conf->keep, argv[i] + sizeof(KEEP) - 1);
        }
        else if (has_interval++) {
            err = apr_psprintf(cmd->pool, "%s: '%s' is one word too many, use on|off [INTERVAL] "
                               "[keep=N]", cmd->cmd->name, argv[i]);
        }
        else {
            err = mssl_args_parse_time(cmd, &conf->interval, argv[i], APR_USEC_PER_SEC);
        }
    }
    return err;
}

static const char *parse_warn(cmd_parms *cmd, mssl_warn_t *warn, const char *arg)
{
    return mssl_warn_parse(warn, arg) ? NULL
        : apr_psprintf(cmd->pool, "%s: '%s' is neither a part of the lifetime nor days, use 1%% to "
                       "99%%, or 1d to 366d, for example '25%% 12%%' or '30d 7d'", cmd->cmd->name,
                       arg);
}

/* Whether urgent would begin before the warning: of two of one kind alone, that can be told. */
static int is_upside_down(const mssl_warns_t *warns)
{
    return warns->warn.percent != 0 && warns->urgent.percent != 0
               ? warns->urgent.percent > warns->warn.percent
               : warns->warn.percent == 0 && warns->urgent.percent == 0
                     && warns->urgent.days > warns->warn.days;
}

const char *mssl_inventory_set_warn(cmd_parms *cmd, void *dir, const char *warn,
                                    const char *urgent)
{
    const char *err = mssl_args_check_global(cmd);
    mssl_warns_t *warns;

    (void)dir;
    if (err != NULL) {
        return err;
    }
    warns = &mssl_conf_get_global(cmd->server)->inventory.warns;
    err = parse_warn(cmd, &warns->warn, warn);
    if (err == NULL && urgent != NULL) {
        err = parse_warn(cmd, &warns->urgent, urgent);
    }
    if (err == NULL && urgent == NULL && is_upside_down(warns)) {
        warns->urgent.percent = (warns->warn.percent + 1) / 2;
    }
    if (err == NULL && is_upside_down(warns)) {
        err = apr_psprintf(cmd->pool, "%s: the second, '%s', is more than the first, '%s'; use the "
                           "longer time first, for example '25%% 12%%' or '30d 7d'",
                           cmd->cmd->name, urgent, warn);
    }
    return err;
}
