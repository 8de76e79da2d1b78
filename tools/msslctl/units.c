/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "tools/msslctl/units.h"

#include <apr_strings.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/text.h"
#include "lib/files/owned.h"
#include "tools/msslctl/args.h"

/** Bytes that mean nothing but themselves to systemd and to a shell. */
#define SAFE "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789/._@+=:-"
#define HEADER "# Written by msslctl export; made anew by the same command.\n"

static int is_safe(const char *text)
{
    return text[strspn(text, SAFE)] == '\0';
}

static int is_safe_path(const char *text)
{
    return text[0] == '/' && is_safe(text) && strstr(text, "/../") == NULL;
}

int ctl_units_watches(const char *file)
{
    return is_safe_path(file);
}

int ctl_units_check(const ctl_units_t *units, ctl_t *ctl, const ctl_target_t *target)
{
    const char *const paths[] = { target->folder, units->folder, units->program, units->state_dir,
                                  units->password_file };
    size_t i;

    if (units->server[0] == '\0' || units->server[0] == '-' || strchr(units->server, '/') != NULL
        || !is_safe(units->server)) {
        return ctl_args_refuse(ctl, "--watch needs the name of a unit of systemd: postfix, dovecot");
    }
    for (i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
        if (paths[i] != NULL && !is_safe_path(paths[i])) {
            return ctl_args_refuse(ctl, "--watch: '%s' cannot stand in a unit of systemd; use an absolute "
                                   "path of letters, digits and /._@+=:-",
                                   mssl_text_shown(ctl->pool, paths[i], 200));
        }
    }
    if (units->owner != NULL && (!is_safe(units->owner) || units->owner[0] == '-')) {
        return ctl_args_refuse(ctl, "--watch: --owner cannot stand in a unit of systemd");
    }
    return CTL_FINE;
}

const char *ctl_units_name(const ctl_units_t *units, const ctl_order_t *order, apr_pool_t *pool)
{
    int is_wild = order->name[0] == '*';

    return apr_pstrcat(pool, "mssl-export-", is_wild ? "_" : "", order->name + is_wild, "-",
                       units->server, NULL);
}

/* The export as it was asked for, and no more. '*' is the shell's, and none is between. */
static const char *write_command(const ctl_units_t *units, const ctl_target_t *target,
                                 const ctl_order_t *order, apr_pool_t *pool)
{
    const char *line = apr_pstrcat(pool, units->program, " export --quiet", NULL);

    if (units->state_dir != NULL) {
        line = apr_pstrcat(pool, line, " --state-dir ", units->state_dir, NULL);
    }
    line = apr_pstrcat(pool, line, " --form ", ctl_cargo_words[order->form], NULL);
    if (units->owner != NULL) {
        line = apr_pstrcat(pool, line, " --owner ", units->owner, NULL);
    }
    if (units->password_file != NULL) {
        line = apr_pstrcat(pool, line, " --password-file ", units->password_file, NULL);
    }
    return apr_pstrcat(pool, line, " ", order->name, " ", target->folder, NULL);
}

/* The stamp is of before the reload: what is exported meanwhile is newer. */
static const char *write_service(const ctl_units_t *units, const ctl_target_t *target,
                                 const ctl_order_t *order, const char *name, apr_pool_t *pool)
{
    const char *file = order->form == CTL_CARGO_SPLIT ? "/fullchain.pem" : "";

    return apr_psprintf(pool, HEADER
        "[Unit]\n"
        "Description=Certificate of %s for %s\n"
        "\n"
        "[Service]\n"
        "Type=oneshot\n"
        "# 1: the last good pair is exported, as the files of the present one are bad.\n"
        "SuccessExitStatus=1\n"
        "RuntimeDirectory=mssl-export\n"
        "RuntimeDirectoryPreserve=yes\n"
        "ExecStart=%s\n"
        "# Where what was exported is newer than the last reload that went well.\n"
        "ExecStart=/bin/sh -c 'test \"$$1\" -ot \"$$2\" || { touch \"$$2.new\" && systemctl "
        "try-reload-or-restart \"$$3\" && mv \"$$2.new\" \"$$2\"; }' sh %s/%s%s /run/mssl-export/%s %s\n",
        order->name, units->server, write_command(units, target, order, pool), target->folder,
        target->name, file, name, units->server);
}

static const char *write_path(const ctl_units_t *units, const ctl_order_t *order,
                              const char *watched, const char *name, apr_pool_t *pool)
{
    return apr_psprintf(pool, HEADER
        "[Unit]\n"
        "Description=Watches the certificate of %s for %s\n"
        "\n"
        "[Path]\n"
        "PathChanged=%s\n"
        "Unit=%s.service\n"
        "\n"
        "[Install]\n"
        "WantedBy=multi-user.target\n", order->name, units->server, watched, name);
}

static const char *write_timer(const ctl_units_t *units, const ctl_order_t *order,
                               const char *name, apr_pool_t *pool)
{
    return apr_psprintf(pool, HEADER
        "[Unit]\n"
        "Description=Looks each hour for the certificate of %s for %s\n"
        "\n"
        "[Timer]\n"
        "OnBootSec=2min\n"
        "OnUnitActiveSec=1h\n"
        "RandomizedDelaySec=5min\n"
        "Unit=%s.service\n"
        "\n"
        "[Install]\n"
        "WantedBy=timers.target\n", order->name, units->server, name);
}

static apr_status_t put(int dir, const char *name, const char *ending, const char *text,
                        apr_pool_t *pool, mssl_reason_t *why)
{
    const mssl_owner_t owner = { geteuid(), getegid(), 0644 };

    return mssl_file_write_changed(dir, apr_pstrcat(pool, name, ending, NULL), text, strlen(text),
                                   &owner, NULL, why);
}

apr_status_t ctl_units_write(const ctl_units_t *units, const ctl_target_t *target,
                             const ctl_order_t *order, const char *watched, apr_pool_t *pool,
                             mssl_reason_t *why)
{
    const char *name = ctl_units_name(units, order, pool);
    int dir;
    apr_status_t rv = mssl_owned_open(&dir, units->folder, geteuid(), why);

    if (rv != APR_SUCCESS) {
        return rv;
    }
    rv = put(dir, name, ".service", write_service(units, target, order, name, pool), pool, why);
    if (rv == APR_SUCCESS) {
        rv = put(dir, name, ".timer", write_timer(units, order, name, pool), pool, why);
    }
    if (rv == APR_SUCCESS && is_safe_path(watched)) {
        rv = put(dir, name, ".path", write_path(units, order, watched, name, pool), pool, why);
    }
    close(dir);
    return rv;
}
