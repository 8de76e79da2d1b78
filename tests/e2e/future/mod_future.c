/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

/* For the tests: makes mod_ssl look as if it came from an httpd that nobody has seen yet. */

#include <httpd.h>
#include <http_config.h>

static int post_config(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp, server_rec *s)
{
    module *mod_ssl = ap_find_linked_module("mod_ssl.c");

    (void)pconf;
    (void)plog;
    (void)ptemp;
    (void)s;
    if (mod_ssl != NULL) {
        mod_ssl->minor_version = 30000;
    }
    return OK;
}

static void register_hooks(apr_pool_t *p)
{
    (void)p;
    ap_hook_post_config(post_config, NULL, NULL, APR_HOOK_REALLY_FIRST);
}

module AP_MODULE_DECLARE_DATA future_module = {
    STANDARD20_MODULE_STUFF, NULL, NULL, NULL, NULL, NULL, register_hooks, 0
};
