/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

/*
 * For the tests: a mod_remoteip, as httpd knows modules by the name of their file, that keeps
 * something else for a connection than httpd's own does. "Layout wild" has a pointer to nothing in
 * the place of the client's address, "Layout text" one to something else, "Layout none" nothing.
 */

#include <apr_strings.h>
#include <httpd.h>
#include <http_config.h>
#include <http_connection.h>

extern module AP_MODULE_DECLARE_DATA remoteip_module;

static const char *layout = "none";

typedef struct other_t {
    const void *first;
    const char *text;
} other_t;

static int pre_connection(conn_rec *c, void *csd)
{
    other_t *other = apr_pcalloc(c->pool, sizeof(*other));

    (void)csd;
    other->text = "192.0.2.1";
    other->first = strcmp(layout, "wild") == 0 ? (const void *)0x10
        : strcmp(layout, "text") == 0          ? apr_pstrcat(c->pool, other->text, NULL)
                                               : NULL;
    ap_set_module_config(c->conn_config, &remoteip_module, other);
    return DECLINED;
}

static void register_hooks(apr_pool_t *p)
{
    (void)p;
    ap_hook_pre_connection(pre_connection, NULL, NULL, APR_HOOK_FIRST);
}

static const char *set_layout(cmd_parms *cmd, void *conf, const char *arg)
{
    (void)cmd;
    (void)conf;
    layout = arg;
    return NULL;
}

static const command_rec directives[] = {
    AP_INIT_TAKE1("Layout", set_layout, NULL, RSRC_CONF, "wild, text or none"), { NULL }
};

module AP_MODULE_DECLARE_DATA remoteip_module = {
    STANDARD20_MODULE_STUFF, NULL, NULL, NULL, NULL, directives, register_hooks, 0
};
