/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "lib/explain/page.h"

#include <apr_strings.h>

/** Loads that are named on lines of their own. */
#define SHOWN_MAX 10
#define POLICY "Content-Security-Policy \"upgrade-insecure-requests\""

static int count_blocked(const mssl_explain_page_t *page)
{
    int i, n = 0;

    for (i = 0; i < page->nloads; i++) {
        n += page->load[i].is_blocked;
    }
    return n;
}

void mssl_explain_page(mssl_explained_t *explained, const mssl_explain_facts_t *facts,
                       apr_pool_t *pool)
{
    const mssl_explain_page_t *page = facts->page;

    if (page == NULL || page->nloads == 0 || page->is_upgraded) {
        return;
    }
    mssl_explain_add_problem(explained, "mixed_content", MSSL_SEVERITY_ATTENTION,
                             apr_psprintf(pool, "The start page loads over http what should come "
                                          "over https (%d places, of which browsers block %d): "
                                          "they say \"not secure\".", page->nloads,
                                          count_blocked(page)), NULL);
    /* A policy of the page stays: a second one counts beside it. */
    mssl_explain_add_fix(explained, "Write this line into the virtual host or its .htaccess "
                         "(mod_headers): browsers take https instead. Or mend the links in the "
                         "page.", page->has_csp ? "Header always add " POLICY
                                                : "Header always set " POLICY);
}

int mssl_explain_page_lines(const mssl_explain_facts_t *facts)
{
    int n = facts->page == NULL ? 0 : facts->page->nloads;

    return facts->page == NULL ? 0 : 1 + (n > SHOWN_MAX ? SHOWN_MAX + 1 : n);
}

const char *mssl_explain_page_line(const mssl_explain_facts_t *facts, int i, apr_pool_t *pool)
{
    const mssl_explain_page_t *page = facts->page;

    if (i > SHOWN_MAX) {
        return apr_psprintf(pool, "and %d more", page->nloads - SHOWN_MAX);
    }
    if (i > 0) {
        const mssl_mixed_t *load = &page->load[i - 1];

        return apr_psprintf(pool, "%s %s %s%s", load->tag, load->attribute, load->url,
                            page->is_upgraded ? "" : load->is_blocked ? " (blocked)" : "");
    }
    if (page->error != NULL) {
        return apr_psprintf(pool, "%s cannot be read: %s", page->url, page->error);
    }
    if (page->location != NULL) {
        return apr_psprintf(pool, "%s redirects to %s: ask for that name", page->url,
                            page->location);
    }
    if (!page->is_html) {
        return apr_psprintf(pool, "%s answers %d, no HTML", page->url, page->status);
    }
    return apr_psprintf(pool, "%s (%d), %ld bytes%s: %s", page->url, page->status,
                        (long)page->bytes, page->is_cut ? " of more" : "",
                        page->nloads == 0 ? "nothing is loaded over http"
                        : page->is_upgraded ? "loads over http, which its policy upgrades to https"
                                            : "loads over http");
}

void mssl_explain_page_json(mssl_json_t *json, const mssl_explain_page_t *page)
{
    int i;

    if (page == NULL) {
        mssl_json_null(json, "page");
        return;
    }
    mssl_json_open(json, "page", '{');
    mssl_json_text(json, "url", page->url);
    mssl_json_int_or_null(json, "status", page->status != 0, page->status);
    mssl_json_text(json, "location", page->location);
    mssl_json_bool(json, "html", page->is_html);
    mssl_json_int(json, "bytes", page->bytes);
    mssl_json_bool(json, "cut", page->is_cut);
    mssl_json_bool(json, "upgraded", page->is_upgraded);
    mssl_json_text(json, "error", page->error);
    mssl_json_open(json, "loads", '[');
    for (i = 0; i < page->nloads; i++) {
        mssl_json_open(json, NULL, '{');
        mssl_json_text(json, "tag", page->load[i].tag);
        mssl_json_text(json, "attribute", page->load[i].attribute);
        mssl_json_text(json, "url", page->load[i].url);
        mssl_json_bool(json, "blocked", page->load[i].is_blocked);
        mssl_json_close(json);
    }
    mssl_json_close(json);
    mssl_json_close(json);
}
