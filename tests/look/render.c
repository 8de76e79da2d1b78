/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

/*
 * render FOLDER [TEMPLATE]: writes every page in every language to FOLDER/LANG-NN.html as visitors
 * meet it, and FOLDER/LANG-NN-bare.html with nothing put in. For those who look (pages.sh) and for a
 * test with a parser of HTML.
 */
#include <apr_general.h>
#include <apr_strings.h>
#include <stdio.h>
#include <stdlib.h>

#include "lib/files/read.h"
#include "lib/pages/page.h"

static int put(const char *path, const char *html)
{
    FILE *file = fopen(path, "w");

    return file != NULL && fputs(html, file) >= 0 && fclose(file) == 0;
}

static void add_facts(mssl_page_facts_t *facts, const mssl_contact_t *contact)
{
    facts->host = facts->asked_at = "a-rather-long-name.of-a-department.example-company.test";
    facts->contact = contact;
    if (facts->words->pages[facts->page].link != NULL) {
        facts->link = "https://switch.hosting.example:8443/?https://a-rather-long-name.of-a-department."
                      "example-company.test/shop/article?number=4711&colour=blue";
    }
    if (facts->page == MSSL_PAGE_MAKING || facts->page == MSSL_PAGE_PENDING) {
        facts->link = "http://a-rather-long-name.of-a-department.example-company.test/shop/article?number=4711";
    }
    if (facts->page == MSSL_PAGE_SWITCH_INFO) {
        facts->host = NULL;
        facts->example = "https://switch.hosting.example:8443/?https://site.example/page";
    }
    if (facts->page == MSSL_PAGE_SWITCH_BAD) {
        facts->reason = "the target is a http URL, use https://";
    }
    if (facts->page == MSSL_PAGE_BAD_REQUEST) {
        facts->reason = "400 Bad Request";
    }
}

static int put_both(const char *folder, mssl_page_facts_t facts, apr_pool_t *pool)
{
    static const mssl_contact_t contact = { "help@hosting.example", "mailto:help@hosting.example" };
    const char *name = apr_psprintf(pool, "%s/%s-%02d", folder, facts.words->lang, (int)facts.page);

    facts.now = apr_time_from_sec(1795629789);
    if (!put(apr_pstrcat(pool, name, "-bare.html", NULL), mssl_page_make(&facts, pool))) {
        return 0;
    }
    add_facts(&facts, &contact);
    return put(apr_pstrcat(pool, name, ".html", NULL), mssl_page_make(&facts, pool));
}

static mssl_template_t *read_template(const char *path, apr_pool_t *pool)
{
    mssl_reason_t why = { "" };
    mssl_template_t *html = NULL;
    mssl_blob_t blob;

    if (mssl_file_read(&blob, NULL, path, pool, &why) != APR_SUCCESS
        || mssl_template_parse(&html, blob.data, blob.len, pool, &why) != APR_SUCCESS) {
        fprintf(stderr, "%s: %s\n", path, why.text);
        exit(1);
    }
    return html;
}

int main(int argc, char **argv)
{
    mssl_page_facts_t facts = { .page = 0 };
    apr_pool_t *pool;
    int page;
    int i;

    if (argc < 2 || apr_initialize() != APR_SUCCESS || apr_pool_create(&pool, NULL) != APR_SUCCESS) {
        fprintf(stderr, "usage: render FOLDER [TEMPLATE]\n");
        return 2;
    }
    facts.html = argc > 2 ? read_template(argv[2], pool) : NULL;
    for (i = 0; mssl_words_all[i] != NULL; i++) {
        facts.words = mssl_words_all[i];
        for (page = 1; page < MSSL_PAGES; page++) {
            facts.page = page;
            if (!put_both(argv[1], facts, pool)) {
                perror(argv[1]);
                return 1;
            }
        }
    }
    return 0;
}
