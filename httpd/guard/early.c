/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "httpd/guard/early.h"

#include <apr_atomic.h>
#include <apr_strings.h>
#include <http_core.h>
#include <http_protocol.h>

#include "httpd/server/conn.h"
#include "httpd/server/reply.h"

/* A leading quote marks text in httpd's own table. */
#define EARLY_TEXT "\"<!DOCTYPE html>\n<html lang=\"en\"><head><title>%s</title></head>" \
                   "<body><h1>%s</h1></body></html>\n"

void mssl_early_init(mssl_global_t *global, apr_pool_t *p)
{
    int status;

    global->early_errors = apr_pcalloc(p, RESPONSE_CODES * sizeof(char *));
    for (status = HTTP_BAD_REQUEST; status < 600; status++) {
        int index = ap_index_of_response(status);
        const char *line = ap_get_status_line(status);

        /* A status that httpd does not know has the line of 500. */
        if (strtol(line, NULL, 10) == status) {
            global->early_errors[index] = apr_psprintf(p, EARLY_TEXT, line, line + 4);
        }
    }
}

void mssl_early_begin(request_rec *r, conn_rec *c)
{
    const mssl_global_t *global = mssl_conf_get_global(r->server);
    mssl_conn_t *cc = mssl_conn_get_guarded(c);
    core_request_config *core;

    if (cc == NULL) {
        return;
    }
    if (c->master != NULL) {
        apr_atomic_inc32(&cc->streams);
    }
    core = ap_get_core_module_config(r->request_config);
    core->response_code_strings = apr_pmemdup(r->pool, global->early_errors,
                                              RESPONSE_CODES * sizeof(char *));
    apr_table_setn(r->notes, "mssl-early", "1");
}

void mssl_early_end(request_rec *r)
{
    core_request_config *core = ap_get_core_module_config(r->request_config);

    if (apr_table_get(r->notes, "mssl-early") != NULL) {
        core->response_code_strings = NULL;
        apr_table_unset(r->notes, "mssl-early");
    }
}

void mssl_early_insert_error_filter(request_rec *r)
{
    if (apr_table_get(r->notes, "mssl-early") != NULL) {
        mssl_reply_make_neutral(r);
    }
}
