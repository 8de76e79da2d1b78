/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "httpd/server/handler.h"

#include <ap_expr.h>
#include <http_core.h>

int mssl_handler_is_switch(request_rec *r)
{
    const core_dir_config *core = ap_get_core_module_config(r->per_dir_config);
    const char *handler = NULL;
    const char *err = NULL;

    /* httpd 2.4 keeps SetHandler as an expression, a plain name too. */
    if (core->expr_handler != NULL) {
        handler = ap_expr_str_exec(r, core->expr_handler, &err);
    }
    return handler != NULL && err == NULL && strcmp(handler, MSSL_SWITCH_HANDLER) == 0;
}

/* httpd gives a section a record of ours only where a directive of ours stands in it. */
static mssl_flag_t flag_of(const ap_conf_vector_t *section)
{
    const mssl_dir_conf_t *dc = ap_get_module_config(section, &mssl_module);

    return dc != NULL ? dc->is_switch : MSSL_UNSET;
}

int mssl_handler_is_all_switch(const server_rec *s)
{
    const core_server_config *core = ap_get_core_module_config(s->module_config);
    int is_switch = flag_of(s->lookup_defaults) == MSSL_ON;
    int i;

    for (i = 0; core->sec_url != NULL && i < core->sec_url->nelts; i++) {
        const ap_conf_vector_t *section = APR_ARRAY_IDX(core->sec_url, i, ap_conf_vector_t *);
        const core_dir_config *location = ap_get_core_module_config(section);

        if (location->r == NULL && strcmp(location->d, "/") == 0
            && flag_of(section) != MSSL_UNSET) {
            is_switch = flag_of(section) == MSSL_ON;
        }
    }
    return is_switch;
}
