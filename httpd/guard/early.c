/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "httpd/guard/early.h"

#include <http_core.h>
#include <http_protocol.h>

#include "httpd/guard/facts.h"
#include "httpd/guard/request.h"

#define SINK "MSSL_SINK"

/** Behind an answer that was sent: what httpd still writes goes nowhere. */
static apr_status_t drop(ap_filter_t *f, apr_bucket_brigade *bb)
{
    (void)f;
    apr_brigade_cleanup(bb);
    return APR_SUCCESS;
}

void mssl_early_register(void)
{
    ap_register_output_filter(SINK, drop, NULL, AP_FTYPE_RESOURCE);
}

int mssl_early_is_dressed(const request_rec *r)
{
    const mssl_conn_t *cc = mssl_conn_get_guarded(r->connection);
    const server_rec *site;
    mssl_host_t host;

    if (cc == NULL) {
        return 1;
    }
    mssl_host_parse(&host, r->hostname != NULL ? r->hostname : cc->bound.name);
    if (!host.name[0] || !mssl_proof_covers(cc, &host) || mssl_facts_is_other_clients(r, cc)) {
        return 0;
    }
    site = mssl_addr_get_server(cc->addr, host.name);
    return r->server == (site != NULL ? site : cc->addr->first);
}

int mssl_early_send(request_rec *r, int status)
{
    mssl_page_facts_t facts = { .page = MSSL_PAGE_BAD_REQUEST };
    mssl_reply_t answer = { 0 };

    facts.reason = ap_get_status_line(status);
    answer.status = status;
    mssl_reply_make_page(&answer, r, &facts);
    return mssl_reply_send(r, &answer);
}

void mssl_early_insert_error_filter(request_rec *r)
{
    const mssl_request_t *record = mssl_request_get(r);

    mssl_request_restore(r);
    if (r->main != NULL || record->state == MSSL_REQUEST_APPROVED
        || (record->state == MSSL_REQUEST_EARLY && mssl_early_is_dressed(r))) {
        return;
    }
    /* An ErrorDocument that is a URL has taken the error's place by now. */
    mssl_early_send(r, ap_is_HTTP_REDIRECT(r->status) ? HTTP_BAD_REQUEST : r->status);
    ap_finalize_request_protocol(r);
    ap_add_output_filter(SINK, NULL, r, r->connection);
}
