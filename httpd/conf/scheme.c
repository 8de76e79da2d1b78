/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "httpd/conf/scheme.h"

#include <apr_lib.h>
#include <apr_strings.h>
#include <http_core.h>

#include "httpd/conf/range.h"

/* Headers that mean something else to httpd or to websites: they would be taken from all clients. */
static const char *const taken[] = {
    "Authorization", "Connection", "Content-Length", "Content-Type", "Cookie", "Expect",
    "Forwarded", "Host", "Keep-Alive", "Proxy", "Proxy-Authorization", "TE", "Trailer",
    "Transfer-Encoding", "Upgrade", "X-Forwarded-For", NULL
};

const char *mssl_scheme_set_force(cmd_parms *cmd, void *dir, const char *arg, const char *port)
{
    static const char *const words[] = { "none", "on", "auto", "off" };
    mssl_dir_conf_t *dc = dir;
    apr_int64_t number = 0;
    char *end = NULL;
    int i;

    for (i = 0; i < 4 && ap_cstr_casecmp(arg, words[i]) != 0; i++) {
    }
    if (i == 4) {
        return apr_psprintf(cmd->pool, "%s: '%s' is not known, use on, auto, off or none",
                            cmd->cmd->name, arg);
    }
    if (port != NULL) {
        number = apr_isdigit(*port) ? apr_strtoi64(port, &end, 10) : 0;
        if (number < 1 || number > 65535 || *end != '\0') {
            return apr_psprintf(cmd->pool, "%s: '%s' is not a port, use a number from 1 to 65535",
                                cmd->cmd->name, port);
        }
    }
    dc->force = (mssl_force_t)(MSSL_FORCE_NONE + i);
    dc->force_port = (apr_port_t)number;
    /* .htaccess is read while requests are served, by many threads. */
    if (ap_state_query(AP_SQ_MAIN_STATE) != AP_SQ_MS_RUN_MPM) {
        mssl_conf_get(cmd->server)->has_force = 1;
    }
    return NULL;
}

/** A token (RFC 9110, 5.6.2) that is free. */
static const char *check_name(cmd_parms *cmd, const char *name)
{
    const char *at;
    int i;

    for (at = name; apr_isalnum(*at) || (*at != '\0' && strchr("!#$%&'*+-.^_`|~", *at)); at++) {
    }
    if (at == name || *at != '\0') {
        return apr_psprintf(cmd->pool, "%s: '%s' is not the name of a header, use NAME VALUE or "
                            "none", cmd->cmd->name, name);
    }
    for (i = 0; taken[i] != NULL; i++) {
        if (ap_cstr_casecmp(name, taken[i]) == 0) {
            return apr_psprintf(cmd->pool, "%s: '%s' means something else, and would be taken from "
                                "all clients, use a header that is about https, such as HTTPS or "
                                "X-Forwarded-Proto", cmd->cmd->name, name);
        }
    }
    return NULL;
}

static const char *check_value(cmd_parms *cmd, const char *value)
{
    const char *at;

    for (at = value; *at >= 0x20 && *at < 0x7f; at++) {
    }
    return *value == '\0' || *at != '\0'
        ? apr_psprintf(cmd->pool, "%s: the value is empty, or has a byte that is not printable "
                       "ASCII, use NAME VALUE or none", cmd->cmd->name)
        : NULL;
}

static int has_header(const apr_array_header_t *headers, const char *name)
{
    int i;

    for (i = 0; i < headers->nelts; i++) {
        if (ap_cstr_casecmp(APR_ARRAY_IDX(headers, i, mssl_scheme_header_t).name, name) == 0) {
            return 1; /* its first value counts */
        }
    }
    return 0;
}

const char *mssl_scheme_add_header(cmd_parms *cmd, void *dir, const char *name, const char *value)
{
    mssl_server_conf_t *sc = mssl_conf_get(cmd->server);
    int is_none = value == NULL && ap_cstr_casecmp(name, "none") == 0;
    const char *err;

    (void)dir;
    if (value == NULL && !is_none) {
        return apr_psprintf(cmd->pool, "%s: '%s' has no value, use NAME VALUE or none",
                            cmd->cmd->name, name);
    }
    if (value != NULL && ap_cstr_casecmp(name, "none") == 0) {
        return apr_psprintf(cmd->pool, "%s: 'none' stands alone, use NAME VALUE or none",
                            cmd->cmd->name);
    }
    err = is_none ? NULL : check_name(cmd, name);
    err = is_none || err != NULL ? err : check_value(cmd, value);
    if (err != NULL) {
        return err;
    }
    if (sc->scheme_headers == NULL) {
        sc->scheme_headers = apr_array_make(cmd->pool, 2, sizeof(mssl_scheme_header_t));
    }
    if (!is_none && !has_header(sc->scheme_headers, name)) {
        mssl_scheme_header_t *header = apr_array_push(sc->scheme_headers);

        header->name = name;
        header->value = value;
    }
    return NULL;
}

const char *mssl_scheme_add_proxies(cmd_parms *cmd, void *dir, int argc, char *const argv[])
{
    mssl_server_conf_t *sc = mssl_conf_get(cmd->server);
    const char *err = NULL;
    int i;

    (void)dir;
    if (argc == 0) {
        return apr_psprintf(cmd->pool, "%s: needs at least one address range, use CIDR [CIDR...]",
                            cmd->cmd->name);
    }
    if (sc->trusted_proxies == NULL) {
        sc->trusted_proxies = apr_array_make(cmd->pool, argc, sizeof(apr_ipsubnet_t *));
    }
    for (i = 0; i < argc && err == NULL; i++) {
        err = mssl_range_add(cmd, sc->trusted_proxies, argv[i]);
    }
    return err;
}
