/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

/*
 * A test's stand-in for mod_md: answers acme-tls/1 handshakes (RFC 8737) for one name with one
 * certificate, through the same hooks of httpd.
 */

#include <httpd.h>
#include <http_config.h>
#include <http_log.h>
#include <http_protocol.h>
#include <http_ssl.h>

#include <apr_file_io.h>
#include <apr_strings.h>

#define PROTOCOL "acme-tls/1"

extern module AP_MODULE_DECLARE_DATA challenge_module;

typedef struct challenge_conf_t {
    const char *name;
    const char *cert_pem;
    const char *key_pem;
} challenge_conf_t;

static void *create_server(apr_pool_t *p, server_rec *s)
{
    (void)s;
    return apr_pcalloc(p, sizeof(challenge_conf_t));
}

static void *merge_server(apr_pool_t *p, void *base, void *add)
{
    (void)p;
    (void)add;
    return base;
}

static const char *read_file(cmd_parms *cmd, const char *path, const char **text)
{
    apr_finfo_t info;
    apr_file_t *file;
    apr_size_t len;
    char *buf;

    if (apr_file_open(&file, path, APR_READ, 0, cmd->pool) != APR_SUCCESS
        || apr_file_info_get(&info, APR_FINFO_SIZE, file) != APR_SUCCESS) {
        return apr_psprintf(cmd->pool, "Challenge: cannot open %s", path);
    }
    len = (apr_size_t)info.size;
    buf = apr_pcalloc(cmd->pool, len + 1);
    if (apr_file_read_full(file, buf, len, NULL) != APR_SUCCESS) {
        return apr_psprintf(cmd->pool, "Challenge: cannot read %s", path);
    }
    apr_file_close(file);
    *text = buf;
    return NULL;
}

static const char *set_challenge(cmd_parms *cmd, void *dir, const char *name, const char *cert,
                                 const char *key)
{
    challenge_conf_t *conf = ap_get_module_config(cmd->server->module_config, &challenge_module);
    const char *err;

    (void)dir;
    conf->name = name;
    err = read_file(cmd, cert, &conf->cert_pem);
    return err != NULL ? err : read_file(cmd, key, &conf->key_pem);
}

static int propose(conn_rec *c, request_rec *r, server_rec *s, const apr_array_header_t *offers,
                   apr_array_header_t *proposals)
{
    (void)s;
    if (r == NULL && offers != NULL && ap_ssl_conn_is_ssl(c)
        && ap_array_str_contains(offers, PROTOCOL)) {
        APR_ARRAY_PUSH(proposals, const char *) = PROTOCOL;
        return OK;
    }
    return DECLINED;
}

static int switch_protocol(conn_rec *c, request_rec *r, server_rec *s, const char *protocol)
{
    (void)c;
    (void)s;
    return r == NULL && strcmp(protocol, PROTOCOL) == 0 ? OK : DECLINED;
}

static const char *get_protocol(const conn_rec *c)
{
    (void)c;
    return NULL;
}

static int answer(conn_rec *c, const char *name, const char **cert, const char **key)
{
    const challenge_conf_t *conf = ap_get_module_config(c->base_server->module_config,
                                                        &challenge_module);

    ap_log_cerror(APLOG_MARK, APLOG_INFO, 0, c, "challenge asked for '%s'",
                  name != NULL ? name : "");
    if (name == NULL || conf->name == NULL || strcmp(conf->name, name) != 0) {
        return DECLINED;
    }
    *cert = conf->cert_pem;
    *key = conf->key_pem;
    return OK;
}

static void register_hooks(apr_pool_t *p)
{
    (void)p;
    ap_hook_protocol_propose(propose, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_protocol_switch(switch_protocol, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_protocol_get(get_protocol, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_ssl_answer_challenge(answer, NULL, NULL, APR_HOOK_MIDDLE);
}

static const command_rec directives[] = {
    AP_INIT_TAKE3("Challenge", set_challenge, NULL, RSRC_CONF,
                  "name, certificate file and key file of the challenge"),
    { NULL }
};

module AP_MODULE_DECLARE_DATA challenge_module = {
    STANDARD20_MODULE_STUFF, NULL, NULL, create_server, merge_server, directives, register_hooks, 0
};
