/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

/*
 * What pages are made of, each from the same bytes. A template that is taken is, filled with hostile
 * values, HTML of the same tags: it is taken again, with no place in it, and nothing of the values
 * stands there as it was. An Accept-Language leads to a language that it does not exclude. A contact
 * that is taken is a link of the web, a mail address, or a line.
 */

#include <apr_general.h>
#include <apr_strings.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/pages/page.h"

#define EVIL "</p><b id=evil onclick=\"x()\" 'y'>&\r\n\xff --> </title></style>"

#define REQUIRE(condition)                              \
    do {                                                \
        if (!(condition)) {                             \
            fprintf(stderr, "%s\n", #condition);        \
            abort();                                    \
        }                                               \
    } while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int count(const char *text, const char *what)
{
    int n = 0;

    for (text = strstr(text, what); text != NULL; text = strstr(text + 1, what)) {
        n++;
    }
    return n;
}

static void try_template(const char *html, size_t size, apr_pool_t *pool)
{
    static const mssl_template_values_t evil = { { EVIL, EVIL, EVIL, EVIL, EVIL, EVIL, EVIL },
                                                 EVIL, EVIL };
    static const mssl_template_values_t none = { { NULL } };
    mssl_reason_t why = { "" };
    mssl_template_t *parsed;
    const char *filled;

    if (mssl_template_parse(&parsed, html, size, pool, &why) != APR_SUCCESS) {
        REQUIRE(parsed == NULL && why.text[0] != '\0');
        return;
    }
    filled = mssl_template_fill(parsed, &evil, pool);
    REQUIRE(count(filled, "<b id=evil") == count(html, "<b id=evil"));
    REQUIRE(count(filled, "<") == count(html, "<") && count(filled, "\"") == count(html, "\""));
    REQUIRE(count(filled, "'") == count(html, "'"));
    /* A second byte order mark is text, and would be the first one now. */
    if (strlen(filled) <= MSSL_TEMPLATE_MAX && strncmp(filled, "\xef\xbb\xbf", 3) != 0) {
        REQUIRE(mssl_template_parse(&parsed, filled, strlen(filled), pool, &why) == APR_SUCCESS);
        REQUIRE(strcmp(mssl_template_fill(parsed, &evil, pool), filled) == 0);
        REQUIRE(strcmp(mssl_template_fill(parsed, &none, pool), filled) == 0);
    }
}

static void try_accept(const char *accept, apr_pool_t *pool)
{
    const mssl_words_t *words = mssl_words_choose(accept);

    REQUIRE(words != NULL);
    if (strlen(accept) + 16 < MSSL_ACCEPT_MAX && count(accept, ",") + 2 < MSSL_ACCEPT_RANGES_MAX) {
        const char *without = apr_pstrcat(pool, accept, ",pl;q=0", NULL);

        REQUIRE(strcmp(mssl_words_choose(without)->lang, "pl") != 0);
    }
}

static void try_contact(const char *text, apr_pool_t *pool)
{
    mssl_contact_t contact;
    mssl_reason_t why = { "" };

    if (mssl_contact_parse(&contact, text, pool, &why) != APR_SUCCESS) {
        REQUIRE(contact.href == NULL && why.text[0] != '\0');
        return;
    }
    REQUIRE(contact.text[0] != '\0' && strpbrk(contact.text, "\r\n\x1b") == NULL);
    REQUIRE(contact.href == NULL || strncmp(contact.href, "mailto:", 7) == 0
            || strncmp(contact.href, "https://", 8) == 0 || strncmp(contact.href, "http://", 7) == 0);
    REQUIRE(contact.href == NULL || strpbrk(contact.href, " \"<>") == NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static int is_ready = 0;
    apr_pool_t *pool;
    const char *text;

    if (!is_ready) {
        apr_initialize();
        is_ready = 1;
    }
    apr_pool_create(&pool, NULL);
    text = apr_pstrmemdup(pool, (const char *)data, size);
    try_template(text, size, pool);
    try_accept(text, pool);
    try_contact(text, pool);
    apr_pool_destroy(pool);
    return 0;
}
