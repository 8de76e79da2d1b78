/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "httpd/conf/listen.h"

#include <apr_strings.h>

int mssl_listen_has_owner(const char *name)
{
    const module *owner = ap_find_linked_module("mod_ssl.c");

    return owner != NULL && ap_find_command(name, owner->cmds) != NULL;
}

/** What httpd would say if we did not listen and mod_ssl did not own the directive. */
static const char *check_owner(cmd_parms *cmd)
{
    if (mssl_listen_has_owner(cmd->cmd->name)) {
        return NULL;
    }
    return apr_psprintf(cmd->pool, "Invalid command '%s', perhaps misspelled or defined by a "
                        "module not included in the server configuration", cmd->cmd->name);
}

static mssl_modssl_conf_t *conf_of(const cmd_parms *cmd)
{
    return &mssl_conf_get(cmd->server)->ssl;
}

const char *mssl_listen_engine(cmd_parms *cmd, void *dir, const char *arg)
{
    mssl_modssl_conf_t *ssl = conf_of(cmd);

    (void)dir;
    ssl->engine = ap_cstr_casecmp(arg, "off") == 0 ? MSSL_OFF : MSSL_ON;
    ssl->engine_optional = ap_cstr_casecmp(arg, "optional") == 0;
    return check_owner(cmd);
}

const char *mssl_listen_verify_client(cmd_parms *cmd, void *dir, const char *arg)
{
    /* mod_ssl takes "none", "off" and what follows from a flag for no verification. */
    int none = strcmp(arg, "none") == 0 || strcmp(arg, "off") == 0;
    mssl_flag_t flag = none ? MSSL_OFF : MSSL_ON;

    if (cmd->path != NULL) {
        ((mssl_dir_conf_t *)dir)->verify_client = flag;
    }
    else {
        conf_of(cmd)->verify_client = flag;
    }
    return check_owner(cmd);
}

const char *mssl_listen_verify_depth(cmd_parms *cmd, void *dir, const char *arg)
{
    (void)dir;
    (void)arg;
    if (cmd->path == NULL) {
        conf_of(cmd)->verify_depth = 1;
    }
    return check_owner(cmd);
}

const char *mssl_listen_crl_check(cmd_parms *cmd, void *dir, const char *args)
{
    (void)dir;
    (void)args;
    conf_of(cmd)->crl_check = 1;
    return check_owner(cmd);
}

const char *mssl_listen_ocsp_enable(cmd_parms *cmd, void *dir, const char *args)
{
    (void)dir;
    (void)args;
    conf_of(cmd)->ocsp_enable = 1;
    return check_owner(cmd);
}

const char *mssl_listen_strict_sni(cmd_parms *cmd, void *dir, int on)
{
    (void)dir;
    conf_of(cmd)->strict_sni = on ? MSSL_ON : MSSL_OFF;
    return check_owner(cmd);
}

const char *mssl_listen_stapling(cmd_parms *cmd, void *dir, int on)
{
    (void)dir;
    conf_of(cmd)->stapling = on ? MSSL_ON : MSSL_OFF;
    return check_owner(cmd);
}

/** What mod_ssl would check if it had the directive. */
static const char *check_policy(cmd_parms *cmd, const char *arg)
{
    static const char *const words[] = { "strict", "secure", "authonly", "insecure" };
    const char *error = ap_check_cmd_context(cmd, GLOBAL_ONLY);
    size_t i;

    for (i = 0; error == NULL && i < sizeof(words) / sizeof(words[0]); i++) {
        if (ap_cstr_casecmp(arg, words[i]) == 0) {
            return NULL;
        }
    }
    return error != NULL ? error : apr_psprintf(cmd->pool, "SSLVHostSNIPolicy: '%s' is no policy, "
                                                "use strict, secure, authonly or insecure", arg);
}

const char *mssl_listen_policy(cmd_parms *cmd, void *dir, const char *arg)
{
    mssl_modssl_conf_t *ssl = conf_of(cmd);

    (void)dir;
    if (ap_cstr_casecmp(arg, "strict") == 0) {
        ssl->policy = MSSL_POLICY_STRICT;
    }
    else if (ap_cstr_casecmp(arg, "authonly") == 0) {
        ssl->policy = MSSL_POLICY_AUTHONLY;
    }
    else if (ap_cstr_casecmp(arg, "insecure") == 0) {
        ssl->policy = MSSL_POLICY_INSECURE;
    }
    else {
        ssl->policy = MSSL_POLICY_SECURE; /* or an error, which is reported */
    }
    if (mssl_listen_has_owner("SSLEngine") && !mssl_listen_has_owner(cmd->cmd->name)) {
        return check_policy(cmd, arg);
    }
    return check_owner(cmd);
}

static void push_file(cmd_parms *cmd, apr_array_header_t **files, const char *arg)
{
    const char *path = ap_server_root_relative(cmd->pool, arg);

    if (*files == NULL) {
        *files = apr_array_make(cmd->pool, 2, sizeof(const char *));
    }
    APR_ARRAY_PUSH(*files, const char *) = path != NULL ? path : arg;
}

const char *mssl_listen_cert_file(cmd_parms *cmd, void *dir, const char *arg)
{
    (void)dir;
    push_file(cmd, &conf_of(cmd)->cert_files, arg);
    return check_owner(cmd);
}

const char *mssl_listen_key_file(cmd_parms *cmd, void *dir, const char *arg)
{
    (void)dir;
    push_file(cmd, &conf_of(cmd)->key_files, arg);
    return check_owner(cmd);
}

const char *mssl_listen_ciphers(cmd_parms *cmd, void *dir, const char *args)
{
    const char *list = ap_getword_conf(cmd->pool, &args);
    const char *second = ap_getword_conf(cmd->pool, &args);

    (void)dir;
    /* SSLCipherSuite [PROTOCOL] LIST; the list of TLS 1.3 is another. */
    if (second[0] != '\0') {
        list = ap_cstr_casecmp(list, "SSL") == 0 ? second : NULL;
    }
    if (cmd->path == NULL && list != NULL) {
        conf_of(cmd)->ciphers = list;
    }
    return check_owner(cmd);
}

const char *mssl_listen_handler(cmd_parms *cmd, void *dir, const char *arg)
{
    (void)cmd;
    ((mssl_dir_conf_t *)dir)->is_switch = strcmp(arg, MSSL_SWITCH_HANDLER) == 0 ? MSSL_ON : MSSL_OFF;
    return NULL;
}

const char *mssl_listen_ticket_key_file(cmd_parms *cmd, void *dir, const char *arg)
{
    (void)dir;
    conf_of(cmd)->ticket_key_file = ap_server_root_relative(cmd->pool, arg);
    return check_owner(cmd);
}
