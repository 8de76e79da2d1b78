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
