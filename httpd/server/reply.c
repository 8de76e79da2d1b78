/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "httpd/server/reply.h"

#include <apr_atomic.h>
#include <http_protocol.h>
#include <http_request.h>

#include "httpd/server/conn.h"

void mssl_reply_make_neutral(request_rec *r)
{
    r->per_dir_config = mssl_conf_get_global(r->server)->neutral_dir_conf;
}

void mssl_reply_make_page(mssl_reply_t *answer, request_rec *r, mssl_page_facts_t *facts)
{
    const mssl_server_conf_t *sc = mssl_conf_get(r->server);

    facts->words = mssl_words_choose(apr_table_get(r->headers_in, "Accept-Language"));
    facts->asked_at = r->hostname;
    facts->contact = sc->contact;
    facts->html = sc->page_template;
    facts->now = r->request_time;
    answer->language = facts->words->lang;
    answer->html = mssl_page_make(facts, r->pool);
}

static const char *body_of(const mssl_reply_t *answer)
{
    return answer->html != NULL ? answer->html : answer->text;
}

static void set_headers(request_rec *r, const mssl_reply_t *answer)
{
    /* What other modules put there so far belongs to a website. */
    apr_table_clear(r->headers_out);
    apr_table_clear(r->err_headers_out);
    apr_table_setn(r->headers_out, "Cache-Control",
                   answer->is_lasting ? "max-age=3600" : "no-store");
    apr_table_setn(r->headers_out, "Referrer-Policy", "no-referrer");
    if (body_of(answer) != NULL) {
        apr_table_setn(r->headers_out, "Content-Security-Policy", MSSL_PAGE_POLICY);
        apr_table_setn(r->headers_out, "X-Content-Type-Options", "nosniff");
    }
    if (answer->html != NULL) {
        apr_table_setn(r->headers_out, "Content-Language", answer->language);
        apr_table_setn(r->headers_out, "Vary", "Accept-Language");
    }
    if (answer->location != NULL) {
        apr_table_setn(r->headers_out, "Location", answer->location);
    }
    if (answer->allow != NULL) {
        apr_table_setn(r->headers_out, "Allow", answer->allow);
    }
    if (answer->retry_after != NULL) {
        apr_table_setn(r->headers_out, "Retry-After", answer->retry_after);
    }
    if (answer->ends_hsts) {
        apr_table_setn(r->headers_out, "Strict-Transport-Security", "max-age=0");
    }
    if (answer->set_cookie != NULL) {
        apr_table_setn(r->headers_out, "Set-Cookie", answer->set_cookie);
    }
}

int mssl_reply_send(request_rec *r, const mssl_reply_t *answer)
{
    const char *body = body_of(answer);
    size_t len = answer->html != NULL ? strlen(answer->html) : answer->text_len;

    mssl_reply_make_neutral(r);
    if (answer->ends_connection) {
        mssl_conn_t *cc = mssl_conn_get_guarded(r->connection);

        r->connection->keepalive = AP_CONN_CLOSE;
        if (cc != NULL) {
            apr_atomic_set32(&cc->ending, 1);
        }
    }
    r->status = answer->status;
    r->status_line = NULL;
    /* Filters of the resource ("Header always" among them) would dress it. */
    r->output_filters = r->proto_output_filters;
    ap_discard_request_body(r);
    set_headers(r, answer);
    ap_set_content_type(r, answer->html == NULL && answer->text != NULL
                               ? "text/plain" : "text/html; charset=utf-8");
    ap_set_content_length(r, len);
    if (!r->header_only && len > 0) {
        ap_rwrite(body, (int)len, r);
    }
    return DONE;
}
