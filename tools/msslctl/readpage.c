/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "tools/msslctl/readpage.h"

#include <apr_strings.h>
#include <string.h>
#include <strings.h>

#include "lib/base/monotonic.h"
#include "lib/explain/mixed.h"
#include "lib/explain/page.h"
#include "tools/msslctl/request.h"
#include "tools/msslctl/spots.h"

#define PATIENCE (10 * APR_USEC_PER_SEC)
#define PAGE_MAX 262144

typedef struct reading_t {
    const char *name;
    SSL_CTX *ctx;
    apr_time_t end;
    mssl_buffer_t body;
    ctl_answer_t answer;
    apr_pool_t *pool;
} reading_t;

static const char *say_url(const reading_t *reading, const ctl_spot_t *spot, int with_scheme)
{
    return apr_pstrcat(reading->pool, with_scheme ? "https://" : "", reading->name,
                       spot->port != 443 ? apr_psprintf(reading->pool, ":%d", spot->port) : "",
                       with_scheme ? "/" : "", NULL);
}

/* @return whether there is an answer */
static int get(reading_t *reading, const ctl_spot_t *spot, int with_proxy_line)
{
    ctl_dial_t dial;
    int is_read;

    mssl_buffer_free(&reading->body);
    is_read = ctl_dial_open(&dial, spot->address, spot->port, reading->end)
              && (!with_proxy_line || ctl_dial_send_proxy_line(&dial))
              && ctl_dial_shake(&dial, reading->ctx, reading->name)
              && ctl_request_get(&dial, say_url(reading, spot, 0), &reading->answer,
                                 &reading->body, reading->pool);
    ctl_dial_close(&dial);
    return is_read;
}

static int is_html(const char *type)
{
    return type == NULL || strncasecmp(type, "text/html", 9) == 0
           || strncasecmp(type, "application/xhtml+xml", 21) == 0;
}

static void write_loads(mssl_json_t *json, const reading_t *reading)
{
    apr_array_header_t *found = mssl_mixed_find(reading->body.data != NULL ? reading->body.data : "",
                                                reading->body.len, reading->pool);
    int i;

    mssl_json_open(json, "loads", '[');
    for (i = 0; i < found->nelts && is_html(reading->answer.type); i++) {
        const mssl_mixed_t *mixed = &APR_ARRAY_IDX(found, i, mssl_mixed_t);

        mssl_json_open(json, NULL, '{');
        mssl_json_text(json, "tag", mixed->tag);
        mssl_json_text(json, "attribute", mixed->attribute);
        mssl_json_text(json, "url", mixed->url);
        mssl_json_bool(json, "blocked", mixed->is_blocked);
        mssl_json_close(json);
    }
    mssl_json_close(json);
}

static void write_page(mssl_json_t *json, const reading_t *reading, const char *url)
{
    const ctl_answer_t *answer = &reading->answer;

    mssl_json_open(json, "page", '{');
    mssl_json_text(json, "url", url);
    mssl_json_text(json, "error", answer->status == 0 ? "no address answers over https" : NULL);
    mssl_json_int(json, "status", answer->status);
    mssl_json_text(json, "location",
                   answer->status >= 300 && answer->status < 400 ? answer->location : NULL);
    mssl_json_bool(json, "html", answer->status != 0 && is_html(answer->type));
    mssl_json_int(json, "bytes", (apr_int64_t)reading->body.len);
    mssl_json_bool(json, "cut", reading->body.len >= PAGE_MAX);
    mssl_json_bool(json, "policy", answer->csp != NULL);
    mssl_json_bool(json, "upgraded", mssl_mixed_is_upgraded(answer->csp));
    write_loads(json, reading);
    mssl_json_close(json);
}

void ctl_readpage_ask(mssl_json_t *json, const char *name, const apr_array_header_t *spots,
                      int takes_proxy_line, apr_pool_t *pool)
{
    reading_t reading = { .name = name, .end = mssl_monotonic_now() + PATIENCE, .pool = pool,
                          .body = { .max = PAGE_MAX }, .ctx = SSL_CTX_new(TLS_client_method()) };
    const char *url = apr_pstrcat(pool, "https://", name, "/", NULL);
    int i;

    for (i = 0; i < spots->nelts && reading.ctx != NULL; i++) {
        const ctl_spot_t *spot = &APR_ARRAY_IDX(spots, i, ctl_spot_t);

        if (!spot->is_plain
            && ((takes_proxy_line && get(&reading, spot, 1)) || get(&reading, spot, 0))) {
            url = say_url(&reading, spot, 1);
            break;
        }
    }
    write_page(json, &reading, url);
    mssl_buffer_free(&reading.body);
    SSL_CTX_free(reading.ctx);
}

static void take_loads(mssl_explain_page_t *page, const mssl_json_value_t *root, apr_pool_t *pool)
{
    mssl_mixed_t *loads = apr_pcalloc(pool, MSSL_MIXED_MAX * sizeof(*loads));
    const mssl_json_value_t *value;

    for (value = mssl_json_get_first(root, "loads"); value != NULL
         && page->nloads < MSSL_MIXED_MAX; value = value->next) {
        mssl_mixed_t *load = &loads[page->nloads++];

        load->tag = mssl_json_get_text(value, "tag", "-");
        load->attribute = mssl_json_get_text(value, "attribute", "-");
        load->url = mssl_json_get_text(value, "url", "-");
        load->is_blocked = mssl_json_get_bool(value, "blocked", 0);
    }
    page->load = loads;
}

void ctl_readpage_take(mssl_explain_facts_t *facts, const mssl_json_value_t *root, apr_pool_t *pool)
{
    const mssl_json_value_t *value = mssl_json_get(root, "page");
    mssl_explain_page_t *page = apr_pcalloc(pool, sizeof(*page));
    apr_int64_t status;

    if (value == NULL) {
        return;
    }
    status = mssl_json_get_int(value, "status", 0);
    page->url = mssl_json_get_text(value, "url", "-");
    page->error = mssl_json_get_text(value, "error", NULL);
    page->status = status >= 100 && status <= 599 ? (int)status : 0;
    page->location = mssl_json_get_text(value, "location", NULL);
    page->is_html = mssl_json_get_bool(value, "html", 0);
    page->bytes = mssl_json_get_int(value, "bytes", 0);
    page->is_cut = mssl_json_get_bool(value, "cut", 0);
    page->has_csp = mssl_json_get_bool(value, "policy", 0);
    page->is_upgraded = mssl_json_get_bool(value, "upgraded", 0);
    take_loads(page, value, pool);
    facts->page = page;
}
